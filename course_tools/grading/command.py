"""`course grade`: from a folder or zip of notebooks to marks, reasons and feedback."""

import argparse
import time
from collections import Counter
from collections.abc import Iterable
from concurrent.futures import Future, as_completed
from dataclasses import asdict
from functools import partial
from pathlib import Path

from course_tools.grading.backends import (
    Connect,
    GradingBackend,
    connected,
    stopped_by_sigterm,
    teaching,
)
from course_tools.grading.gradebook.digest import digest
from course_tools.grading.gradebook.folder import Folder
from course_tools.grading.gradebook.rows import (
    ANSWERED,
    CANVAS,
    NOT_HANDED_IN,
    Row,
    number,
)
from course_tools.grading.gradebook.summary import summary
from course_tools.grading.grader import Limits, Outcome
from course_tools.grading.lms.handing_back import canvas_column, hand_back, keep_roster
from course_tools.grading.lms.late import Lateness, read_lateness, read_moment
from course_tools.grading.lms.roster import Roster, find_roster
from course_tools.grading.options import about_the_class, add_arguments
from course_tools.grading.sandbox import launch
from course_tools.grading.submissions.answers import (
    Key,
    Submission,
    find_answers,
    find_helpers,
    read_key,
)
from course_tools.grading.submissions.collect import FORM, Handed, collect
from course_tools.grading.submissions.notebook import Unreadable, read_cells
from course_tools.grading.submissions.numbers import OwnNumbers
from course_tools.grading.submissions.sets import answers_in, wrong_set
from course_tools.project import UserError, shown
from course_utils.progress import Progress

__all__ = ["add_arguments", "carry_out", "command"]
SAVE_SECONDS = 5.0


def command(arguments: argparse.Namespace) -> int:
    """Carry out `course grade`."""
    return carry_out(arguments, connected)


def carry_out(arguments: argparse.Namespace, connect: Connect) -> int:
    """Carry out `course grade`.

    Args:
        arguments: those of `add_arguments`.
        connect: what to grade with.

    Returns:
        The exit status: 0 if all were graded, 1 if the grading of some failed, 130
        if it was stopped.
    """
    key = read_key(arguments.key)
    if arguments.jobs < 1 or arguments.seconds <= 0 or arguments.memory < 1:
        raise UserError("--jobs, --seconds and --memory must be more than 0.")
    limits = Limits(arguments.seconds, arguments.memory)
    started = time.perf_counter()
    said = about_the_class(arguments)
    lateness = read_lateness(said["due"], said["late"])
    roster = find_roster(arguments.roster, arguments.out)
    if roster:  # while nothing is done yet
        canvas_column(roster, key, said["assignment"])
    handed = collect(
        arguments.submissions, key.name, partial(answers_in, key), said["attempts"],
        roster.called if roster else str,
    )  # fmt: skip
    with stopped_by_sigterm(), connect(key, limits, arguments) as (grading, mode):
        print(f"isolation: {mode} ({launch.MODES[mode]})", flush=True)
        with Folder(arguments.out, key, mode, limits, said) as folder:
            own = OwnNumbers(key, arguments.key, said["variants"])
            run = Run(key, folder, arguments.key.parent, lateness, roster, own)
            interrupted = run.grade_all(handed, grading)
            if not interrupted:
                folder.notices += hand_back(folder, roster, said["assignment"])
    for line in (*summary(key, run.done), *run.told(), *folder.notices):
        print(line)
    seconds = time.perf_counter() - started
    print(
        f"\n{len(run.done)} students, {run.kept} of them as graded before; "
        f"{seconds:.1f} s. Marks: {shown(arguments.out / 'grades.csv')}, pages: "
        f"{shown(arguments.out / 'feedback')}/"
    )
    if interrupted:
        print("Stopped. Run the same command again to grade the rest.")
        return 130
    if arguments.nbgrader:
        gradebook = teaching("gradebook.nbgrader", "--nbgrader")
        gradebook.export(
            arguments.nbgrader, key, run.done, run.submissions, arguments.key
        )
        print(f"gradebook: {shown(arguments.nbgrader)}")
    if run.failed:
        print(
            f"The grading of {len(run.failed)} students failed: "
            f"{', '.join(run.failed[:5])}. Run the same command again to grade them."
        )
    return 1 if run.failed else 0


