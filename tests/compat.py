"""Runs the store's contract on a second implementation of MongoDB's protocol: `make test-compat`.

`python -m tests.compat SERVER [PYTEST'S ARGUMENTS]`: SERVER is the path of secantusd-py, which is started on a free
port and an empty folder and ended again. Exits as pytest did.
"""

import os
import re
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.conftest import MONGO_URI

START_S = 60
STOP_S = 15
LONGEST_S = 1_800
"""Contract tests take about a minute; what takes half an hour hangs."""


def main(server: str, *pytest_args: str) -> int:
    signal.signal(signal.SIGTERM, lambda number, _: sys.exit(128 + number))  # so that the server is ended, too
    with tempfile.TemporaryDirectory(prefix="stepline-compat-") as folder, running(server, Path(folder)) as uri:
        command = [sys.executable, "-m", "pytest", "tests/contract", *pytest_args]
        return subprocess.run(command, env=os.environ | {MONGO_URI: uri}, timeout=LONGEST_S, check=False).returncode


@contextmanager
def running(server: str, folder: Path) -> Iterator[str]:
    """The address of a server that has ended when the block has."""
    config, log = folder / "empty.toml", folder / "server.log"
    config.touch()  # else a file in the working directory takes over
    where: list[str | Path] = [
        "--config",
        config,
        "--storage-path",
        folder / "data",
        "--host",
        "127.0.0.1",
        "--port",
        "0",
    ]
    with log.open("w") as output:
        process = subprocess.Popen([server, *where, "--cache-size", "256M"], stdout=output, stderr=output)
    try:
        yield f"mongodb://127.0.0.1:{port_of(process, log)}/?replicaSet=secantus"
    finally:
        end(process)


def port_of(process: "subprocess.Popen[bytes]", log: Path) -> int:
    """The port that a starting server tells in its log."""
    give_up = time.monotonic() + START_S
    while time.monotonic() < give_up and process.poll() is None:
        if found := re.search(r"listening on 127\.0\.0\.1:(\d+)", log.read_text()):
            return int(found[1])
        time.sleep(0.05)
    sys.exit(f"the server did not start; it said:\n{log.read_text()}")


def end(process: "subprocess.Popen[bytes]") -> None:
    process.terminate()
    try:
        process.wait(STOP_S)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
