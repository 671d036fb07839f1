"""What the project is made of: locked, licensed, and without a network while it is tested."""

import os
import re
import subprocess
import sys

import pandas as pd
import pytest

from smallprint import licences

# Licences that let a program under MIT depend on a package. Those of the Mozilla kind ask for the
# source of changed files only, and none is changed here.
TAKEN = re.compile(
    r"MIT|MIT-0|MIT-CMU|0BSD|BSD|BSD-[23]-Clause|Apache|Apache-2\.0|ISC|PSF-2\.0|Python Software "
    r"Foundation|CNRI-Python|Zlib|CC0-1\.0|BSL-1\.0|MPL-2\.0|Mozilla Public License 2\.0|Public "
    r"Domain|Unlicense|LLVM-exception"
)


REFUSED = re.compile(r"AGPL|Affero|SSPL|Commons Clause|NonCommercial|Proprietary")


def committed() -> pd.DataFrame:
    return pd.read_csv(licences.FILE, keep_default_na=False)


def test_the_list_of_licences_is_the_lock():
    listed = committed()
    assert dict(zip(listed["package"], listed["version"], strict=True)) == licences.locked()
    assert listed["package"].is_monotonic_increasing
    assert listed["package"].is_unique


def test_the_list_of_licences_is_what_the_packages_say():
    pd.testing.assert_frame_equal(committed(), licences.table())


def test_every_licence_is_known_and_one_that_a_program_under_mit_may_depend_on():
    for row in committed().itertuples():
        assert row.licence, f"{row.package} names no licence"
        assert TAKEN.search(row.licence), f"{row.package}: {row.licence}"
        # Packages under a choice of licences may name one that is not taken, beside one that is.
        assert not REFUSED.search(row.licence), f"{row.package}: {row.licence}"


def test_a_package_that_is_not_the_locked_one_is_named(monkeypatch, tmp_path):
    for line, says in (("nobody-has-this==1.0", "is not installed"), ("pandas==0.1", "is locked")):
        file = tmp_path / "requirements.lock"
        file.write_text(f"{line}\n")
        monkeypatch.setattr(licences.locked, "__defaults__", (file,))
        with pytest.raises(ValueError, match=says):
            licences.table()


def test_the_lock_is_resolved_for_no_mirror():
    text = licences.LOCK.read_text(encoding="utf-8")
    assert not re.search(r"https?:|index-url|find-links|file:|@", text)


# RFC 5737 keeps this address for documentation: nobody has it.
ELSEWHERE = "('192.0.2.1', 80)"
TRIES = {
    "connection": f"socket.create_connection({ELSEWHERE}, timeout=0.2)",
    "raw socket": f"socket.socket().connect({ELSEWHERE})",
    "connect_ex": f"sys.exit(socket.socket().connect_ex({ELSEWHERE}))",
    "datagram": f"socket.socket(type=socket.SOCK_DGRAM).sendto(b'x', {ELSEWHERE})",
    "name": "socket.getaddrinfo('small-print.example', 443)",
    "old name": "socket.gethostbyname('small-print.example')",
    "IPv6": "socket.socket(socket.AF_INET6).connect(('2001:db8::1', 80))",
}


@pytest.mark.parametrize("kind", TRIES)
def test_no_way_of_python_reaches_another_machine(kind):
    code = f"import socket, sys; {TRIES[kind]}"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=20)
    assert "tests use no network" in done.stderr


def test_what_the_guard_cannot_reach_is_known():
    """A Python that reads no site files is out of the guard's reach, as programs of others are."""
    code = "import sys; print('sitecustomize' in sys.modules)"
    plain, isolated = (
        subprocess.run(
            [sys.executable, *options, "-c", code], capture_output=True, text=True, env=os.environ
        ).stdout.strip()
        for options in ((), ("-I", "-S"))
    )
    assert (plain, isolated) == ("True", "False")
