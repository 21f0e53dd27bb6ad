"""Hides secrets by their value: in all that an API says and that is kept of a call, before anything else sees it.

A secret is found as it is, as JSON, HTML and urls write it, and in base64 of anything that has it inside, such as
`user:secret`. In its place stands `<secret name>`.
"""

from __future__ import annotations

import html
import json
import re
from base64 import b64encode
from collections.abc import Iterator, Mapping
from contextlib import suppress
from typing import Any
from urllib.parse import quote, quote_plus

SHORTEST = 4
"""Characters of a secret: what is shorter would be found, and hidden, where it is none."""

_BASE64 = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/-_%=")
_URL_SAFE = str.maketrans("+/", "-_")


class Mask:
    """Hides the secrets that it was made with; an empty one is false, and leaves everything as it is."""

    def __init__(self, secrets: Mapping[str, str]) -> None:
        self._signs: dict[str, str] = {}
        self._cores: dict[str, str] = {}
        self._numbers: dict[float, str] = {}
        for name, secret in secrets.items():
            self._learn(f"<secret {name}>", secret)

    def __bool__(self) -> bool:
        return bool(self._signs)

    def finds(self, text: str) -> bool:
        return any(sign in text for sign in self._signs) or any(core in text for core in self._cores)

    def text(self, text: str) -> str:
        for core, shown in self._cores.items():
            text = _without_runs(text, core, shown)
        found = sorted((sign for sign in self._signs if sign in text), key=len, reverse=True)
        if not found:
            return text
        return re.sub("|".join(map(re.escape, found)), lambda match: self._signs[match[0]], text)

    def beginning(self, text: str) -> str:
        """Likewise, of a text that was broken off: perhaps in the middle of a secret."""
        text = self.text(text)
        for sign in self._signs:
            for length in range(min(len(sign) - 1, len(text)), SHORTEST - 1, -1):
                if text.endswith(sign[:length]):
                    return text[:-length] + self._signs[sign]
        return text

    def value(self, value: Any) -> Any:
        """Any JSON, its keys too. A number is hidden when it is the whole secret."""
        if not self:
            return value
        if isinstance(value, str):
            return self.text(value)
        if isinstance(value, dict):
            return {self.text(key): self.value(item) for key, item in value.items()}
        if isinstance(value, list):
            return [self.value(item) for item in value]
        is_number = isinstance(value, int | float) and not isinstance(value, bool)
        return self._numbers.get(value, value) if is_number else value

    def _learn(self, shown: str, secret: str) -> None:
        for part in _telling_parts(secret):
            self._signs |= dict.fromkeys(_written(part), shown)
            self._cores |= dict.fromkeys(_in_base64(part), shown)
            with suppress(ValueError, OverflowError):
                self._numbers[float(part)] = shown
                if len(plain := str(int(part))) >= SHORTEST:  # `004242` may come back as 4242
                    self._signs[plain] = shown


def _telling_parts(secret: str) -> Iterator[str]:
    """The whole, its lines, and what stands in it where it is JSON: each may be said back on its own."""
    lines = [line.strip() for line in secret.splitlines()]
    with suppress(ValueError, RecursionError):
        lines += _leaves(json.loads(secret))
    yield from (part for part in dict.fromkeys([secret, *lines]) if len(part) >= SHORTEST)


def _leaves(value: Any) -> Iterator[str]:
    if isinstance(value, dict | list):
        for item in value.values() if isinstance(value, dict) else value:
            yield from _leaves(item)
    elif value is not None and not isinstance(value, bool):
        yield str(value)


def _written(part: str) -> Iterator[str]:
    """As it is, and as others write it."""
    yield part
    for ascii_only in (True, False):
        inside = json.dumps(part, ensure_ascii=ascii_only)[1:-1]
        yield from (inside, inside.replace("/", "\\/"))
    yield from (html.escape(part), html.escape(part, quote=False))
    sound = part.encode(errors="replace")
    for encoded in (quote(sound, ""), quote(sound), quote_plus(sound)):
        yield encoded
        yield re.sub("%[0-9A-F]{2}", lambda match: match[0].lower(), encoded)


def _in_base64(part: str) -> Iterator[str]:
    """What base64 of any text with this part in it holds: one run of letters for each place it can begin at."""
    content = part.encode(errors="replace")
    for before in range(3):
        code = b64encode(bytes(before) + content).decode().rstrip("=")
        bits = 8 * (before + len(content))
        core = code[-(-8 * before // 6) : bits // 6]
        yield from (core, core.translate(_URL_SAFE), quote(core, ""))


def _without_runs(text: str, core: str, shown: str) -> str:
    """The whole of the base64 around each core goes: its ends hold some of the secret too."""
    begin = text.find(core)
    while begin >= 0:
        end = begin + len(core)
        while begin > 0 and text[begin - 1] in _BASE64:
            begin -= 1
        while end < len(text) and text[end] in _BASE64:
            end += 1
        text = text[:begin] + shown + text[end:]
        begin = text.find(core, begin + len(shown))
    return text


NO_MASK = Mask({})
