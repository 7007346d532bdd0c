"""CIFAR-10: found, downloaded from a server on this machine, unpacked, read."""

import contextlib
import errno
import fnmatch
import gzip
import hashlib
import io
import os
import pickle
import shutil
import signal
import socket
import struct
import subprocess
import sys
import tarfile
import threading
import warnings
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import numpy as np
import pytest
import torch

from course_utils.datasets import cifar10, download
from course_utils.datasets.base import DataError

ROWS = 20
WAIT = 60  # seconds until a test that hangs counts as failed
FILES = (*cifar10.TRAIN_FILES, cifar10.TEST_FILE)


# --- a small data set in the official layout -------------------------------------


def python2_pickle(label, rows, labels):
    """A batch as Python 2 pickled it (protocol 2), opcode by opcode."""

    def text(value):  # SHORT_BINSTRING
        return b"U" + bytes([len(value)]) + value

    def integer(value):  # BININT2
        return b"M" + struct.pack("<H", value)

    array = (
        b"cnumpy.core.multiarray\n_reconstruct\n"
        + (b"cnumpy\nndarray\n" + b"K\x00\x85" + text(b"b") + b"\x87R")
        + (b"(K\x01" + integer(rows.shape[0]) + integer(rows.shape[1]) + b"\x86")
        + (b"cnumpy\ndtype\n" + text(b"u1") + b"K\x00K\x01\x87R")
        + (b"(K\x03" + text(b"|") + b"NNN" + b"J\xff\xff\xff\xff" * 2 + b"K\x00tb")
        + (b"\x89T" + struct.pack("<i", rows.size) + rows.tobytes() + b"tb")
    )
    numbers = b"](" + b"".join(b"K" + bytes([number]) for number in labels) + b"e"
    return (
        b"\x80\x02}("
        + (text(b"batch_label") + text(label))
        + (text(b"labels") + numbers)
        + (text(b"data") + array)
        + b"u."
    )


def pixels_and_labels(file_number):
    rng = np.random.default_rng(file_number)
    rows = rng.integers(0, 256, (ROWS, 3072), dtype=np.uint8)
    return rows, rng.permutation(np.arange(ROWS) % 10).tolist()


def official_files():
    # Protocol 3: for bytes in an older one Python 3 needs a function, Python 2 none.
    files = {"batches.meta": pickle.dumps({b"label_names": names_of_classes()}, 3)}
    for number, name in enumerate(FILES):
        files[name] = python2_pickle(name.encode(), *pixels_and_labels(number))
    return files


def names_of_classes():
    return [name.encode() for name in cifar10.CLASSES]


def tar_bytes(files, extra_members=(), folder_name=cifar10.FOLDER):
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as tar:
        folder = tarfile.TarInfo(folder_name)
        folder.type = tarfile.DIRTYPE
        tar.addfile(folder)
        for name, content in {**files, "readme.html": b"<html>"}.items():
            member = tarfile.TarInfo(f"{folder_name}/{name}")
            member.size = len(content)
            tar.addfile(member, io.BytesIO(content))
        for member in extra_members:
            tar.addfile(member, io.BytesIO(b"x" * member.size))
    # Without a time stamp: every process must get the same bytes.
    return gzip.compress(buffer.getvalue(), mtime=0)


def archive_of(content, files, *mirrors):
    return download.Archive(
        name="cifar-10-python.tar.gz",
        mirrors=mirrors,
        sha256=hashlib.sha256(content).hexdigest(),
        size=len(content),
        unpacked=1_000_000,
        folder=cifar10.FOLDER,
        files={name: hashlib.md5(data).hexdigest() for name, data in files.items()},
    )


FILE_CONTENTS = official_files()
TAR = tar_bytes(FILE_CONTENTS)


def write_folder(parent, files=FILE_CONTENTS):
    folder = parent / cifar10.FOLDER
    folder.mkdir(parents=True)
    for name, content in files.items():
        (folder / name).write_bytes(content)
    return folder


