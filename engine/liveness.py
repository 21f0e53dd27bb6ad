"""Whether a worker is still there, as others can tell.

A clock of another machine proves nothing: it may be an hour off. So a worker is taken for lost when its lease was
not renewed while *we* watched it for as long as it lasts; or at once, when it was a process of this very machine and
that process is gone. Either may be wrong only in being late: what keeps a lost worker from writing is its epoch.
"""

from __future__ import annotations

import os
import socket
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from engine.store import WorkerInfo

_PROC = Path("/proc")


@dataclass(frozen=True, slots=True)
class Process:
    """A process, told from all others: also from one that has its number after it, or has it in another container."""

    host: str
    pid: int
    boot: str
    """This start of this machine, and its space of process numbers; empty where that cannot be known."""
    born: str
    """When it began, in ticks since the machine did."""


def this_process() -> Process:
    pid = os.getpid()
    return Process(socket.gethostname(), pid, _boot(), _born(pid) or "")


def is_gone(worker: WorkerInfo, boot: str) -> bool:
    """True only for what was a process of this machine since its start, and is none any more."""
    return bool(boot) and worker.boot == boot and _born(worker.pid) != worker.born


def _boot() -> str:
    try:
        return f"{(_PROC / 'sys/kernel/random/boot_id').read_text().strip()}/{os.stat('/proc/self/ns/pid').st_ino}"  # noqa: PTH116  a link to nowhere
    except OSError:
        return ""


def _born(pid: int) -> str | None:
    """None when there is no such process, or only what is left of one that has ended."""
    try:
        fields = (_PROC / str(pid) / "stat").read_text().rpartition(")")[2].split()
    except OSError:
        return None
    return None if fields[0] in "ZX" else fields[19]


class Watch:
    """Remembers since when each worker's lease stands still. Times are this process's monotonic seconds."""

    def __init__(self, blind_after_s: float) -> None:
        """Who has not looked for so long was cut off, and others may have been: everybody gets a whole lease again."""
        self._blind_after_s = blind_after_s
        self._looked = float("-inf")
        self._since: dict[tuple[str, int], float] = {}

    def silent(self, workers: Iterable[WorkerInfo], now: float) -> list[WorkerInfo]:
        """Those that have not renewed for a whole lease of theirs."""
        if now - self._looked > self._blind_after_s:
            self._since.clear()
        self._looked = now
        seen = {(worker.id, worker.beat): worker for worker in workers}
        self._since = {key: self._since.get(key, now) for key in seen}
        return [worker for key, worker in seen.items() if now - self._since[key] > worker.lease_s]
