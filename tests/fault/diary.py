"""What a worker process was told is durable, line by line in a file: the checker holds the database to it."""

from __future__ import annotations

import json
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TextIO

from engine.store import Entry, Record, Writer
from engine.worker import Worker
from tests.fault.exchange import read_lines


@dataclass(frozen=True, slots=True)
class Commit:
    """One attempt that the database has acknowledged to `worker` (the process) under `token` (its lease)."""

    at: float
    worker: str
    token: str
    task: str
    epoch: int
    attempt: str
    place: str
    round: int
    passed: int
    verdict: str

    @property
    def key(self) -> str:
        key = f"{self.task}/{self.place}/{self.round}"
        return f"{key}/{self.passed}" if self.passed else key


@dataclass(frozen=True, slots=True)
class Pause:
    """A time in which a worker process did not run."""

    worker: str
    began: float
    ended: float


@dataclass(frozen=True, slots=True)
class Enlisting:
    """A worker process got a lease."""

    worker: str
    at: float


class Diary:
    """Writes it. `install` puts it behind the worker's own writes."""

    def __init__(self, file: TextIO, name: str) -> None:
        self._file, self._name = file, name
        self._token = ""
        self._attempts: dict[str, dict[str, Any]] = {}

    def note(self, what: str, **about: Any) -> None:
        line = {"what": what, "at": time.monotonic(), "worker": self._name, "token": self._token}
        self._file.write(json.dumps(line | about) + "\n")

    def install(self) -> None:
        write, enlist, diary = Writer.write, Worker.enlist, self

        def writing(self: Writer, entry: Entry) -> bool:
            applied = write(self, entry)
            if applied:
                diary._note_commits(entry)
            return applied

        def enlisting(self: Worker) -> None:
            enlist(self)
            diary._token = self.name
            diary.note("enlisted")

        Writer.write, Worker.enlist = writing, enlisting  # type: ignore[method-assign]

    def _note_commits(self, entry: Entry) -> None:
        trail = entry.write.trail if isinstance(entry.write, Record) else entry.trail
        calls = [_about(raw) for raw in trail.attempts if raw["kind"] == "call"]
        self._attempts |= {about["attempt"]: about for about in calls}
        folded = [self._attempts[fold.id] for fold in trail.folds if fold.id in self._attempts]
        for about in calls + folded:
            self.note("commit", task=entry.write.task, **about)


def _about(raw: dict[str, Any]) -> dict[str, Any]:
    place = f"{raw['step']}/{raw['link']}"
    about = {"attempt": raw["_id"], "place": place, "round": raw["round"], "passed": raw["pass"]}
    return about | {"verdict": str(raw["verdict"]), "token": raw["worker"], "epoch": raw["epoch"]}


@dataclass(frozen=True, slots=True)
class Told:
    """What all diaries say."""

    commits: list[Commit]
    pauses: list[Pause]
    enlisted: list[Enlisting]


def read_diaries(folder: Path) -> Told:
    lines = [line for file in sorted(folder.glob("*.diary")) for line in read_lines(file)]
    return Told(
        commits=[Commit(**_without_what(line)) for line in lines if line["what"] == "commit"],
        pauses=[Pause(line["worker"], line["began"], line["at"]) for line in lines if line["what"] == "paused"],
        enlisted=[Enlisting(line["worker"], line["at"]) for line in lines if line["what"] == "enlisted"],
    )


def _without_what(line: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in line.items() if name != "what"}


def last_token(file: Path) -> str:
    """The lease under which that worker process holds tasks now; empty before it has one."""
    tokens = [line["token"] for line in read_lines(file) if line["what"] == "enlisted"]
    return tokens[-1] if tokens else ""
