"""A task that could be moved to a newer definition: what that would change, and what stands against it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from flask_babel import gettext as _

from engine.model import TASK_OVER, Problem, Task
from engine.plan import Alteration, Movement

from .badge import status_word


@dataclass(frozen=True, slots=True)
class ChangeLine:
    """`step` is where it is, empty for the system; `icon` says what kind of change it is."""

    step: str
    text: str
    icon: str


@dataclass(frozen=True, slots=True)
class MovePage:
    """`refusal`: why there is nothing to move, or nothing to move to; then all else is empty."""

    refusal: str
    changes: tuple[ChangeLine, ...] = ()
    obstacles: tuple[Problem, ...] = ()
    mark: str = ""


def move_page(found: Movement) -> MovePage:
    return MovePage("", tuple(map(_change, found.differences)), tuple(found.obstacles), found.mark)


def refused(task: Task) -> MovePage:
    """It is over, or up to date."""
    if task.status in TASK_OVER:
        status = status_word(task.status)
        return MovePage(_("It is %(status)s: a new task gets the definition as it is now.", status=status))
    return MovePage(_("It has the definition that its system has now."))


def unusable(problems: Sequence[Problem]) -> MovePage:
    return MovePage(_("The definition as it is now cannot be run:"), obstacles=tuple(problems))


def _change(one: Alteration) -> ChangeLine:
    texts = {
        "added": _("is new"),
        "removed": _("is gone"),
        "link added": _("calls %(what)s too", what=one.what),
        "link removed": _("calls %(what)s no more", what=one.what),
        "condition": _("waits for another condition of %(what)s", what=one.what),
        "call": _("makes the call %(what)s in another way", what=one.what),
        "response": _("publishes %(what)s in another way", what=one.what),
        "span": _("has another expected time"),
        "order": _("The steps are in another order."),
        "arg": _("The arg %(what)s has another value, is new or is gone.", what=one.what),
    }
    icons = {"added": "plus", "link added": "plus", "removed": "minus", "link removed": "minus"}
    return ChangeLine(one.where, texts[one.aspect], icons.get(one.aspect, "pencil"))
