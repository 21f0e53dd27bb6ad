"""Where one can go from every page."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from flask import request
from flask_babel import gettext as _

from engine.model import Role

from .visit import may


@dataclass(frozen=True, slots=True)
class Place:
    endpoint: str
    label: str
    icon: str
    here: bool
    key: str = ""
    """After `g`, it leads there."""


_KEYS = {
    "home.index": "h", "tasks.index": "t", "systems.index": "s", "steps.index": "p", "apis.index": "a",
    "workers.index": "w", "events.index": "e", "users.index": "u", "code.index": "c", "secrets.index": "k",
}  # fmt: skip


def places() -> tuple[Place, ...]:
    """What the reader may see, in the order of the bar."""
    return tuple(
        Place(endpoint, label, icon, _is_here(endpoint), _KEYS.get(endpoint, ""))
        for endpoint, label, icon in _allowed()
    )


def _allowed() -> Iterator[tuple[str, str, str]]:
    for endpoint, label, icon, role in _all():
        if may(role):
            yield endpoint, label, icon


def _all() -> tuple[tuple[str, str, str, Role], ...]:
    return (
        ("home.index", _("Home"), "house", Role.VIEWER),
        ("tasks.index", _("Tasks"), "list-checks", Role.VIEWER),
        ("systems.index", _("Systems"), "workflow", Role.VIEWER),
        ("steps.index", _("Steps"), "layers", Role.VIEWER),
        ("apis.index", _("APIs"), "plug", Role.VIEWER),
        ("code.index", _("Code"), "file-code", Role.EDITOR),
        ("secrets.index", _("Secrets"), "key-square", Role.EDITOR),
        ("workers.index", _("Workers"), "cpu", Role.VIEWER),
        ("events.index", _("Events"), "history", Role.VIEWER),
        ("users.index", _("Users"), "users", Role.ADMIN),
    )


def _is_here(endpoint: str) -> bool:
    """Pages about a thing, such as its revisions, are in the room of its kind."""
    room = (request.view_args or {}).get("room") or (request.endpoint or "").partition(".")[0]
    return bool(room == endpoint.partition(".")[0])
