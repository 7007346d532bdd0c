"""The `course` command: a table of subcommands, each a module of its own."""

import argparse
import sys
from collections.abc import Sequence
from importlib import import_module

from course_tools.project import UserError

# name: (module, what --help says). The module has `add_arguments(parser)` and
# `command(arguments) -> exit status`, and is imported only when it is asked for.
COMMANDS = {
    "doctor": ("course_tools.doctor", "check whether this machine is ready"),
    "lab": ("course_tools.lab", "open JupyterLab on your desk, my-course/"),
    "update": ("course_tools.desk.update", "bring newer lessons to your desk"),
    "review": (
        "course_tools.desk.review",
        "five questions a day from lessons you know",
    ),
    "run": (
        "course_tools.authoring.execute",
        "execute lessons and store their outputs",
    ),
    "pairs": (
        "course_tools.authoring.pairs",
        "make every .ipynb from the .py beside it",
    ),
    "exercises": (
        "course_tools.authoring.exercises",
        "make exercises/ from their keys",
    ),
    "clean": (
        "course_tools.authoring.clean",
        "write the notebooks without outputs, for Colab",
    ),
    "grade": ("course_tools.grading.command", "grade the notebooks of a class"),
    "report": (
        "course_tools.grading.term.command",
        "say what the grades of a term show",
    ),
    "site": ("course_tools.site.build", "build the course's pages on the web"),
    "slides": ("course_tools.site.slides", "make slides of lessons, with notes"),
    "pdf": ("course_tools.site.pdf", "print the whole course into one PDF"),
    "readme": (
        "course_tools.authoring.readme",
        "bring the README's table of lessons up to date",
    ),
    "stamp": (
        "course_tools.authoring.colab",
        "name the repository in badges and set-up cells",
    ),
}


def main(argv: Sequence[str] | None = None) -> int:
    """Run one subcommand of `course`.

    Args:
        argv: the words after `course`; None: those of the command line.

    Returns:
        The exit status: 0 all is well, 1 a check or a lesson failed, 2 the command
        could not be carried out, 130 interrupted.
    """
    argv = list(sys.argv[1:] if argv is None else argv)
    parser = argparse.ArgumentParser(
        prog="course", description="Learn with, write and check the course."
    )
    subparsers = parser.add_subparsers(metavar="COMMAND", required=True)
    for name, (module, description) in COMMANDS.items():
        subparser = subparsers.add_parser(
            name, help=description, description=f"{description.capitalize()}."
        )
        if name in argv[:1]:
            try:
                chosen = import_module(module)
            except ModuleNotFoundError as error:
                if not module.startswith(str(error.name)):
                    raise
                # A class gets the course without the instructor's tools.
                parser.error(f"this copy of the course has no `course {name}`")
            subparser.set_defaults(command=chosen.command, passes_on=False)
            chosen.add_arguments(subparser)
    arguments, arguments.others = parser.parse_known_args(argv)
    if arguments.others and not arguments.passes_on:
        parser.error(f"unrecognized arguments: {' '.join(arguments.others)}")
    try:
        return arguments.command(arguments)
    except UserError as error:
        print(f"course: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("Stopped.", file=sys.stderr)
        return 130


if __name__ == "__main__":
    sys.exit(main())
