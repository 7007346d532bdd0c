"""The one way in which the course's programs write a file."""

from pathlib import Path

from course_utils.files import replacing


def write_atomically(path: Path, content: str | bytes) -> None:
    """Replace the file at `path` by one that holds `content`, entirely or not at all.

    Args:
        path: the file, which need not exist yet; its folder must.
        content: bytes, or text that is written as UTF-8 with newlines as they are.

    Raises:
        OSError: the folder is missing or read-only, or the disk is full.
    """
    with replacing(path) as file:
        file.write(content.encode() if isinstance(content, str) else content)
