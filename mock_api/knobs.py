"""What can be made to go wrong with a call: set per API, or for one call by query parameters `_<knob>`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from .apis import BadArgument, truth

SHAPES = ("wrong", "text", "empty", "deep", "huge", "gzip_bomb")


@dataclass(frozen=True)
class Knobs:
    """Rates are chances from 0 to 1. The defaults change nothing."""

    latency_ms: float = 0.0
    error_rate: float | None = None
    status: int | None = None
    not_ready: int = 0
    shape: str = ""
    drip_s: float = 0.0
    reset: float = 0.0
    truncate: float = 0.0
    retry_after: str = ""
    nonce: bool = False

    @property
    def error_chance(self) -> float:
        """A status alone means always; a rate alone means with status 500."""
        if self.error_rate is None:
            return 1.0 if self.status is not None else 0.0
        return self.error_rate

    @property
    def error_status(self) -> int:
        return 500 if self.status is None else self.status

    def overlaid(self, settings: Mapping[str, Any]) -> Knobs:
        """These knobs with `settings` (`latency_ms` or `_latency_ms`) over them. Raises `BadArgument`."""
        return replace(self, **{name.lstrip("_"): _setting(name, value) for name, value in settings.items()})


NONE = Knobs()


def _number(low: float, high: float) -> Callable[[Any], float]:
    def read(value: Any) -> float:
        number = float(value)
        if not low <= number <= high:
            raise ValueError
        return number

    return read


def _whole(low: int, high: int) -> Callable[[Any], int]:
    def read(value: Any) -> int:
        number = int(value)
        if not low <= number <= high:
            raise ValueError
        return number

    return read


def _shape(value: Any) -> str:
    if value not in ("", *SHAPES):
        raise ValueError
    return str(value)


_DAY_S = 86_400
_READERS: dict[str, tuple[Callable[[Any], Any], str]] = {
    "latency_ms": (_number(0, _DAY_S * 1000), "a number of milliseconds, at most a day"),
    "error_rate": (_number(0, 1), "a chance from 0 to 1"),
    "status": (_whole(200, 599), "an HTTP status from 200 to 599"),
    "not_ready": (_whole(0, 1_000_000), "a number of calls"),
    "shape": (_shape, f"one of {', '.join(SHAPES)}"),
    "drip_s": (_number(0, _DAY_S), "a number of seconds, at most a day"),
    "reset": (_number(0, 1), "a chance from 0 to 1"),
    "truncate": (_number(0, 1), "a chance from 0 to 1"),
    "retry_after": (str, "seconds or an HTTP date"),
    "nonce": (truth, "true or false"),
}

MEANINGS = {
    "latency_ms": "wait before answering",
    "error_rate": "chance of an error",
    "status": "the error's status; alone: always",
    "not_ready": "first calls that answer null",
    "shape": "another body",
    "drip_s": "send the body this slowly",
    "reset": "chance of a broken connection",
    "truncate": "chance of half a body",
    "retry_after": "the header's value",
    "nonce": "add the key's nonce to the body",
}


def _setting(name: str, value: Any) -> Any:
    plain = name.lstrip("_")
    if plain not in _READERS:
        raise BadArgument(name, f"is no knob; there are {', '.join(_READERS)}")
    if value is None:
        return getattr(NONE, plain)
    read, wanted = _READERS[plain]
    try:
        return read(value)
    except (TypeError, ValueError):
        raise BadArgument(name, f"must be {wanted}, not {value!r}") from None
