"""Secrets in values: a name stands for each until the call is made, so that no script and no page ever holds one.

In an arg a secret is the whole text; in a header it may stand anywhere: `Bearer $$SECRET.token`.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

SECRET = "SECRET"  # noqa: S105 - the word that stands in a reference, no secret
PREFIX = f"$${SECRET}"

_NAME = r"[A-Za-z_][A-Za-z0-9_-]{0,63}"
_IN_TEXT = re.compile(
    rf"""(?P<plain>\\)? \$\${SECRET} (?![A-Za-z0-9_-])
    (?: \.(?P<dotted>{_NAME}) | \[ (?P<quote>["']) (?P<quoted>{_NAME}) (?P=quote) \] )?""",
    re.VERBOSE,
)


class BadSecret(ValueError):
    """What looks like a secret names none; the text tells the fix."""


@dataclass(frozen=True)
class Sealed:
    """Stands in a value for the secret of that name."""

    name: str


def parts_of(text: str) -> tuple[str | Sealed, ...]:
    """A header's text, what is to be put in between; `\\$$SECRET` is meant as it is. Raises BadSecret."""
    if PREFIX not in text:
        return (text,)
    return tuple(part for part in _parts(text) if part != "")


def _parts(text: str) -> Iterator[str | Sealed]:
    end = 0
    for match in _IN_TEXT.finditer(text):
        yield text[end : match.start()]
        end = match.end()
        name = match["dotted"] or match["quoted"]
        if match["plain"]:
            yield match[0][1:]
        elif name:
            yield Sealed(name)
        else:
            raise BadSecret(f"{PREFIX} names no secret here; write {PREFIX}.name, or \\{PREFIX} for the text itself")
    yield text[end:]


def whole_secret(text: str) -> Sealed | None:
    """The secret that a text is as a whole; None for any other text. Raises BadSecret."""
    match = _IN_TEXT.match(text)
    if match is None or match["plain"]:
        return None
    if match[0] != text or not (name := match["dotted"] or match["quoted"]):
        raise BadSecret(f"{text!r} is no secret; write {PREFIX}.name, a secret is one text without parts")
    return Sealed(name)


def sealed_default(raw: Any) -> Any:
    """An API's own value of an arg: of references, it knows those to secrets alone. Raises BadSecret."""
    if isinstance(raw, dict):
        return {key: sealed_default(item) for key, item in raw.items()}
    if isinstance(raw, list):
        return [sealed_default(item) for item in raw]
    return (whole_secret(raw) or raw) if isinstance(raw, str) else raw


def names_in(value: Any) -> Iterator[str]:
    """The secrets that stand in a value, through dicts and lists."""
    if isinstance(value, Sealed):
        yield value.name
    elif isinstance(value, dict | list | tuple):
        for item in value.values() if isinstance(value, dict) else value:
            yield from names_in(item)


def opened(value: Any, secret: Callable[[str], Any]) -> Any:
    """The value with each secret put in. Raises what `secret` raises."""
    if isinstance(value, Sealed):
        return secret(value.name)
    if isinstance(value, dict):
        return {key: opened(item, secret) for key, item in value.items()}
    return [opened(item, secret) for item in value] if isinstance(value, list) else value


def opened_text(text: str, secret: Callable[[str], str]) -> str:
    """A header's text with each secret put in. Raises BadSecret, and what `secret` raises."""
    return "".join(secret(part.name) if isinstance(part, Sealed) else part for part in parts_of(text))
