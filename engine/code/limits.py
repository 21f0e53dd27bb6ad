"""How much text is read at the most: whatever somebody sends, reading it stays below 64 MB of memory."""

from __future__ import annotations

from typing import Any

MOST_BYTES = 3 * 1024 * 1024
"""Of all files together, unpacked."""
MOST_FILES = 5_000
MOST_DOCUMENTS = 5_000
"""Of a kind."""
MOST_VALUES = 250_000
"""Of all files together: objects, lists, and what stands in them."""
MOST_OF_ONE = 20_000
"""Values of one definition: each of them may be a mistake that has to be told."""
MOST_MARKS = 400_000
"""Commas and opening brackets of a JSON text, a bound for its values that costs nothing to find."""
MOST_DEPTH = 100
"""Lists and objects within one another; a flow alone may have 64."""


class Unreadable(Exception):
    """A text that cannot be used, and where. `line` counts from 1; 0 is the text as a whole."""

    def __init__(self, message: str, hint: str = "", line: int = 0) -> None:
        self.message, self.hint, self.line = message, hint, line
        super().__init__(message)


class Allowance:
    """Counts values while they are made."""

    def __init__(self, most: int = MOST_VALUES) -> None:
        self._most = self._left = most

    def take(self, depth: int, line: int = 0) -> None:
        """One more value, at this depth. Raises `Unreadable`."""
        self._left -= 1
        if self._left < 0:
            raise Unreadable(f"there are more than {self._most:,} values in it", "split it", line)
        if depth > MOST_DEPTH:
            raise Unreadable(f"lists and objects are nested more than {MOST_DEPTH} deep", "flatten it", line)

    def take_all(self, value: Any) -> None:
        """The value and all that is in it. Raises `Unreadable`."""
        pending = [(value, 1)]
        while pending:
            one, depth = pending.pop()
            self.take(depth)
            inside = one.values() if isinstance(one, dict) else one if isinstance(one, list) else ()
            pending += [(item, depth + 1) for item in inside]


def decoded(data: bytes) -> str:
    """UTF-8, with or without a mark in front. Raises `Unreadable`."""
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise Unreadable("is no UTF-8 text", "save it as UTF-8", data[: error.start].count(b"\n") + 1) from None
