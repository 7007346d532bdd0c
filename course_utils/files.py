"""Files that are written entirely or not at all."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO


@contextmanager
def replacing(path: Path) -> Iterator[BinaryIO]:
    """Open a new file that takes the place of `path` when the block ends well.

    Until then, and after an error or an interrupt, the old file is untouched.

    Args:
        path: the file, which need not exist yet; its folder must.

    Yields:
        A file open for writing bytes, in the same folder.

    Raises:
        OSError: the folder is missing or read-only, or the disk is full.
    """
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        with open(temporary, "wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, path)
    finally:
        # Gone already if it took the place of `path`.
        temporary.unlink(missing_ok=True)