class Run:
    """One run of the command.

    Args:
        key: what is graded.
        folder: where results go.
        keys: the folder of the keys, to tell other sets by.
        lateness: what being late costs.
        roster: who is in the class, if that is known.
        own: says which numbers a student has; None: all have the key's.

    Attributes:
        done: the rows of the students who have been dealt with.
        submissions: by student, what could be read.
        kept: how many of the rows an earlier run had graded.
        failed: the students whose grading failed, which is not their fault.
    """

    def __init__(
        self,
        key: Key,
        folder: Folder,
        keys: Path,
        lateness: Lateness | None = None,
        roster: Roster | None = None,
        own: OwnNumbers | None = None,
    ):
        self.key, self.folder, self.keys, self.own = key, folder, keys, own
        self.lateness, self.roster = lateness or Lateness(), roster
        self.done: list[Row] = []
        self.submissions: dict[str, Submission] = {}
        self.kept = 0
        self.failed: list[str] = []
        # By student, the rows of all attempts, the latest last; by row, its answers.
        self._attempts: dict[str, list[Row]] = {}
        self._answers: dict[int, Submission] = {}
        self._strangers: dict[str, tuple[str, ...]] = {}
        self._moved: Counter[str] = Counter()  # deadlines before this run
        self._saved = time.monotonic()

    def grade_all(self, handed: Iterable[Handed], grading: GradingBackend) -> bool:
        """Grade what is new or changed; return whether it was interrupted.

        Args:
            handed: one per student.
            grading: what grades.
        """
        for one in handed:
            attempts = [self._row(each, latest=False) for each in one.earlier]
            self._attempts[one.student] = [*attempts, self._row(one, latest=True)]
            if self.roster and one.student not in self.roster.people:
                self._strangers[one.student] = one.files
        called = self.roster.called if self.roster else str
        self.folder.load(set(self._attempts), called)
        for student in self.roster.people if self.roster else ():
            earlier = self.folder.rows.get(student)
            if student not in self._attempts and not (earlier and earlier.file):
                self._attempts[student] = [Row(student, "", NOT_HANDED_IN)]
        rows = [row for attempts in self._attempts.values() for row in attempts]
        due = [row for row in rows if not self._is_settled(row)]
        try:
            if due:
                grading.check_key()
            # Up to here, nothing has been written.
            self.folder.begin(rows)
            keep_roster(self.folder, self.roster)
        except KeyboardInterrupt:
            return True
        try:
            with Progress(len(self._attempts), "grading") as progress:
                waiting = {grading.grade(self._answers[id(row)]): row for row in due}
                left = Counter(row.student for row in due)
                for student, attempts in self._attempts.items():
                    if not left[student]:
                        self.kept += any(row.digest for row in attempts)
                        self._finish(student)
                        progress.advance()
                for future in as_completed(waiting):
                    row = waiting[future]
                    self._take(row, future)
                    left[row.student] -= 1
                    if not left[row.student]:
                        self._finish(row.student)
                        progress.advance(note=row.student[:20])
        except KeyboardInterrupt:
            return True
        finally:
            self.done.sort(key=lambda row: row.student.casefold())
            self.folder.save()
        return False

    def _row(self, handed: Handed, latest: bool) -> Row:
        row = Row(handed.student, handed.file, handed.problem)
        self._time(row, handed, latest)
        if handed.attempts > 1:
            row.attempt = f"{handed.attempts} of {handed.attempts}, the latest"
        if handed.problem:
            return row
        try:
            cells = read_cells(handed.content, handed.file)
        except Unreadable as error:
            row.problem = str(error)
            return row
        row.problem = wrong_set(self.key, self.keys, cells)
        if row.problem:
            return row
        person = self.roster and self.roster.people.get(handed.student)
        also = (person.id, person.name, *person.also) if person else ()
        key, row.problem, row.remark = self.own.key_of(handed, filter(None, also))
        if row.problem:
            return row
        answers = find_answers(self.key, cells)
        helpers = find_helpers(key or self.key, cells, answers)
        submission = Submission(handed.student, answers, helpers, key)
        self._answers[id(row)] = submission
        row.digest = digest(self.key, submission, self.folder.mode, self.folder.limits)
        for exercise in self.key.written:
            answer = submission.answers[exercise.name]
            row.written[exercise.name] = answer.problem or ANSWERED
        return row

    def _time(self, row: Row, handed: Handed, latest: bool) -> None:
        """When it was handed in, what says so, and what that costs."""
        person = self.roster and self.roster.people.get(handed.student)
        row.submitted, row.clock = handed.modified, "the date of the file"
        if handed.late is not None:
            row.clock = CANVAS
        if self.lateness.due:
            if person and latest and (moment := read_moment(person.submitted)):
                row.submitted, row.clock = moment, "the roster"
            row.due = self.lateness.due.strftime(FORM)
            row.late, row.late_by = self.lateness.of(row.submitted, handed.late)

    def _is_settled(self, row: Row) -> bool:
        """Whether a row needs no grading; if an earlier run has done it, take that."""
        earlier = self.folder.rows.get(row.student)
        if row.problem:
            return True
        others = earlier.others if earlier else []
        known = {other["digest"]: other["results"] for other in others}
        if earlier and earlier.digest == row.digest:
            row.results = earlier.results
        elif row.digest in known:
            row.results = {n: Outcome(**r) for n, r in known[row.digest].items()}
        else:
            if earlier and earlier.digest:
                earlier.stale = True
            return False
        return True

    def _take(self, row: Row, future: Future[dict[str, Outcome]]) -> None:
        try:
            row.results = future.result()
        except UserError:
            raise
        except Exception as error:
            # Whatever it was, the others are graded, and this one next time.
            row.problem = f"grading it failed: {type(error).__name__}: {error}"
            row.digest = ""
            if row.student not in self.failed:
                self.failed.append(row.student)

    def _finish(self, student: str) -> None:
        """Put the attempt that counts, once all of them are graded."""
        attempts = self._attempts[student]
        earlier = self.folder.rows.get(student)
        if earlier and earlier.file and earlier.due and earlier.due != attempts[0].due:
            self._moved[earlier.due] += 1
        for row in attempts:
            row.take_entered(earlier)
        ranks = [
            # An attempt whose grading failed may be the best.
            (student in self.failed and not row.digest, not row.problem,
             number(row.grade(self.key)), place)
            for place, row in enumerate(attempts)
        ]  # fmt: skip
        best = max(ranks)[-1]
        row = attempts[best]
        if len(attempts) > 1:
            row.attempt = f"{best + 1} of {len(attempts)}, the best"
            row.others = [
                {"file": o.file, "digest": o.digest, "results": asdict(o)["results"]}
                for o in attempts
                if o is not row
            ]
        answers = self._answers.get(id(row))
        if answers:
            self.submissions[student] = answers
        self.folder.put(row, answers)
        self.done.append(row)
        if time.monotonic() - self._saved > SAVE_SECONDS:
            self.folder.save()
            self._saved = time.monotonic()

    def told(self) -> list[str]:
        """What an instructor should know about the class, in lines."""
        lines = []
        if self._strangers:
            lines.append(f"not in {shown(self.roster.path)}, and graded all the same:")
            lines += [f"  {s}: {', '.join(f)}" for s, f in self._strangers.items()]
        several = [row for row in self.done if row.attempt]
        if several:
            which = several[0].attempt.rpartition(", ")[2]
            lines.append(
                f"several attempts: {len(several)} of {len(self.done)} students; {which} counts"
            )
        if self.lateness.due:
            lines.append(self._told_of_time())
            lines += [
                f"  for {count} students it was due {due} before; --due says until when"
                for due, count in self._moved.items()
            ]
        return lines

    def _told_of_time(self) -> str:
        here = [row for row in self.done if row.file]
        clocks = Counter(
            row.clock if row.submitted or row.clock == CANVAS else "nothing"
            for row in here
        )
        by = ", ".join(f"{count} by {clock}" for clock, count in clocks.most_common())
        late = sum(bool(row.late_by) for row in here)
        rule, cost = self.lateness, ""
        if rule.rate:
            cost = (
                f". Each {rule.unit} costs {100 * rule.rate:g} % of all points, at most "
                f"{100 * rule.most:g} %"
            )
        return f"due {rule.due.strftime(FORM)}: {late} late; times {by}{cost}"
