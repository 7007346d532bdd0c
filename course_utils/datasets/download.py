"""Fetch an archive from several mirrors into the cache: completely, or not at all."""

from __future__ import annotations

import gzip
import hashlib
import os
import shutil
import tarfile
import tempfile
import threading
import time
import warnings
import zlib
from collections.abc import Iterator, Mapping
from concurrent.futures import Future
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

import platformdirs
import pooch
import requests
import urllib3
from filelock import FileLock, Timeout

from course_utils.datasets.base import DataError
from course_utils.progress import Progress

CHUNK = 1 << 16
MEGABYTE = 1_000_000
# What a mirror may take to answer, and to send the next bytes once it sends.
ANSWER_SECONDS = 10.0
STALL_SECONDS = 30.0
# Zenodo turns away the name that the requests library gives itself, and asks
# programs to use their own (fatiando/pooch, issue 502).
HEADERS = {"User-Agent": "course-utils (helpers for a notebook course)"}


class DownloadWarning(UserWarning):
    """Something about a download took a detour: a mirror failed, a copy was damaged."""


@dataclass(frozen=True)
class Archive:
    """A .tar.gz file on the web, and what has to come out of it.

    Attributes:
        name: file name.
        mirrors: addresses of byte-identical copies, in the order to try them.
        sha256: checksum of the archive.
        size: bytes of the archive.
        unpacked: bytes of the files in it, rounded up.
        folder: the one folder in the archive.
        files: the files wanted from that folder, each with its MD5.
        extras: files that may be there too and are left out.
    """

    name: str
    mirrors: tuple[str, ...]
    sha256: str
    size: int
    unpacked: int
    folder: str
    files: Mapping[str, str]
    extras: frozenset[str] = field(default_factory=frozenset)


def cache_dir() -> Path:
    """The folder in which this user's downloaded and generated data is kept."""
    return Path(platformdirs.user_cache_dir("course-utils"))


@contextmanager
def workspace(cache: Path, name: str) -> Iterator[Path]:
    """Let one process at a time work on `name`, in a folder that is gone afterwards.

    The lock belongs to the operating system and ends with the process that
    holds it. So a workspace found while we hold the lock was left by a process
    that was killed, and is removed.

    Args:
        cache: folder of the lock and the workspace; made where it is missing.
        name: what is being worked on.

    Yields:
        An empty folder on the same file system as `cache`, for atomic moves.
    """
    cache.mkdir(parents=True, exist_ok=True)
    lock = FileLock(cache / f".{name}.lock")
    try:
        lock.acquire(timeout=0)
    except Timeout:
        warn(f"Another process is at work on {name}; waiting for it to finish.")
        lock.acquire()
    try:
        for leftover in cache.glob(f".{name}-partial-*"):
            shutil.rmtree(leftover)
        with tempfile.TemporaryDirectory(prefix=f".{name}-partial-", dir=cache) as path:
            yield Path(path)
    finally:
        lock.release()


def fetch(
    archive: Archive,
    folder: Path,
    *,
    answer_seconds: float = ANSWER_SECONDS,
    stall_seconds: float = STALL_SECONDS,
) -> Path:
    """Download the archive from the first mirror that delivers it unaltered.

    Args:
        archive: what to download, and from where.
        folder: where to put it; must exist.
        answer_seconds: how long the mirrors, all asked at once, may take to answer.
        stall_seconds: how long a mirror may pause while it sends.

    Returns:
        Path of the archive, its checksum verified.

    Raises:
        DataError: no mirror delivered it; the message has the reason for each.
        OSError: the disk is full, or the folder cannot be written.
    """
    needed = archive.size + archive.unpacked
    free = shutil.disk_usage(folder).free
    if free < needed:
        raise DataError(
            f"{archive.name} needs {needed / MEGABYTE:,.0f} MB of disk space while it "
            f"is unpacked; {folder.parent} has {free / MEGABYTE:,.0f} MB left."
        )
    target = folder / archive.name
    failures: dict[str, str] = {}
    reported = 0
    deadline = time.monotonic() + answer_seconds
    answers = {mirror: _ask(mirror, answer_seconds) for mirror in archive.mirrors}
    for mirror, answer in answers.items():
        try:
            answer.result(timeout=max(0.0, deadline - time.monotonic()))
            # Said only now: without a network, one error at the end is enough.
            for failed, reason in list(failures.items())[reported:]:
                warn(f"{_host(failed)} failed: {reason}. Trying {_host(mirror)} next.")
            reported = len(failures)
            _download(mirror, target, archive, (answer_seconds, stall_seconds))
        except _Refused as error:
            failures[mirror] = str(error)
        except requests.RequestException as error:
            failures[mirror] = _in_words(error)
        except TimeoutError:
            failures[mirror] = f"no answer within {answer_seconds:g} s"
        else:
            return target
    reasons = [f"\n  {_host(mirror)}: {reason}" for mirror, reason in failures.items()]
    raise DataError(f"No mirror delivered {archive.name}:{''.join(reasons)}")


