import socket
import subprocess
import sys

import pytest

# RFC 5737 keeps this address for documentation: nobody has it.
ELSEWHERE = ("192.0.2.1", 80)


def test_another_machine_is_out_of_reach_and_this_one_is_not():
    with pytest.raises(ConnectionRefusedError, match="tests use no network"):
        socket.create_connection(ELSEWHERE, timeout=1)
    with pytest.raises(ConnectionRefusedError, match="tests use no network"):
        socket.getaddrinfo("small-print.example", 443)
    with socket.create_server(("127.0.0.1", 0)) as server:
        socket.create_connection(server.getsockname(), timeout=1).close()


def test_a_process_that_a_test_starts_is_kept_in_as_well():
    code = f"import socket; socket.create_connection({ELSEWHERE!r}, timeout=1)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert "tests use no network" in done.stderr