# --- a server with good and bad habits -------------------------------------------


class Server(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Handler)
        self.content = TAR
        self.requests = []
        self.halfway = threading.Event()
        self.go_on = threading.Event()

    def url(self, habit):
        return f"http://127.0.0.1:{self.server_port}/{habit}"


class Handler(BaseHTTPRequestHandler):
    def log_message(self, *args):
        pass

    def do_HEAD(self):
        self.send_response(404 if self.path == "/404" else 200)
        self.end_headers()

    def do_GET(self):
        self.server.requests.append(self.path)
        content = self.server.content
        if self.path == "/404":
            self.send_error(404)
            return
        # As Zenodo does.
        if self.headers["User-Agent"].startswith("python-requests"):
            self.send_error(403)
            return
        if self.path == "/altered":
            content = content[:-1] + bytes([content[-1] ^ 1])
        self.send_response(200)
        if self.path != "/endless":
            self.send_header("Content-Length", str(len(content)))
        if self.path == "/encoded":
            self.send_header("Content-Encoding", "x-gzip")
        self.end_headers()
        with contextlib.suppress(OSError):  # the client may hang up
            self.send_body(content)

    def send_body(self, content):
        half = len(content) // 2
        if self.path == "/truncated":
            self.wfile.write(content[:half])
        elif self.path == "/endless":
            while True:
                self.wfile.write(content)
        elif self.path in ("/stalled", "/paused"):
            self.wfile.write(content[:half])
            self.server.halfway.set()
            self.server.go_on.wait(WAIT)
            self.wfile.write(content[half:] if self.path == "/paused" else b"")
        else:
            self.wfile.write(content)


@pytest.fixture
def server():
    server = Server()
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    yield server
    server.go_on.set()
    server.shutdown()
    server.server_close()


@pytest.fixture(autouse=True)
def small(monkeypatch):
    monkeypatch.setattr(cifar10, "ROWS_PER_FILE", ROWS)
    monkeypatch.delenv("COURSE_DATA", raising=False)
    monkeypatch.delenv("COURSE_OFFLINE", raising=False)


@pytest.fixture
def cache(tmp_path):
    return tmp_path / "cache"


@pytest.fixture
def dead_url():
    """The address of a port on which nobody listens."""
    server = Server()
    server.server_close()
    return server.url("good")


@pytest.fixture
def load(server, cache):
    """Load with the mirrors that have the given habits."""

    def load(*habits, archive=None, download=True, **patience):
        archive = archive or archive_of(TAR, FILE_CONTENTS)
        mirrors = [habit if ":" in habit else server.url(habit) for habit in habits]
        archive = replace(archive, mirrors=tuple(mirrors), **patience)
        return cifar10.load_cifar10(archive=archive, cache=cache, download=download)

    return load


def assert_complete(data):
    assert data.classes == cifar10.CLASSES
    expected = [pixels_and_labels(number) for number in range(6)]
    rows = np.concatenate([rows for rows, _ in expected]).reshape(-1, 3, 32, 32)
    labels = [label for _, labels in expected for label in labels]
    assert data.train_images.dtype == data.test_images.dtype == torch.uint8
    assert data.train_labels.dtype == data.test_labels.dtype == torch.int64
    images = torch.cat([data.train_images, data.test_images])
    assert torch.equal(images, torch.from_numpy(rows))
    assert torch.cat([data.train_labels, data.test_labels]).tolist() == labels
    assert len(data.train_labels) == 5 * ROWS


def assert_only(cache, *names):
    """The cache holds the lock file and `names`, nothing partial."""
    assert {path.name for path in cache.iterdir()} - {".cifar10.lock"} == set(names)


# --- found on disk ----------------------------------------------------------------