def unpack(archive: Archive, path: Path, folder: Path) -> Path:
    """Unpack the files named in `archive.files`, and nothing else.

    No path, owner, link or mode stated in the archive is followed: a file is
    written only under a name that we expect.

    Args:
        archive: which files, with their checksums.
        path: the .tar.gz file.
        folder: where to put `archive.folder`.

    Returns:
        Path of the new folder.

    Raises:
        DataError: the archive is damaged, holds anything unexpected, or lacks a
            file.
        OSError: the disk is full.
    """
    target = folder / archive.folder
    target.mkdir()
    missing = dict(archive.files)
    try:
        with (
            tarfile.open(path, "r:gz") as tar,
            Progress(len(missing), f"Unpacking {archive.name}") as progress,
        ):
            for member in tar:
                parent, _, name = member.name.rpartition("/")
                inside = parent == archive.folder and member.isfile()
                if inside and name in missing:
                    _write(tar, member, target / name, missing.pop(name), archive)
                    progress.advance()
                elif inside and name in archive.extras:
                    continue
                elif not (member.isdir() and member.name == archive.folder):
                    raise DataError(
                        f"{archive.name} holds {member.name!r}, which does not belong "
                        "there. Nothing was unpacked."
                    )
    except (tarfile.TarError, gzip.BadGzipFile, zlib.error, EOFError) as error:
        raise DataError(f"{archive.name} is damaged: {error}.") from error
    if missing:
        raise DataError(f"{archive.name} lacks {', '.join(missing)}.")
    return target


def _write(
    tar: tarfile.TarFile,
    member: tarfile.TarInfo,
    target: Path,
    md5: str,
    archive: Archive,
) -> None:
    if member.size > archive.unpacked:
        raise DataError(f"{member.name} in {archive.name} has {member.size:,} bytes.")
    source = tar.extractfile(member)
    digest = hashlib.md5(usedforsecurity=False)
    with target.open("xb") as file:
        while chunk := source.read(CHUNK):
            digest.update(chunk)
            file.write(chunk)
        # On disk before the folder gets its final name: a power failure must
        # not leave that name with empty files under it.
        file.flush()
        os.fsync(file.fileno())
    if digest.hexdigest() != md5:
        raise DataError(
            f"{member.name} in {archive.name} is altered: MD5 {digest.hexdigest()}, "
            f"not {md5}."
        )


class _Refused(Exception):
    """A mirror sent something else than the archive."""


def _ask(mirror: str, seconds: float) -> Future[None]:
    """Find out in the background whether a mirror answers, whatever it says.

    In the background, because looking up a host name can block for half a
    minute where there is no network, and no time-out applies to it.
    """
    answer: Future[None] = Future()

    def ask() -> None:
        try:
            requests.head(mirror, timeout=seconds, headers=HEADERS).close()
        except requests.Timeout:
            answer.set_exception(TimeoutError())
        except requests.RequestException as error:
            answer.set_exception(error)
        else:
            answer.set_result(None)

    threading.Thread(target=ask, daemon=True).start()
    return answer


def _download(
    mirror: str, target: Path, archive: Archive, timeout: tuple[float, float]
) -> None:
    with closing(_Meter(archive.size, f"Downloading {archive.name}")) as meter:
        downloader = pooch.HTTPDownloader(
            progressbar=meter,
            chunk_size=CHUNK,
            timeout=timeout,
            headers=HEADERS,
            hooks={"response": _keep_packed},
        )
        downloader(mirror, str(target), None)
    size = target.stat().st_size
    if size != archive.size:
        raise _Refused(f"it sent {size:,} bytes instead of {archive.size:,}")
    found = pooch.file_hash(str(target), alg="sha256")
    if found != archive.sha256:
        raise _Refused(f"what it sent has the wrong checksum, SHA-256 {found}")


def _keep_packed(response: requests.Response, **_: object) -> None:
    # Some servers declare a .tar.gz to be a .tar sent in gzip encoding. It
    # would be unpacked on the way, and match no checksum.
    response.raw.headers.pop("Content-Encoding", None)


class _Meter:
    """The interface that pooch expects of a progress bar, around ours.

    It appears with the first bytes, and stops a mirror that never stops sending.
    """

    def __init__(self, size: int, label: str):
        self.size, self.label = size, label
        self.total = 0  # pooch sets it to the size that the server states
        self.received = 0
        self._progress: Progress | None = None

    def update(self, steps: int) -> None:
        self.received += steps
        # pooch counts whole chunks, so the last one may seem to go too far.
        if self.received >= self.size + CHUNK:
            raise _Refused(f"it sends more than {self.size:,} bytes")
        if self._progress is None:
            self._progress = Progress(self.size, self.label)
        done = min(self.received, self.size)
        note = f"{done / MEGABYTE:.0f} of {self.size / MEGABYTE:.0f} MB"
        self._progress.advance(max(0, done - self._progress.done), note)

    def reset(self) -> None:
        """pooch starts over once all is there, and then counts the whole size."""
        self.received = 0

    def close(self) -> None:
        if self._progress is not None:
            self._progress.close()


def _in_words(error: requests.RequestException) -> str:
    if isinstance(error, requests.HTTPError):
        return f"HTTP {error.response.status_code} {error.response.reason}"
    # requests wraps urllib3's error, which wraps the system's.
    cause: object = error
    while isinstance(inner := _wrapped(cause), Exception):
        cause = inner
    if isinstance(cause, urllib3.exceptions.ReadTimeoutError):
        return "it stopped sending"
    if isinstance(cause, urllib3.exceptions.ProtocolError):
        return "the connection broke off"
    # urllib3 puts the connection in front: "HTTPConnection(host=...): Failed to ..."
    return str(cause).rpartition("): ")[2] or repr(error)


def _wrapped(error: object) -> object:
    return getattr(error, "reason", None) or next(
        iter(getattr(error, "args", ())), None
    )


def _host(mirror: str) -> str:
    return urlsplit(mirror).netloc


def warn(message: str) -> None:
    """Tell the user about a detour."""
    warnings.warn(message, DownloadWarning, stacklevel=2)
