"""The language of the filter box: `system:billing status:FAILED,WAITING -label:test late:will "order 7"`. Pure.

Words in any order; all of them have to hold. Several values of one key, apart by commas or said again, mean any of
them; a `-` in front means none of them. Anything without a key is text that the id, the name, the system or the
message has in it.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable
from dataclasses import dataclass

from flask_babel import gettext as _

from engine.model import TaskStatus
from engine.store import Condition, Wanted

LONGEST = 400
KEYS = ("system", "step", "status", "label", "late", "attention")
"""In the order in which they are offered."""
_CHOICES: dict[str, tuple[str, ...]] = {
    "status": tuple(TaskStatus),
    "late": ("yes", "will", "no"),
    "attention": ("yes", "no"),
}
_WORD = re.compile(r'(-?)(?:([A-Za-z_]+):)?((?:"[^"]*"?|[^\s"])*)')
_VALUE = re.compile(r'"([^"]*)"?|([^",]+)')


@dataclass(frozen=True, slots=True)
class TaskFilter:
    """What was typed, what it means, and what is wrong with it: then nothing of it counts."""

    text: str
    wanted: Wanted
    problems: tuple[str, ...] = ()


def read_filter(text: str) -> TaskFilter:
    text = text.strip()
    if len(text) > LONGEST:
        problem = _("The filter has %(count)s characters; %(most)s are the most.", count=len(text), most=LONGEST)
        return TaskFilter(text[:LONGEST], Wanted(), (problem,))
    found: dict[tuple[str, bool, str], list[str]] = {}
    problems: list[str] = []
    for minus, key, value in _words(text):
        problems += _read_word(found, minus, key, value)
    conditions = (Condition(key, frozenset(values), refused) for (key, refused, _), values in found.items())
    return TaskFilter(text, Wanted(() if problems else tuple(conditions)), tuple(problems))


def with_status(status: TaskStatus | None) -> str:
    """The filter of a tab."""
    return f"status:{status.value}" if status else ""


def quoted(key: str, value: str) -> str:
    """A word of the language that means just this value."""
    plain = value.replace('"', "")
    return f'{key}:"{plain}"' if re.search(r"[\s,]", plain) else f"{key}:{plain}"


def _words(text: str) -> Iterable[tuple[bool, str, str]]:
    for minus, key, value in _WORD.findall(text):
        if key or value:
            yield bool(minus), key, value
        elif minus:
            yield False, "", minus


def _read_word(found: dict[tuple[str, bool, str], list[str]], minus: bool, key: str, value: str) -> list[str]:
    """Adds it to what is found; what is wrong with it."""
    if not key:
        plain = value.replace('"', "")
        if plain:
            found[("text", minus, plain)] = [plain]
        return []
    if key.lower() not in KEYS:
        return [_unknown_key(key, value)]
    values = [quoted_ or bare for quoted_, bare in _VALUE.findall(value)]
    if not values:
        return [_("%(key)s: wants a value behind the colon.", key=key)]
    read = [_read_value(key.lower(), one) for one in values]
    found.setdefault((key.lower(), minus, ""), []).extend(one for one, problem in read if not problem)
    return [problem for _one, problem in read if problem]


def _read_value(key: str, value: str) -> tuple[str, str]:
    """The value as it is stored, and what is wrong with it."""
    choices = _CHOICES.get(key)
    if choices is None:
        return value, ""
    same = [choice for choice in choices if choice.lower() == value.lower()]
    if same:
        return same[0], ""
    return "", _(
        "There is no %(key)s “%(value)s”%(guess)s: use %(choices)s.",
        key=key, value=value[:40], guess=_guess(value, choices), choices=", ".join(choices),
    )  # fmt: skip


def _unknown_key(key: str, value: str) -> str:
    keys, quoted_ = ", ".join(f"{one}:" for one in KEYS), f'"{key}:{value}"'[:60]
    return _(
        "There is no filter “%(key)s:”%(guess)s. There are %(keys)s. To find the text itself, quote it: %(quoted)s",
        key=key[:40], guess=_guess(key, KEYS), keys=keys, quoted=quoted_,
    )  # fmt: skip


def _guess(typed: str, known: Iterable[str]) -> str:
    lower = {one.lower(): one for one in known}
    near = difflib.get_close_matches(typed.lower(), lower, 1)
    return _(" (did you mean %(near)s?)", near=lower[near[0]]) if near else ""