@pytest.mark.parametrize("below", ["", cifar10.FOLDER])
def test_course_data_is_the_folder_or_the_one_above(tmp_path, monkeypatch, below):
    write_folder(tmp_path)
    monkeypatch.setenv("COURSE_DATA", str(tmp_path / below))
    assert_complete(cifar10.load_cifar10(download=False))
    assert cifar10.locate() == tmp_path / cifar10.FOLDER


def test_course_data_goes_before_the_cache(tmp_path, monkeypatch, cache):
    write_folder(cache, {})
    write_folder(tmp_path)
    monkeypatch.setenv("COURSE_DATA", str(tmp_path))
    assert_complete(cifar10.load_cifar10(cache=cache, download=False))


def test_the_cache_is_used_where_course_data_holds_other_data(
    tmp_path, monkeypatch, cache
):
    monkeypatch.setenv("COURSE_DATA", str(tmp_path))
    folder = write_folder(cache)
    assert_complete(cifar10.load_cifar10(cache=cache, download=False))
    assert cifar10.locate(cache) == folder


def test_course_data_that_does_not_exist_is_an_error(tmp_path, monkeypatch):
    monkeypatch.setenv("COURSE_DATA", str(tmp_path / "typo"))
    with pytest.raises(DataError, match=r"typo.*no such folder"):
        cifar10.load_cifar10()


def test_the_copy_with_python_3_pickles_is_read(tmp_path):
    files = {**FILE_CONTENTS}
    for number, name in enumerate(FILES):
        rows, labels = pixels_and_labels(number)
        files[name] = pickle.dumps({b"data": rows, b"labels": labels}, protocol=4)
    folder = write_folder(tmp_path, files)
    assert_complete(cifar10.read_folder(folder))
    archive = archive_of(TAR, FILE_CONTENTS)
    assert not cifar10.is_official(folder, archive)
    assert cifar10.is_official(write_folder(tmp_path / "official"), archive)


def test_a_folder_without_all_files_is_not_official(tmp_path):
    folder = write_folder(tmp_path)
    (folder / "test_batch").unlink()
    assert not cifar10.is_official(folder, archive_of(TAR, FILE_CONTENTS))


def batch(number=1, **changes):
    rows, labels = pixels_and_labels(number)
    return pickle.dumps({b"data": rows, b"labels": labels, **changes})


def batch_with(key, value):
    rows, labels = pixels_and_labels(1)
    return pickle.dumps({b"data": rows, b"labels": labels, key: value}, protocol=4)


DAMAGE = {
    "truncated": (FILE_CONTENTS["data_batch_2"][:-100], "truncated|ran out|exhausted"),
    "empty": (b"", "damaged"),
    "no pickle": (b"<html>Not found</html>", "damaged"),
    "no dictionary": (pickle.dumps([1, 2]), "holds a list"),
    "no images": (pickle.dumps({b"labels": [0] * ROWS}), "shape None"),
    "too few rows": (
        batch_with(b"data", np.zeros((ROWS - 1, 3072), np.uint8)),
        r"\(19, 3072\)",
    ),
    "other numbers": (batch_with(b"data", np.zeros((ROWS, 3072))), "'f8'"),
    "too few labels": (batch_with(b"labels", [0] * (ROWS - 1)), "labels"),
    "label 10": (batch_with(b"labels", [10] * ROWS), "labels"),
    "label of text": (batch_with(b"labels", ["a"] * ROWS), "labels"),
    "one class only": (batch_with(b"labels", [3] * ROWS), "equally many"),
}


@pytest.mark.parametrize("kind", DAMAGE)
def test_a_damaged_file_in_course_data_is_named_and_not_used(
    tmp_path, monkeypatch, kind
):
    content, message = DAMAGE[kind]
    folder = write_folder(tmp_path, {**FILE_CONTENTS, "data_batch_2": content})
    monkeypatch.setenv("COURSE_DATA", str(tmp_path))
    with pytest.raises(DataError, match=message) as caught:
        cifar10.load_cifar10()
    assert str(folder) in str(caught.value)
    assert "unset COURSE_DATA" in str(caught.value)
    assert (folder / "data_batch_2").read_bytes() == content


