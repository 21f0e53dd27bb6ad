"""What the engine says, in the reader's language: sentence by sentence.

The engine writes English, once, for everybody. A sentence that is not known here, such as an API's own words, stands as
it is.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import NamedTuple

from flask_babel import gettext
from flask_babel import lazy_gettext as _

from webapp.language import locale_code

from .badge import word_of_status
from .sentences import SENTENCES
from .story import happened

_HOLE = re.compile(r"%\((\w+)\)s")
_ID = r"[^\s:;,/]+?"
_NUMBER = r"-?\d[\d.,]*"
_PATTERNS = {
    **dict.fromkeys(("step", "link", "api", "arg"), _ID),
    **dict.fromkeys(("count", "all", "most", "code", "line", "column", "char", "base"), _NUMBER),
    "at": r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC",
    "source": r"\$.+?",
    "quoted": r"'.+'|\".+\"",
    "somebody": r"[^:]+",
    "status": r"[A-Z]+",
    **dict.fromkeys(
        ("value", "first", "second"), r"(?:a boolean|a number|a text|text|a list|an object|nothing|None)(?: .+)?"
    ),
}
"""What may stand in a hole of that name; anything in those of other names."""
_KINDS = {
    "step": _("step"),
    "link": _("link"),
    "system": _("system"),
    "task": _("task"),
    "sequence": _("sequence"),
    "parallel group": _("parallel group"),
    "pause": _("a pause"),
    "cancel": _("a cancel"),
    "operator": _("operator"),
    "editor": _("editor"),
    "admin": _("admin"),
    "viewer": _("viewer"),
    "object": _("object"),
    "dict": _("object"),
    "array": _("list"),
    "list": _("list"),
    "str": _("text"),
    "int": _("number"),
    "float": _("number"),
    "bool": _("boolean"),
    "NoneType": _("nothing"),
}
_VALUES = {
    "a boolean": _("a boolean"),
    "a number": _("a number"),
    "a text": _("a text"),
    "text": _("text"),
    "a list": _("a list"),
    "an object": _("an object"),
    "nothing": _("nothing"),
}
_SOMEBODY = {"an admin": _("an admin"), "an editor": _("an editor"), "an operator": _("an operator")}
_NONE = {"nothing": _("nothing"), "no name at all": _("no name at all")}
_MORE = re.compile(r"(?P<names>.+) and (?P<count>\d+) more")
_BY = re.compile(r"(?P<place>\S+) (?P<what>[a-z][a-z :-]+) by (?P<who>.+)")
_QUOTED = (["quote", ""], ["condition", ""], ["script", ""])
"""How a sentence ends that quotes an answer or a script."""
_TRIES = 5
"""Places in a sentence at which it is taken for two: a message may be anything, and long."""
_LONGEST = 4_000


class _Sentence(NamedTuple):
    needle: str
    """Stands in every message of this sentence: cheaper to look for than the whole."""
    pattern: re.Pattern[str]
    english: str
    quotes: bool


def told(message: str) -> str:
    """The message in the reader's language."""
    language = locale_code()
    return message if language == "en" or not message else _told(language, str(message))


@lru_cache(maxsize=4096)
def _told(_language: str, message: str) -> str:
    """Whatever has no end that a person would read is left alone."""
    return "\n".join(map(_line, message.split("\n"))) if len(message) <= _LONGEST else message


def _line(text: str) -> str:
    parts = _split(text)
    said = [_part(part) for part in parts]
    return text if said == parts else gettext("; ").join(said)


def _split(text: str) -> list[str]:
    """At each `; `, but for those in parentheses, if every one that opens closes."""
    if text.count("(") != text.count(")"):
        return text.split("; ")
    parts, depth = [""], 0
    for piece in re.split(r"(; |[()])", text):
        depth += (piece == "(") - (piece == ")")
        if piece == "; " and not depth:
            parts.append("")
        else:
            parts[-1] += piece
    return parts


