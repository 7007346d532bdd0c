"""CSV files as people save them: with commas, semicolons or tabs, with or without a mark."""

import csv
import io
from dataclasses import dataclass
from pathlib import Path

from course_tools.project import UserError, shown


@dataclass(frozen=True)
class Sheet:
    """A table of text.

    Attributes:
        names: of the columns, as they are.
        rows: by the number of the row as spreadsheets show it, its cells, one for
            each column; rows without any text are left out.
        delimiter: what stands between cells.
    """

    names: list[str]
    rows: dict[int, list[str]]
    delimiter: str


def read_sheet(path: Path, remedy: str) -> Sheet:
    """Read a CSV file.

    Args:
        path: the file.
        remedy: what else than to mend the file can be done, as part of a sentence.

    Raises:
        FileNotFoundError: there is no such file.
        UserError: it is no UTF-8, no CSV, or has more cells than columns.
    """
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise UserError(
            f"{shown(path)} is not in UTF-8: {error}. Save it as CSV in UTF-8, or "
            f"{remedy}."
        ) from None
    header = text.partition("\n")[0]
    # In some languages, spreadsheets save a table with semicolons.
    delimiter = max(",;\t", key=header.count)
    # Strict: a quote that is not closed would take all that follows into one cell.
    lines = io.StringIO(text, newline="")
    reader = csv.reader(lines, delimiter=delimiter, strict=True)
    try:
        names, *lines = list(reader) or [[]]
    except csv.Error as error:
        raise UserError(
            f"line {reader.line_num} of {shown(path)} is no CSV: {error}. Mend it, or "
            f"{remedy}."
        ) from None
    rows = {}
    for place, cells in enumerate(lines, 2):
        if not any(cell.strip() for cell in cells):
            continue
        if any(cell.strip() for cell in cells[len(names) :]):
            raise UserError(
                f"row {place} of {shown(path)} has more cells than there are columns. "
                "Give each column a name in the first row."
            )
        rows[place] = (cells + [""] * len(names))[: len(names)]
    return Sheet(names, rows, delimiter)
