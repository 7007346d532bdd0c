"""`course report`: what the grades of a whole term say, for those who teach.

It reads folders that `course grade` has written, and notebooks as text. What students
wrote is parsed where answers are compared, within limits, and never run.
"""
