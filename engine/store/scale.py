"""How far to read at once along an index of a server that reads all that a filter matches.

The values of an index are numbered (`Scale`), so that a window of them has a width. A `Stride` chooses each window from
the one before it and from what was found there earlier (`Density`): it goes carefully from where nothing is known, in
great strides over what was empty, and never into the middle of what was crowded.
"""

from __future__ import annotations

import math
import time
from collections import deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Protocol

_EMPTY_FOR_S = 60.0
"""What was empty may have been filled since."""
_NOTES = 500
_GROWTH = 4
_GROWTH_WHERE_EMPTY = 8
_CROWDED = 100


class Scale(Protocol):
    """Values of one type, and whole numbers in the same order."""

    least: int
    most: int
    step: int
    """The narrowest window worth a query."""

    def number(self, value: Any) -> int: ...

    def value(self, number: int) -> Any:
        """The least value of that number."""
        ...

    def anchor(self) -> int | None:
        """About which number most documents are, if that can be said."""
        ...

    def has(self, value: Any) -> bool:
        """Whether it is of this type."""
        ...


class Times:
    """Milliseconds, as the database keeps them; dense about now."""

    _zero = datetime(1970, 1, 1, tzinfo=UTC)
    least, most, step = -62_000_000_000_000, 253_000_000_000_000, 60_000

    def number(self, value: datetime) -> int:
        return min(max(self.least, (value - self._zero) // timedelta(milliseconds=1)), self.most)

    def value(self, number: int) -> datetime:
        return self._zero + timedelta(milliseconds=number)

    def anchor(self) -> int | None:
        return self.number(datetime.now(UTC))

    def has(self, value: Any) -> bool:
        return isinstance(value, datetime)


class Amounts:
    """Real numbers, in steps that binary fractions hit exactly; dense about zero."""

    _parts = 1024
    least, most, step = -(2**50), 2**50, 60 * 1024

    def number(self, value: float) -> int:
        return math.floor(min(max(self.least / self._parts, value), self.most / self._parts) * self._parts)

    def value(self, number: int) -> float:
        return number / self._parts

    def anchor(self) -> int | None:
        return 0

    def has(self, value: Any) -> bool:
        return isinstance(value, (int, float)) and not isinstance(value, bool) and math.isfinite(value)


class Texts:
    """Texts as numbers with a digit a character; what follows the first characters is the same number."""

    _digits, _base, _surrogates = 24, 0x110000 - 0x800, 0xD800
    least, step = 0, 1
    most = _base**_digits - 1

    def number(self, value: str) -> int:
        number = 0
        for character in value[: self._digits].ljust(self._digits, "\0"):
            code = ord(character)
            number = number * self._base + (code if code < self._surrogates else max(self._surrogates, code - 0x800))
        return number

    def value(self, number: int) -> str:
        if number > self.most:
            return chr(0x10FFFF) * (self._digits + 1)
        characters = []
        for _ in range(self._digits):
            number, digit = divmod(number, self._base)
            characters.append(chr(digit if digit < self._surrogates else digit + 0x800))
        return "".join(reversed(characters)).rstrip("\0")

    def anchor(self) -> int | None:
        return None

    def has(self, value: Any) -> bool:
        return isinstance(value, str)


TIMES, AMOUNTS, TEXTS = Times(), Amounts(), Texts()


@dataclass(frozen=True, slots=True)
class Found:
    """So many documents in [low, high)."""

    low: int
    high: int
    count: int
    at_s: float

    def holds(self, number: int) -> bool:
        return self.low <= number < self.high

    def width_of(self, count: int) -> int:
        """About how wide a window of so many is here."""
        return max(1, (self.high - self.low) * count // self.count)


class Density:
    """What was found where, the latest last."""

    def __init__(self) -> None:
        self._found: deque[Found] = deque(maxlen=_NOTES)

    def note(self, low: int, high: int, count: int) -> None:
        """That a window held so many."""
        last = self._found[-1] if self._found else None
        if not count and last and not last.count and last.high == low:
            low = self._found.pop().low
        self._found.append(Found(low, high, count, time.monotonic()))

    def note_sample(self, numbers: Sequence[int], each_stands_for: int) -> None:
        """Every so manieth document has one of these numbers."""
        ordered, some = sorted(numbers), max(1, len(numbers) // (_NOTES // 2))
        for place in range(0, len(ordered), some):
            group = ordered[place : place + some + 1]
            self.note(group[0], group[-1] + 1, some * each_stands_for)

    def empty_to(self, at: int) -> int | None:
        """How far there was nothing a moment ago."""
        fresh = time.monotonic() - _EMPTY_FOR_S
        latest = self._at(at)
        return latest.high if latest and not latest.count and latest.at_s > fresh else None

    def width(self, at: int, count: int) -> int | None:
        """How wide a window of so many was here."""
        latest = self._at(at)
        return latest.width_of(count) if latest and latest.count else None

    def crowd_after(self, at: int) -> int | None:
        """Where the next crowd begins."""
        return min((one.low for one in self._found if one.count >= _CROWDED and one.low > at), default=None)

    def _at(self, at: int) -> Found | None:
        return next((one for one in reversed(self._found) if one.holds(at)), None)


class Stride:
    """One walk along an index: where each window ends."""

    def __init__(self, scale: Scale, density: Density, turn: int) -> None:
        self._scale, self._density = scale, density
        anchor = scale.anchor()
        self._anchor = None if anchor is None else turn * anchor
        self._last: tuple[int, int] | None = None

    def end(self, at: int, wanted: int) -> int:
        """Of a window from `at` on that should hold about as many documents as are wanted."""
        if empty := self._density.empty_to(at):
            return empty
        width = max(1, min(self._width(at, wanted), *self._limits(at)))
        return at + width

    def note(self, low: int, high: int, count: int) -> None:
        self._density.note(low, high, count)
        self._last = (high - low, count)

    def _width(self, at: int, wanted: int) -> int:
        known = self._density.width(at, wanted)
        if self._last is None:
            return known or max(self._scale.step, self._unknown(at))
        width, count = self._last
        most = width * (_GROWTH if count else _GROWTH_WHERE_EMPTY)
        grown = min(most, width * wanted // count) if count else most
        return max(self._scale.step if count < wanted else 1, min(grown, known * _GROWTH if known else grown))

    def _unknown(self, at: int) -> int:
        """No more than half way to where it becomes dense."""
        if self._anchor is None:
            return (self._scale.most - self._scale.least) // 2**20
        return abs(self._anchor - at) // 2

    def _limits(self, at: int) -> Iterable[int]:
        if self._anchor is not None and at < self._anchor:
            yield max(self._scale.step, (self._anchor - at) // 2)
        crowd = self._density.crowd_after(at)
        yield crowd - at if crowd is not None else self._scale.most * 2 + 2