def test_a_missing_file_in_course_data_is_named(tmp_path, monkeypatch):
    folder = write_folder(tmp_path)
    (folder / "test_batch").unlink()
    monkeypatch.setenv("COURSE_DATA", str(folder))
    with pytest.raises(DataError, match=r"test_batch is missing"):
        cifar10.load_cifar10()


def test_other_class_names_are_refused(tmp_path):
    meta = pickle.dumps({b"label_names": names_of_classes()[::-1]})
    folder = write_folder(tmp_path, {**FILE_CONTENTS, "batches.meta": meta})
    with pytest.raises(DataError, match=r"batches\.meta.*names the classes"):
        cifar10.read_folder(folder)


def test_a_far_too_large_file_is_not_even_read(tmp_path):
    folder = write_folder(tmp_path)
    with (folder / "data_batch_1").open("r+b") as file:
        file.truncate(cifar10.MAX_FILE_BYTES + 1)
    with pytest.raises(DataError, match="64,000,001 bytes"):
        cifar10.read_folder(folder)


# --- pickles that want more than arrays -------------------------------------------


class Runs:
    """Pickles to a call of `function(*arguments)`."""

    def __init__(self, function, *arguments):
        self.call = function, arguments

    def __reduce__(self):
        return self.call


@pytest.mark.parametrize("protocol", range(6))
def test_a_pickle_cannot_run_a_command(tmp_path, protocol):
    trace = tmp_path / "trace"
    content = pickle.dumps(Runs(os.system, f"echo > {trace}"), protocol)
    folder = write_folder(tmp_path, {**FILE_CONTENTS, "data_batch_1": content})
    with pytest.raises(DataError, match=r"asks for (posix|nt)\.system"):
        cifar10.read_folder(folder)
    assert not trace.exists()


@pytest.mark.parametrize(
    "function", [eval, getattr, np.load, np.fromfile, torch.load, io.open]
)
def test_a_pickle_gets_no_other_function(tmp_path, function):
    content = pickle.dumps({b"data": Runs(function, "x")})
    folder = write_folder(tmp_path, {**FILE_CONTENTS, "data_batch_1": content})
    with pytest.raises(DataError, match="asks for"):
        cifar10.read_folder(folder)


def test_a_pickle_cannot_allocate_more_than_it_holds(tmp_path):
    # numpy.ndarray((2**40,), "u1") as a call: the stand-in cannot be called.
    content = (
        b"\x80\x02}U\x04datacnumpy\nndarray\n(\x8a\x06" + struct.pack("<q", 2**40)[:6]
    )
    content += b"tU\x02u1\x86Rs."
    folder = write_folder(tmp_path, {**FILE_CONTENTS, "data_batch_1": content})
    with pytest.raises(DataError, match="not callable"):
        cifar10.read_folder(folder)


def test_an_array_of_objects_is_refused(tmp_path):
    content = batch_with(b"data", np.array([[None] * 3072] * ROWS))
    folder = write_folder(tmp_path, {**FILE_CONTENTS, "data_batch_1": content})
    with pytest.raises(DataError, match="'O8'"):
        cifar10.read_folder(folder)


# --- downloaded --------------------------------------------------------------------


def test_a_good_archive_is_downloaded_once(load, server, cache):
    assert_complete(load("good"))
    assert_only(cache, cifar10.FOLDER)
    folder = cifar10.locate(cache)
    assert cifar10.is_official(folder, archive_of(TAR, FILE_CONTENTS))
    assert_complete(load("good"))
    assert server.requests == ["/good"]


def test_a_server_that_declares_the_archive_as_encoded_delivers_it(load):
    assert_complete(load("encoded"))


FAILURES = {
    "404": "HTTP 404 Not Found",
    "altered": "does not match the known hash",
    "truncated": "broke off",
    "stalled": "stopped sending",
    "endless": "sends more than",
}


