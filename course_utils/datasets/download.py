"""Fetch an archive from several mirrors into the cache: completely, or not at all."""

import gzip
import shutil
import tarfile
import tempfile
import threading
import warnings
import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import platformdirs
import pooch
import requests
from filelock import FileLock, Timeout

from course_utils.datasets.base import DataError
from course_utils.progress import Progress

CHUNK = 1 << 16
MEGABYTE = 1_000_000
# Zenodo turns away the name that the requests library gives itself, and asks
# programs to use their own (fatiando/pooch, issue 502).
HEADERS = {"User-Agent": "course-utils (helpers for a notebook course)"}


class DownloadWarning(UserWarning):
    """A download took a detour: a mirror failed, a copy was damaged."""


@dataclass(frozen=True)
class Archive:
    """A .tar.gz file on the web, and what has to come out of it."""

    name: str
    mirrors: tuple[str, ...]  # addresses of byte-identical copies, the first one first
    sha256: str
    size: int  # bytes of the archive
    unpacked: int  # bytes of the files in it, rounded up
    folder: str  # the one in the archive
    files: Mapping[str, str]  # those wanted from that folder, each with its MD5
    answer_seconds: float = 10.0  # all mirrors together where there is no network
    stall_seconds: float = 30.0  # how long a mirror may pause while it sends


def cache_dir() -> Path:
    """The folder in which this user's downloaded and generated data is kept."""
    return Path(platformdirs.user_cache_dir("course-utils"))


@contextmanager
def workspace(cache: Path, name: str) -> Iterator[Path]:
    """Let one process at a time work on `name`, in a folder that is gone afterwards.

    The empty folder is in `cache`, which is made where it is missing, so that files
    can be moved there at once.
    """
    cache.mkdir(parents=True, exist_ok=True)
    lock = FileLock(cache / f".{name}.lock")
    try:
        held = lock.acquire(timeout=0)
    except Timeout:
        warn(f"Another process is at work on {name}; waiting for it to finish.")
        held = lock.acquire()
    with held:
        # The lock ends with its process: what is there was left by a killed one.
        for leftover in cache.glob(f".{name}-partial-*"):
            shutil.rmtree(leftover)
        with tempfile.TemporaryDirectory(prefix=f".{name}-partial-", dir=cache) as path:
            yield Path(path)


def fetch(archive: Archive, folder: Path) -> Path:
    """Download the archive into `folder`, from the first mirror that has it unaltered.

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
    _check_network(archive)
    failures: list[str] = []
    for mirror in archive.mirrors:
        if failures:
            warn(f"{failures[-1]}. Trying {_host(mirror)} next.")
        try:
            return _retrieve(mirror, archive, folder)
        except (requests.RequestException, ValueError) as error:
            failures.append(f"{_host(mirror)} failed: {_in_words(error)}")
    raise DataError("\n  ".join([f"No mirror delivered {archive.name}:", *failures]))


def unpack(archive: Archive, path: Path, folder: Path) -> Path:
    """Unpack `archive.folder` with `archive.files`, and nothing else, from `path`.

    Args:
        folder: where to put `archive.folder`, whose new path is returned.

    Raises:
        DataError: the archive is damaged, or lacks a file.
        OSError: the disk is full.
    """
    missing = {f"{archive.folder}/{name}" for name in archive.files}
    try:
        with tarfile.open(path, "r:gz") as tar:
            for member in tar:
                if member.isfile() and member.name in missing:
                    tar.extract(member, folder, filter="data")
                    missing.remove(member.name)
    except (tarfile.TarError, gzip.BadGzipFile, zlib.error, EOFError) as error:
        raise DataError(f"{archive.name} is damaged: {error}.") from error
    if missing:
        raise DataError(f"{archive.name} lacks {', '.join(sorted(missing))}.")
    return folder / archive.folder


def _check_network(archive: Archive) -> None:
    """Raise a DataError unless one of the mirrors answers, whatever it says.

    In the background, because looking up a host name can block for half a minute
    where there is no network, and no time-out applies to it.
    """
    patience = archive.answer_seconds
    failures: list[str] = []
    answered = threading.Event()

    def ask() -> None:
        for mirror in archive.mirrors:
            timeout = patience / len(archive.mirrors)
            try:
                requests.head(mirror, timeout=timeout, headers=HEADERS).close()
            except requests.RequestException as error:
                failures.append(f"{_host(mirror)}: {_in_words(error)}")
            else:
                return answered.set()

    thread = threading.Thread(target=ask, daemon=True)
    thread.start()
    thread.join(patience)
    if not answered.is_set():
        problem = f"No mirror of {archive.name} answered within {patience:g} s:"
        raise DataError("\n  ".join([problem, *(failures or ["is there a network?"])]))


def _retrieve(mirror: str, archive: Archive, folder: Path) -> Path:
    pooch.get_logger().setLevel("WARNING")  # it would print what the bar says
    with Progress(archive.size, f"Downloading {archive.name}") as progress:
        downloader = pooch.HTTPDownloader(
            progressbar=_Meter(archive.size, progress),
            chunk_size=CHUNK,
            timeout=(archive.answer_seconds, archive.stall_seconds),
            headers=HEADERS,
            hooks={"response": _keep_packed},
        )
        known_hash = f"sha256:{archive.sha256}"
        path = pooch.retrieve(
            mirror, known_hash, archive.name, folder, downloader=downloader
        )
    return Path(path)


def _keep_packed(response: requests.Response, **_: object) -> None:
    # Some servers declare a .tar.gz to be a .tar sent in gzip encoding. It
    # would be unpacked on the way, and match no checksum.
    response.raw.headers.pop("Content-Encoding", None)


class _Meter:
    """What pooch expects of a progress bar; it ends what never stops sending."""

    total = 0  # pooch sets it to the size that the server states

    def __init__(self, size: int, progress: Progress):
        self.size, self.progress = size, progress
        self.received = 0

    def update(self, count: int) -> None:
        self.received += count
        # pooch counts whole chunks, so the last one may seem to go too far.
        if self.received >= self.size + CHUNK:
            raise ValueError(f"it sends more than {self.size:,} bytes")
        done = min(self.received, self.size)
        note = f"{done / MEGABYTE:.0f} of {self.size / MEGABYTE:.0f} MB"
        self.progress.advance(max(0, done - self.progress.done), note)

    def reset(self) -> None:
        """pooch starts over once all is there, and then counts the whole size."""
        self.received = 0

    def close(self) -> None:
        """Left to whoever made the bar."""


def _in_words(error: Exception) -> str:
    if isinstance(error, requests.HTTPError):
        return f"HTTP {error.response.status_code} {error.response.reason}"
    if "timed out" in str(error):
        return "it did not answer, or stopped sending"
    if isinstance(error, requests.exceptions.ChunkedEncodingError):
        return "the connection broke off"
    if isinstance(error, requests.ConnectionError):
        return f"it cannot be reached ({type(error).__name__})"
    return str(error)


def _host(mirror: str) -> str:
    return urlsplit(mirror).netloc


def warn(message: str) -> None:
    """Tell the user about a detour."""
    warnings.warn(message, DownloadWarning, stacklevel=2)
