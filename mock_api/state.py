"""What the mock remembers between calls, all of it bounded: its log, counts and nonces per key, set knobs."""

from __future__ import annotations

import random
import time
from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Generic, TypeVar

from .knobs import NONE, Knobs
from .shop import Shop

SAMPLE = Path(__file__).with_name("documents.json")
"""The seed's documents, as they stand."""

LOG_SIZE = 10_000
KEYS_KEPT = 100_000

V = TypeVar("V")
Headers = list[tuple[str, str]]


@dataclass(slots=True)
class Call:
    """One request. `status` is None while it is being answered, and for good if the connection was broken."""

    n: int
    api: str
    path: str
    method: str
    args: dict[str, Any]
    headers: Headers
    key: str | None
    status: int | None = None
    duration_ms: float | None = None
    time_s: float = field(default_factory=time.time)
    _began_s: float = field(default_factory=time.perf_counter)

    def answered(self, status: int) -> None:
        self.status = status
        self.ended()

    def ended(self) -> None:
        self.duration_ms = round((time.perf_counter() - self._began_s) * 1000, 3)

    def as_json(self) -> dict[str, Any]:
        return {
            "n": self.n,
            "time": datetime.fromtimestamp(self.time_s, UTC).isoformat(),
            "api": self.api,
            "path": self.path,
            "method": self.method,
            "args": self.args,
            "headers": dict(self.headers),
            "idempotency_key": self.key,
            "status": self.status,
            "duration_ms": self.duration_ms,
        }


class Recent(Generic[V]):
    """A dictionary that forgets its oldest keys."""

    def __init__(self, size: int) -> None:
        self._size = size
        self._values: dict[str, V] = {}

    def get(self, key: str, default: V) -> V:
        return self._values.get(key, default)

    def put(self, key: str, value: V) -> V:
        self._values[key] = value
        if len(self._values) > self._size:
            del self._values[next(iter(self._values))]
        return value


class Mock:
    """The whole state of one mock server. `rng` decides every chance and every nonce."""

    def __init__(self, rng: random.Random) -> None:
        self.rng = rng
        self.knobs: dict[str, Knobs] = {}
        self.shop = Shop()
        self._calls: deque[Call] = deque(maxlen=LOG_SIZE)
        self._last_n = 0
        self._nonces: Recent[str] = Recent(KEYS_KEPT)
        self._unready: Recent[int] = Recent(KEYS_KEPT)

    def record(self, api: str, path: str, method: str, args: dict[str, Any], headers: Headers) -> Call:
        """Log a call that has just come in."""
        self._last_n += 1
        key = next((value for name, value in headers if name == "Idempotency-Key"), None)
        call = Call(self._last_n, api, path, method, args, headers, key)
        self._calls.append(call)
        return call

    def log(self, since: int = 0, api: str = "") -> list[dict[str, Any]]:
        """The calls after number `since`, of one API if it is named, oldest first."""
        return [call.as_json() for call in _after(self._calls, since) if api in ("", call.api)]

    def clear_log(self) -> None:
        """Forget the calls; their numbers go on, so that a reader's `since` stays good."""
        self._calls.clear()

    def nonce(self, key: str) -> str:
        """The one nonce of an Idempotency-Key."""
        return self._nonces.get(key, "") or self._nonces.put(key, f"{self.rng.getrandbits(64):016x}")

    def ready(self, call: Call, after: int) -> bool:
        """Whether `after` calls of the same kind have been turned away already; counts this one if not."""
        kind = f"{call.api} {call.key or sorted(call.args.items())}"
        seen = self._unready.get(kind, 0)
        if seen >= after:
            return True
        self._unready.put(kind, seen + 1)
        return False

    def set_knobs(self, api: str, knobs: Knobs) -> None:
        self.knobs[api] = knobs

    def reset(self) -> None:
        """Every knob back to nothing, and the count of calls that were not ready."""
        self.knobs.clear()
        self._unready = Recent(KEYS_KEPT)

    def knobs_of(self, api: str) -> Knobs:
        return self.knobs.get(api, NONE)


def _after(calls: deque[Call], since: int) -> Iterable[Call]:
    """Walks back from the newest, since a poller asks for the last few of thousands."""
    found: list[Call] = []
    for call in reversed(calls):
        if call.n <= since:
            break
        found.append(call)
    return reversed(found)