@pytest.mark.parametrize("habit", FAILURES)
def test_a_failing_mirror_is_named_and_the_next_one_used(load, server, cache, habit):
    with pytest.warns(download.DownloadWarning, match=FAILURES[habit]) as caught:
        data = load(habit, "good", stall_seconds=0.2)
    assert_complete(data)
    assert_only(cache, cifar10.FOLDER)
    assert server.requests == [f"/{habit}", "/good"]
    assert f"127.0.0.1:{server.server_port}" in str(caught[0].message)


@pytest.mark.parametrize("habit", FAILURES)
def test_without_a_good_mirror_nothing_is_left_and_the_error_helps(load, cache, habit):
    with pytest.raises(DataError, match=FAILURES[habit]) as caught:
        load(habit, stall_seconds=0.2)
    assert_only(cache)
    for advice in ("run this again", f"/{habit}", "COURSE_DATA", 'fallback="shapes"'):
        assert advice in str(caught.value)
    assert cifar10.locate(cache) is None


def test_a_dead_first_mirror_is_passed_over(load, dead_url):
    with pytest.warns(download.DownloadWarning, match="cannot be reached"):
        assert_complete(load(dead_url, "good"))


def test_without_network_there_is_one_error_and_no_warning(load, dead_url, cache):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with pytest.raises(DataError, match=r"(?s)cannot be reached.*What you can do"):
            load(dead_url, dead_url + "/other")
    assert_only(cache)