def _part(text: str) -> str:
    """A sentence; or one with an aside behind it, such as a hint; or one behind the place that it is about."""
    if text.endswith(")") and not _quotes(text) and (said := _with_aside(text)):
        return said
    return _sentence(text) or _by_somebody(text) or _of_a_place(text) or text


def _quotes(text: str) -> bool:
    """Whether it ends with somebody's own words: a parenthesis in these is no aside."""
    return any(sentence.quotes and sentence.pattern.fullmatch(text) for sentence in _KNOWN)


def _sentence(text: str) -> str:
    for sentence in _KNOWN:
        if sentence.needle in text and (found := sentence.pattern.fullmatch(text)):
            parts = {name: _FILLED.get(name, str)(part) for name, part in found.groupdict().items()}
            return gettext(sentence.english, **parts)
    return ""


def _by_somebody(text: str) -> str:
    found = _BY.fullmatch(text)
    what = happened(found["what"]) if found else ""
    return f"{found['place']} {what} ({found['who']})" if found and what != found["what"] else ""


def _with_aside(text: str) -> str:
    for at in reversed(_places(text, " (")[-_TRIES:]) if text.endswith(")") else ():
        aside = text[at + 2 : -1]
        if (known := _sentence(aside) or _line(aside)) != aside:
            return gettext("%(said)s (%(aside)s)", said=_part(text[:at]), aside=known)
    return ""


def _of_a_place(text: str) -> str:
    for at in _places(text, ": ")[:_TRIES]:
        place, rest = text[:at], text[at + 2 :]
        if known := _sentence(rest) or _by_somebody(rest) or _with_aside(rest):
            return gettext("%(place)s: %(rest)s", place=_sentence(place) or place, rest=known)
    return ""


def _places(text: str, mark: str) -> list[int]:
    return [found.start() for found in re.finditer(re.escape(mark), text)]


def _names(text: str) -> str:
    """What the engine lists: `a, b and 3 more`, `a or b`, `nothing`."""
    if found := _MORE.fullmatch(text):
        return gettext("%(names)s and %(count)s more", **found.groupdict())
    return str(_NONE[text]) if text in _NONE else text.replace(" or ", gettext(" or "))


def _users(text: str) -> str:
    """`step a, system b`"""
    return re.sub(r"\b(step|system|api) (?=[\w-]+)", lambda found: f"{_kind(found[1])} ", text)


def _value(text: str) -> str:
    """`a number 5`, `text 'five'`"""
    kind = next((kind for kind in _VALUES if text == kind or text.startswith(f"{kind} ")), "")
    return f"{_VALUES[kind]}{text.removeprefix(kind)}" if kind else text


def _somebody(text: str) -> str:
    return str(_SOMEBODY[text]) if text in _SOMEBODY else f" {_names(text)} "


def _kind(text: str) -> str:
    return str(_KINDS.get(text, text))


_FILLED: Mapping[str, Callable[[str], str]] = {
    "why": _part,
    **dict.fromkeys(("value", "first", "second"), _value),
    "users": _users,
    "somebody": _somebody,
    "status": word_of_status,
    **dict.fromkeys(("names", "choices"), _names),
    **dict.fromkeys(("kind", "request", "given", "role"), _kind),
}
"""How what stands in a hole of that name is told; as it stands in those of other names, which hold somebody's data."""


def _read(english: str) -> _Sentence:
    pieces = _HOLE.split(english)
    literals, holes = pieces[::2], pieces[1::2]
    groups = [f"(?P<{name}>{_PATTERNS.get(name, '.+?')})" for name in holes]
    pattern = "".join(re.escape(text) + group for text, group in zip(literals, [*groups, ""], strict=True))
    return _Sentence(max(literals, key=len), re.compile(pattern, re.DOTALL), english, pieces[-2:] in _QUOTED)


def _exactness(english: str) -> int:
    return len(_HOLE.sub("", english))


_KNOWN = tuple(map(_read, sorted(SENTENCES, key=_exactness, reverse=True)))
"""Of two that fit, the one that leaves less open comes first."""
