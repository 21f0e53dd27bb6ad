"""Worker processes: hired, killed, stopped, sent home; whatever happens, none outlives its crew."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

import gevent

from tests.fault.diary import last_token
from tests.fault.exchange import LOOK_S

ROOT = Path(__file__).parents[2]
PATIENCE_S = 30.0


class Nursery:
    """A running `nursery.py`: bears worker processes, and takes those with it that are left."""

    def __enter__(self) -> Nursery:
        command = [sys.executable, "-m", "tests.fault.nursery"]
        pipe = subprocess.PIPE
        self._process = subprocess.Popen(command, cwd=ROOT, stdin=pipe, stdout=pipe, text=True, bufsize=1)
        return self

    def __exit__(self, *_: object) -> None:
        with self._process:  # its standard input is closed, which is its end
            pass

    def bear(self, trade: str, log: Path, args: list[str], uri: str = "") -> int:
        """The number of a new process: a `worker`, or an `oracle`."""
        assert self._process.stdin
        assert self._process.stdout
        order = {"trade": trade, "log": str(log), "uri": uri, "args": args}
        self._process.stdin.write(json.dumps(order) + "\n")
        return int(self._process.stdout.readline())


class Child:
    """A process from the nursery."""

    def __init__(self, nursery: Nursery, trade: str, log: Path, args: list[str], uri: str = "") -> None:
        self.log, self._exit = log, log.with_suffix(".exit")
        self.pid = nursery.bear(trade, log, args, uri)

    @property
    def alive(self) -> bool:
        return not self._exit.exists()

    def send(self, number: signal.Signals) -> None:
        if self.alive:
            with suppress(ProcessLookupError):
                os.kill(self.pid, number)

    def kill(self) -> None:
        """kill -9, also of one that is stopped; returns when it is gone."""
        self.send(signal.SIGKILL)
        self.wait_for_the_end()

    def died_within(self, seconds: float) -> bool:
        """Whether it ended by itself."""
        ends = time.monotonic() + seconds
        while self.alive and time.monotonic() < ends:
            gevent.sleep(LOOK_S)
        return not self.alive

    def wait_for_the_end(self) -> int:
        """Its exit code. Raises TimeoutError."""
        if not self.died_within(PATIENCE_S):
            raise TimeoutError(f"the process of {self.log} does not end")
        return int(self._exit.read_text())


class Member(Child):
    """One worker process."""

    def __init__(self, nursery: Nursery, name: str, folder: Path, uri: str, **options: Any) -> None:
        self.name, self.diary = name, folder / f"{name}.diary"
        args = ["--name", name, "--diary", str(self.diary), *_flags(options)]
        super().__init__(nursery, "worker", folder / f"{name}.log", args, uri)

    @property
    def token(self) -> str:
        """Under which it holds tasks; empty before it has begun."""
        return last_token(self.diary)

    @property
    def stopped(self) -> bool:
        """By SIGSTOP."""
        return self._status("State").startswith("T")

    @property
    def peak_memory_mb(self) -> float:
        """The most that it ever had resident."""
        return int(self._status("VmHWM").split()[0]) / 1024

    def _status(self, name: str) -> str:
        lines = Path(f"/proc/{self.pid}/status").read_text().splitlines()
        return next((value.strip() for field, _, value in (line.partition(":") for line in lines) if field == name), "")

    def leave(self) -> int:
        """SIGTERM, as an init system does; the exit code, also of one that has ended before."""
        self.send(signal.SIGTERM)
        self.send(signal.SIGCONT)
        return self.wait_for_the_end()


def _flags(options: dict[str, Any]) -> list[str]:
    flags = []
    for name, value in options.items():
        flag = f"--{name.replace('_', '-')}"
        flags += [flag] if value is True else [flag, str(value)]
    return flags


class Crew:
    """All worker processes of a trial."""

    def __init__(self, nursery: Nursery, folder: Path, uri: str) -> None:
        self._nursery, self._folder, self._uri = nursery, folder, uri
        self._hired = 0
        self.members: list[Member] = []

    def hire(self, count: int = 1, uri: str = "", **options: Any) -> list[Member]:
        """So many more; `options` are those of `worker_process`. Returns before they have begun."""
        new = []
        for _ in range(count):
            self._hired += 1
            new.append(Member(self._nursery, f"w{self._hired}", self._folder, uri or self._uri, **options))
        self.members += new
        return new

    def begun(self) -> None:
        """Waits until everybody has a lease."""
        for member in self.members:
            while member.alive and not member.token:
                gevent.sleep(0.02)

    @property
    def alive(self) -> list[Member]:
        return [member for member in self.members if member.alive]

    def leave(self) -> list[int]:
        """Everybody goes home in good order; exit codes."""
        present = self.alive
        for member in present:
            member.send(signal.SIGTERM)
            member.send(signal.SIGCONT)
        return [member.leave() for member in present]

    def kill(self) -> None:
        for member in self.members:
            member.kill()

    def complaints(self) -> list[str]:
        """Lines of the members' logs that no fault from outside explains."""
        lines = [line for member in self.members for line in member.log.read_text().splitlines()]
        return [line for line in lines if "task_broken" in line or "Error: " in line]
