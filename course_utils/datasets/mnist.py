"""The built-in MNIST files."""

import hashlib
import lzma
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from course_utils.datasets.base import DataError, RawData

MNIST_FOLDER = Path(__file__).parent / "files" / "mnist"

# MD5 of each uncompressed IDX file; the data card beside the files says where
# they come from.
MNIST_MD5 = {
    "train-images-idx3-ubyte": "6bbc9ace898e44ae57da46a324031adb",
    "train-labels-idx1-ubyte": "a25bea736e30d166cdddb491f175f624",
    "t10k-images-idx3-ubyte": "2646ac647ad5339dbf082846283269ea",
    "t10k-labels-idx1-ubyte": "27ae3e4e09519cfbb04c329615203637",
}


def read_idx(path: Path, md5: str) -> np.ndarray:
    """Read one xz-compressed IDX file, the format in which MNIST was published.

    The file starts with two zero bytes, a type code (8: unsigned bytes), the
    number of dimensions and the size of each as a big-endian 32-bit integer;
    then come the values, last dimension fastest.

    Args:
        path: the file, `NAME.xz`.
        md5: checksum of the uncompressed file.

    Returns:
        A uint8 array with the shape that the file states.

    Raises:
        DataError: the file is missing, truncated or altered.
    """
    remedy = "Restore it with `git checkout -- course_utils/datasets`, or reinstall."
    try:
        content = lzma.decompress(path.read_bytes())
    except FileNotFoundError:
        raise DataError(f"{path} is missing. {remedy}") from None
    except (lzma.LZMAError, EOFError) as error:
        raise DataError(f"{path} is truncated or damaged: {error}. {remedy}") from None
    found = hashlib.md5(content, usedforsecurity=False).hexdigest()
    if found != md5:
        raise DataError(f"{path} was altered: MD5 {found}, not {md5}. {remedy}")
    dimensions = content[3]
    shape = np.frombuffer(content, dtype=">u4", count=dimensions, offset=4)
    values = np.frombuffer(content, dtype=np.uint8, offset=4 + 4 * dimensions)
    return values.reshape(tuple(shape.tolist()))


def load_mnist(folder: Path = MNIST_FOLDER) -> RawData:
    """Read the 60,000 training and 10,000 test digits from `NAME.xz` in `folder`.

    Returns:
        Images (n, 1, 28, 28) and labels (n,).

    Raises:
        DataError: a file is missing, truncated or altered.
    """

    def read(name: str) -> Tensor:
        return torch.tensor(read_idx(folder / f"{name}.xz", MNIST_MD5[name]))

    # Decompressing lets other threads run meanwhile: the test images take no
    # time beside the training images.
    with ThreadPoolExecutor() as pool:
        train_images, train_labels, test_images, test_labels = pool.map(read, MNIST_MD5)
    return RawData(
        train_images.unsqueeze(1),
        train_labels.long(),
        test_images.unsqueeze(1),
        test_labels.long(),
        classes=tuple("0123456789"),
    )