@pytest.fixture
def silent_url():
    """The address of a socket whose queue of connections nobody takes from."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}/good"


def test_a_mirror_that_never_answers_is_passed_over(load, silent_url):
    with pytest.warns(download.DownloadWarning, match="did not answer"):
        assert_complete(load(silent_url, "good", answer_seconds=1, stall_seconds=0.2))


def test_mirrors_that_never_answer_share_the_time_for_an_answer(
    load, silent_url, cache
):
    with pytest.raises(DataError, match=r"answered within 0\.2 s.*\n.*did not answer"):
        load(silent_url, silent_url + "/other", answer_seconds=0.2)
    assert_only(cache)


def test_without_network_the_official_mirrors_get_ten_seconds():
    assert cifar10.OFFICIAL.answer_seconds == 10


def test_a_name_lookup_that_hangs_does_not_hold_up_the_error(load, monkeypatch, cache):
    released = threading.Event()

    def hang(*args, **options):
        released.wait(WAIT)
        raise socket.gaierror

    monkeypatch.setattr(socket, "getaddrinfo", hang)
    with pytest.raises(DataError, match=r"answered within 0\.05 s"):
        load("http://a.invalid/x", "http://b.invalid/x", answer_seconds=0.05)
    assert not released.is_set()
    released.set()
    assert_only(cache)


def test_without_download_the_network_is_not_used(load, server, cache):
    with pytest.raises(DataError, match="neither in"):
        load("good", download=False)
    assert server.requests == []
    assert not cache.exists()


def test_course_offline_keeps_from_the_network(load, server, monkeypatch):
    monkeypatch.setenv("COURSE_OFFLINE", "1")
    with pytest.raises(DataError, match="neither in"):
        load("good")
    assert server.requests == []


def test_a_damaged_copy_in_the_cache_is_fetched_again(load, server, cache):
    folder = write_folder(cache)
    (folder / "data_batch_3").write_bytes(FILE_CONTENTS["data_batch_3"][:1000])
    with pytest.warns(download.DownloadWarning, match=r"data_batch_3.*fetched again"):
        data = load("good")
    assert_complete(data)
    assert cifar10.is_official(folder, archive_of(TAR, FILE_CONTENTS))
    assert_only(cache, cifar10.FOLDER)


def test_a_damaged_copy_in_the_cache_is_an_error_without_download(load, cache):
    folder = write_folder(cache)
    (folder / "data_batch_3").unlink()
    with pytest.raises(DataError, match="data_batch_3 is missing"):
        load("good", download=False)


# --- archives that want to be elsewhere -------------------------------------------


def member(name, kind=tarfile.REGTYPE, link="", size=0):
    info = tarfile.TarInfo(name)
    info.type, info.linkname, info.size = kind, link, size
    return info


MALICE = {
    "parent": member(f"{cifar10.FOLDER}/../../escaped", size=3),
    "absolute": member("/tmp/escaped-from-archive", size=3),
    "beside": member("escaped", size=3),
    "deeper": member(f"{cifar10.FOLDER}/sub/test_batch", size=3),
    "symlink": member(f"{cifar10.FOLDER}/link", tarfile.SYMTYPE, "/etc"),
    "link as batch": member(
        f"{cifar10.FOLDER}/test_batch", tarfile.SYMTYPE, "/etc/passwd"
    ),
    "hard link": member(f"{cifar10.FOLDER}/link", tarfile.LNKTYPE, "/etc/passwd"),
    "device": member(f"{cifar10.FOLDER}/device", tarfile.CHRTYPE),
    "fifo": member(f"{cifar10.FOLDER}/fifo", tarfile.FIFOTYPE),
    "twice": member(f"{cifar10.FOLDER}/test_batch", size=3),
}


@pytest.mark.parametrize("kind", MALICE)
def test_nothing_but_the_files_wanted_is_unpacked(load, server, cache, tmp_path, kind):
    server.content = tar_bytes(FILE_CONTENTS, [MALICE[kind]])
    assert_complete(load("good", archive=archive_of(server.content, FILE_CONTENTS)))
    assert_only(cache, cifar10.FOLDER)
    assert {p.name for p in (cache / cifar10.FOLDER).iterdir()} == set(FILE_CONTENTS)
    assert {path.name for path in tmp_path.iterdir()} == {"cache"}
    assert not os.path.exists("/tmp/escaped-from-archive")


def test_a_link_in_place_of_a_batch_is_not_followed(load, server, cache):
    files = {**FILE_CONTENTS}
    del files["test_batch"]
    server.content = tar_bytes(files, [MALICE["link as batch"]])
    with pytest.raises(DataError, match=r"lacks .*test_batch"):
        load("good", archive=archive_of(server.content, FILE_CONTENTS))
    assert_only(cache)


@pytest.mark.parametrize("folder", ["other", "..", f"../{cifar10.FOLDER}", "/"])
def test_an_archive_with_another_folder_is_refused(load, server, cache, folder):
    server.content = tar_bytes(FILE_CONTENTS, folder_name=folder)
    with pytest.raises(DataError, match="lacks"):
        load("good", archive=archive_of(server.content, FILE_CONTENTS))
    assert_only(cache)


def test_an_archive_without_a_batch_is_refused(load, server, cache):
    files = {**FILE_CONTENTS}
    del files["data_batch_5"]
    server.content = tar_bytes(files)
    with pytest.raises(DataError, match=r"lacks .*data_batch_5"):
        load("good", archive=archive_of(server.content, FILE_CONTENTS))
    assert_only(cache)


def test_a_damaged_archive_is_refused(load, server, cache):
    server.content = TAR[: len(TAR) // 2]
    with pytest.raises(DataError, match="is damaged"):
        load("good", archive=archive_of(server.content, FILE_CONTENTS))
    assert_only(cache)


# --- a full disk -------------------------------------------------------------------


def test_too_little_room_is_said_before_anything_is_downloaded(
    load, server, cache, monkeypatch
):
    usage = shutil.disk_usage("/")._replace(free=200_000)
    monkeypatch.setattr(shutil, "disk_usage", lambda path: usage)
    with pytest.raises(DataError, match=r"MB of disk space.*0 MB left"):
        load("good")
    assert server.requests == []
    assert_only(cache)


class FullDisk(io.FileIO):
    """A file on a disk with room for a few bytes only."""

    def write(self, data):
        super().write(data[:100])
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


@pytest.mark.parametrize("pattern", ["tmp*", "data_batch_2"])
def test_a_full_disk_is_no_fault_of_the_mirror(
    load, server, cache, monkeypatch, pattern
):
    real = io.open

    def full(path, mode="r", *args, **options):
        name = os.path.basename(str(path))
        if fnmatch.fnmatch(name, pattern) and ("w" in mode or "x" in mode):
            return FullDisk(path, "w")
        return real(path, mode, *args, **options)

    monkeypatch.setattr(io, "open", full)
    monkeypatch.setattr("builtins.open", full)
    monkeypatch.setattr(tarfile, "bltn_open", full)
    with pytest.raises(DataError, match=r"(?s)cannot be stored in.*No space left"):
        load("good", "other")
    monkeypatch.undo()
    assert server.requests == ["/good"]
    assert_only(cache)


def test_a_cache_that_cannot_be_made_is_an_error(tmp_path, server):
    blocked = tmp_path / "file"
    blocked.write_text("")
    archive = archive_of(TAR, FILE_CONTENTS, server.url("good"))
    with pytest.raises(DataError, match="cannot be stored in"):
        cifar10.load_cifar10(archive=archive, cache=blocked / "cache")


# --- several processes, interruptions ----------------------------------------------

PROGRAM = """
import sys, warnings
from pathlib import Path
sys.path.insert(0, sys.argv[1])
import test_cifar as here
from course_utils.datasets import cifar10
cifar10.ROWS_PER_FILE = here.ROWS
warnings.simplefilter("always")
archive = here.archive_of(here.TAR, here.FILE_CONTENTS, sys.argv[3])
try:
    here.assert_complete(cifar10.load_cifar10(archive=archive, cache=Path(sys.argv[2])))
