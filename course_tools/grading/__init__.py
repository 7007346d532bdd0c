"""`course grade`: marks, reasons and feedback for a class, whatever was handed in.

Four kinds of processes take part.

- The grader (`command`, `grader`) collects the submissions and writes the results.
  It reads what students wrote as text, and never runs or parses it as Python.
- The checker (`sandbox.checker`) imports PyTorch once and forks for each submission. It runs
  the set-up and check cells of the key. In place of each answer it has a stand-in.
- The zygote (`sandbox.worker`) imports PyTorch once, inside a sandbox, and forks for each
  submission. It never sees a key, a check, or a submission.
- A sandbox process, forked from the zygote, runs the answers of one submission. It
  has namespaces of its own, and a socket to one checker as its only way out.

A stand-in sends arguments to the sandbox process and receives the result, both as
plain values (`sandbox.serialization`). So a check decides outside the reach of what it checks.

`course report` (`term`) reads what the grader has written. To compare answers it parses
them, within limits, and runs none.
"""
