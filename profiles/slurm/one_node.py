"""Run a command on a real one-node Slurm of this machine, started for it and stopped after it.

Run as ``python profiles/slurm/one_node.py COMMAND ...``. It needs Debian's packages
``slurm-wlm`` and ``munge``; key, sockets, state and logs live in a temporary folder, and
neither root nor a running service is needed. Jobs run as the user who starts it.
"""

import os
import pwd
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

PROGRAMS = ("munged", "slurmctld", "slurmd", "sbatch", "sinfo", "srun", "squeue")
SECONDS_TO_START = 60
MUNGE = {
    "key-file": "munge.key",
    "seed-file": "munge.seed",
    "pid-file": "munge.pid",
    "socket": "munge.socket",
    "log-file": "munged.log",
}
CONFIGURATION = """
ClusterName=one-node
SlurmctldHost={host}(127.0.0.1)
SlurmctldPort={controller}
SlurmdPort={node}
SlurmUser={user}
SlurmdUser={user}
AuthType=auth/munge
AuthInfo=socket={folder}/munge.socket
CredType=cred/munge
StateSaveLocation={folder}/state
SlurmdSpoolDir={folder}/spool
SlurmctldPidFile={folder}/slurmctld.pid
SlurmdPidFile={folder}/slurmd.pid
SlurmctldLogFile={folder}/slurmctld.log
SlurmdLogFile={folder}/slurmd.log
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
MpiDefault=none
ReturnToService=2
SelectType=select/cons_tres
SelectTypeParameters=CR_Core_Memory
NodeName={host} NodeAddr=127.0.0.1 CPUs={cpus} RealMemory={memory} State=UNKNOWN
PartitionName=main Nodes={host} Default=YES MaxTime=INFINITE State=UP
"""


@contextmanager
def slurm(folder: Path) -> Iterator[dict[str, str]]:
    """A running Slurm in `folder`; yields the environment that reaches it.

    Raises
    ------
    SystemExit
        If a program is missing or the node does not become idle; the message
        carries the last lines of the logs.
    """
    path = os.environ["PATH"] + ":/usr/sbin:/sbin"
    missing = [name for name in PROGRAMS if not shutil.which(name, path=path)]
    if missing:
        sys.exit(f"missing: {', '.join(missing)}; type: sudo apt-get install slurm-wlm munge")
    environment = os.environ | {"SLURM_CONF": str(folder / "slurm.conf")}
    environment["PATH"] = f"{folder}/bin:{path}"
    _configure(folder)
    _wrap_srun(folder, shutil.which("srun", path=path))
    munge = (f"--{option}={folder}/{file}" for option, file in MUNGE.items())
    commands = (
        ("munged", "--foreground", "--force", *munge),
        ("slurmctld", "-D", "-c"),
        ("slurmd", "-D", "-c"),
    )
    started: list[subprocess.Popen] = []
    try:
        for command in commands:
            quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
            started.append(subprocess.Popen(command, env=environment, cwd=folder, **quiet))
            if command[0] == "munged":
                _wait(lambda: (folder / "munge.socket").exists(), folder, started)
        _wait(lambda: _idle(environment), folder, started)
        yield environment
    finally:
        for process in reversed(started):
            process.send_signal(signal.SIGTERM)
        for process in started:
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                process.kill()


def _configure(folder: Path) -> None:
    for name in ("state", "spool"):
        (folder / name).mkdir()
    key = folder / "munge.key"
    key.write_bytes(secrets.token_bytes(128))
    key.chmod(0o600)
    text = CONFIGURATION.format(
        folder=folder,
        host=socket.gethostname().partition(".")[0],
        user=pwd.getpwuid(os.getuid()).pw_name,
        cpus=os.cpu_count(),
        memory=os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") // 2**20 * 9 // 10,
        controller=_free_port(),
        node=_free_port(),
    )
    (folder / "slurm.conf").write_text(text)


def _wrap_srun(folder: Path, srun: str) -> None:
    """Tell srun where the configuration is: Snakemake's jobs drop every variable of Slurm's."""
    wrapper = folder / "bin" / "srun"
    wrapper.parent.mkdir()
    wrapper.write_text(f'#!/bin/sh\nSLURM_CONF={folder}/slurm.conf exec {srun} "$@"\n')
    wrapper.chmod(0o755)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def _idle(environment: dict[str, str]) -> bool:
    asked = ("sinfo", "--noheader", "--format=%t")
    done = subprocess.run(asked, env=environment, capture_output=True, text=True)
    return done.stdout.strip() == "idle"


def _wait(ready, folder: Path, started: list[subprocess.Popen]) -> None:
    end = time.monotonic() + SECONDS_TO_START
    while not ready():
        if time.monotonic() > end or any(process.poll() is not None for process in started):
            logs = sorted(folder.glob("*.log"))
            said = "\n".join(f"{log.name}:\n{log.read_text()[-1500:]}" for log in logs)
            sys.exit(f"Slurm did not start on this machine\n{said}")
        time.sleep(0.2)


def main(command: list[str]) -> int:
    """Run `command` with Slurm up and return its exit status."""
    if not command:
        sys.exit("usage: python profiles/slurm/one_node.py COMMAND [ARGUMENT ...]")
    with tempfile.TemporaryDirectory(prefix="slurm-") as name:
        # Daemons check who may enter the folder that holds their key and socket.
        Path(name).chmod(0o755)
        with slurm(Path(name)) as environment:
            return subprocess.run(command, env=environment).returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