except KeyboardInterrupt:
    sys.exit("interrupted")
print("complete")
"""


@pytest.fixture
def start(cache):
    """Start a process that loads the data from a mirror."""
    started = []

    def start(url):
        folder = os.path.dirname(__file__)
        process = subprocess.Popen(
            [sys.executable, "-c", PROGRAM, folder, str(cache), url],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env={k: v for k, v in os.environ.items() if not k.startswith("COURSE_")},
        )
        started.append(process)
        return process

    yield start
    for process in started:
        process.kill()
        process.communicate()


def test_two_processes_at_once_download_once(start, server, cache):
    first = start(server.url("paused"))
    assert server.halfway.wait(WAIT)
    second = start(server.url("paused"))
    waiting = second.stderr.readline()
    assert "Another process is at work on cifar10" in waiting
    server.go_on.set()
    for process in (first, second):
        output, errors = process.communicate(timeout=WAIT)
        assert output.endswith("complete\n"), errors
    assert server.requests == ["/paused"]
    assert_only(cache, cifar10.FOLDER)


@pytest.mark.skipif(os.name == "nt", reason="Windows has no SIGINT to send")
def test_an_interrupted_download_leaves_nothing_and_can_be_rerun(
    start, load, server, cache
):
    process = start(server.url("paused"))
    assert server.halfway.wait(WAIT)
    assert any(cache.glob(".cifar10-partial-*/*"))
    process.send_signal(signal.SIGINT)
    _, errors = process.communicate(timeout=WAIT)
    assert errors.endswith("interrupted\n")
    assert_only(cache)
    assert_complete(load("good"))


def test_what_a_killed_process_left_is_removed_by_the_next(start, load, server, cache):
    process = start(server.url("paused"))
    assert server.halfway.wait(WAIT)
    process.kill()
    process.communicate(timeout=WAIT)
    assert any(cache.glob(".cifar10-partial-*"))
    assert_complete(load("good"))
    assert_only(cache, cifar10.FOLDER)
