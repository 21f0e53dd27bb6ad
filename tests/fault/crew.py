"""Worker processes: hired, killed, stopped, sent home; whatever happens, none outlives its crew."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from contextlib import suppress
from pathlib import Path
from typing import Any

import gevent

from tests.fault.diary import last_token

ROOT = Path(__file__).parents[2]
PATIENCE_S = 30.0


class Member:
    """One worker process."""

    def __init__(self, name: str, folder: Path, uri: str, **options: Any) -> None:
        self.name = name
        self.diary, self.log = folder / f"{name}.diary", folder / f"{name}.log"
        command = [sys.executable, "-m", "tests.fault.worker_process", "--name", name, "--diary", str(self.diary)]
        with self.log.open("w") as log:
            self._process = subprocess.Popen(
                [*command, *_flags(options)],
                cwd=ROOT,
                env=os.environ | {"STEPLINE_MONGO_URI": uri},
                stdin=subprocess.PIPE,  # its end tells the child that we are gone
                stdout=log,
                stderr=log,
            )

    @property
    def alive(self) -> bool:
        return self._process.poll() is None

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
        lines = Path(f"/proc/{self._process.pid}/status").read_text().splitlines()
        return next((value.strip() for field, _, value in (line.partition(":") for line in lines) if field == name), "")

    def send(self, number: signal.Signals) -> None:
        with suppress(ProcessLookupError):
            self._process.send_signal(number)

    def kill(self) -> None:
        """kill -9, also of one that is stopped; reaps it."""
        self.send(signal.SIGKILL)
        self._reap()

    def leave(self) -> int:
        """SIGTERM, as an init system does; the exit code."""
        self.send(signal.SIGTERM)
        self.send(signal.SIGCONT)
        return self._reap()

    def died_within(self, seconds: float) -> bool:
        """Whether it ended by itself."""
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(seconds)
        return not self.alive

    def _reap(self) -> int:
        code = self._process.wait(PATIENCE_S)
        if self._process.stdin:
            self._process.stdin.close()
        return code


def _flags(options: dict[str, Any]) -> list[str]:
    flags = []
    for name, value in options.items():
        flag = f"--{name.replace('_', '-')}"
        flags += [flag] if value is True else [flag, str(value)]
    return flags


class Crew:
    """All worker processes of a trial."""

    def __init__(self, folder: Path, uri: str) -> None:
        self._folder, self._uri = folder, uri
        self._hired = 0
        self.members: list[Member] = []

    def hire(self, count: int = 1, uri: str = "", **options: Any) -> list[Member]:
        """So many more; `options` are those of `worker_process`. Returns before they have begun."""
        new = []
        for _ in range(count):
            self._hired += 1
            new.append(Member(f"w{self._hired}", self._folder, uri or self._uri, **options))
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
