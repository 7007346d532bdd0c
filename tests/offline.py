"""Run a command that can reach no other machine.

    unshare --net python tests/offline.py make test

`unshare --net` gives a process a network of its own, which has nothing in it but
a loopback device that is switched off. Jupyter's kernels talk to each other over
that device; so this switches it on, and hands over to the command.
"""

import fcntl
import os
import socket
import struct
import sys

# From linux/sockios.h and linux/if.h.
SIOCGIFFLAGS, SIOCSIFFLAGS, IFF_UP = 0x8913, 0x8914, 0x1
REQUEST = "16sH14x"  # struct ifreq: name and flags


def switch_on_loopback() -> None:
    """Bring up the device `lo`; needs the right to change this network."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as control:
        asked = fcntl.ioctl(control, SIOCGIFFLAGS, struct.pack(REQUEST, b"lo", 0))
        _, flags = struct.unpack(REQUEST, asked)
        up = struct.pack(REQUEST, b"lo", flags | IFF_UP)
        fcntl.ioctl(control, SIOCSIFFLAGS, up)


if __name__ == "__main__":
    switch_on_loopback()
    os.execvp(sys.argv[1], sys.argv[1:])
