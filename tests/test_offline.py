"""Everything runs without a network: CI cuts it before the tests start."""

import os
import socket
import threading
from pathlib import Path

import pytest

pytestmark = pytest.mark.skipif(
    not os.environ.get("COURSE_NETWORK_CUT"),
    reason="the network is not cut here; .ci/run cuts it for all tests",
)


def test_there_is_no_way_to_another_machine():
    ways = Path("/proc/net/route").read_text(encoding="ascii").splitlines()[1:]
    assert ways == []


def test_this_machine_reaches_itself():
    with socket.create_server(("127.0.0.1", 0)) as server:
        answer = threading.Thread(target=lambda: server.accept()[0].sendall(b"here"))
        answer.start()
        with socket.create_connection(server.getsockname()) as connection:
            assert connection.recv(4) == b"here"
        answer.join()
