"""The way to a first system: which of its three parts are there."""

from __future__ import annotations

from dataclasses import dataclass

from flask_babel import gettext as _
from flask_babel import ngettext


@dataclass(frozen=True, slots=True)
class Part:
    """`kind` leads to its editor; `next`: whether it is the one to make now."""

    kind: str
    title: str
    text: str
    action: str
    done: str
    next: bool
    icon: str


def setup_parts(apis: int, steps: int, systems: int) -> tuple[Part, ...]:
    """`done` says how many there are, and nothing while there is none."""
    counts = {"apis": apis, "steps": steps, "systems": systems}
    first = next((kind for kind, count in counts.items() if not count), "")
    return tuple(_part(kind, count, kind == first) for kind, count in counts.items())


def _part(kind: str, count: int, is_next: bool) -> Part:
    return Part(kind, *_words()[kind], _done(kind, count) if count else "", is_next, _ICONS[kind])


def _words() -> dict[str, tuple[str, str, str]]:
    """Title, what it is, and what its button says."""
    return {
        "apis": (
            _("An API"),
            _("One HTTP call: its address, its args and what it answers. Try it right there."),
            _("Define an API"),
        ),
        "steps": (
            _("A step"),
            _("Which APIs to call, and what has to hold of their answers before the flow goes on."),
            _("Define a step"),
        ),
        "systems": (
            _("A system"),
            _("The steps in order, one after the other or in parallel. A task is one run of it."),
            _("Put a system together"),
        ),
    }


def _done(kind: str, count: int) -> str:
    texts = {
        "apis": ngettext("%(num)d API is there", "%(num)d APIs are there", count),
        "steps": ngettext("%(num)d step is there", "%(num)d steps are there", count),
        "systems": ngettext("%(num)d system is there", "%(num)d systems are there", count),
    }
    return texts[kind]


_ICONS = {"apis": "plug", "steps": "layers", "systems": "workflow"}
