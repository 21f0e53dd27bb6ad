"""What the oracle was asked and what it did about it: the form of its log, which the checker reads."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any

LEASE_S = 1.5
"""Of every worker: what a lost one held is called for again soon after."""
RETRY_AFTER_S = 1
LOOK_S = 0.02
"""How often a file is looked at for something new."""
NONCE = re.compile(r"n-\d+-\d+")


class Fate(StrEnum):
    """What the oracle does with a request."""

    OK = "ok"
    SLOW = "slow"
    DRIP = "drip"
    ERROR = "500"
    BUSY = "503"
    TIMEOUT = "timeout"
    RESET_BEFORE = "reset before"
    RESET_AFTER = "reset after"
    TRUNCATED = "truncated"
    GARBAGE = "garbage"
    BOMB = "bomb"

    @property
    def takes_effect(self) -> bool:
        return self not in (Fate.ERROR, Fate.BUSY, Fate.RESET_BEFORE)

    @property
    def is_good(self) -> bool:
        """A caller that waits gets the answer."""
        return self in (Fate.OK, Fate.SLOW, Fate.DRIP)

    @property
    def is_refusal(self) -> bool:
        """A complete reply that says no, or says nothing that can be read."""
        return self in (Fate.ERROR, Fate.BUSY, Fate.GARBAGE, Fate.BOMB)


@dataclass(frozen=True, slots=True)
class Exchange:
    """One request. Times are of the machine's monotonic clock, in seconds."""

    asked_at: float
    task: str
    place: str
    """`<step>/<link>`"""
    key: str
    round: int = 0
    of: tuple[str, ...] = ()
    """The nonces among its args: what it was made from."""
    worker: str = ""
    fate: Fate = Fate.OK
    ready: bool = True
    nonce: str | None = None
    answered_at: float | None = None
    """None: no complete reply was sent."""

    @property
    def step(self) -> str:
        return self.place.partition("/")[0]

    @property
    def succeeded(self) -> bool:
        """The answer that its caller hoped for was sent."""
        return self.fate.is_good and self.ready and self.answered_at is not None

    @property
    def was_put_off(self) -> bool:
        """It was answered, with a refusal or with `not ready`: it is to be asked again later."""
        return self.answered_at is not None and (self.fate.is_refusal or (self.fate.is_good and not self.ready))

    @property
    def call(self) -> tuple[str, str, int]:
        return self.task, self.place, self.round


def read_lines(file: Path) -> Iterator[dict[str, Any]]:
    """The lines of an append-only log; the last may be half of one."""
    if file.exists():
        for line in file.read_text(encoding="utf-8").splitlines(keepends=True):
            if line.endswith("\n"):
                yield json.loads(line)


def read_exchanges(file: Path) -> list[Exchange]:
    """Everything that the oracle was asked, oldest first."""
    lines = list(read_lines(file))
    answered = {line["id"]: line["at"] for line in lines if line["what"] == "answered"}
    return [_exchange(line, answered.get(line["id"])) for line in lines if line["what"] == "asked"]


def _exchange(line: dict[str, Any], answered_at: float | None) -> Exchange:
    args = line["args"]
    return Exchange(
        asked_at=line["at"],
        task=args["task"],
        place=args["at"],
        key=line["key"],
        round=int(args["round"]),
        of=tuple(nonces_in(args.get("of"))),
        worker=line["worker"],
        fate=Fate(line["fate"]),
        ready=line["ready"],
        nonce=line["nonce"],
        answered_at=answered_at,
    )


def nonces_in(value: Any) -> list[str]:
    """Every nonce in a JSON value, in order."""
    return NONCE.findall(json.dumps(value))


def by_key(exchanges: Iterable[Exchange]) -> dict[str, list[Exchange]]:
    found: dict[str, list[Exchange]] = {}
    for exchange in exchanges:
        found.setdefault(exchange.key, []).append(exchange)
    return found
