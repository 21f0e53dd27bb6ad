"""What the engine tells of, in the reader's language: the known set of it, and what is not known as it stands."""

from __future__ import annotations

from flask_babel import lazy_gettext as _

from engine.model import Attempt

_HAPPENED = {
    # to a task
    "created": _("created"),
    "scheduled": _("scheduled"),
    "unscheduled": _("unscheduled"),
    "started": _("started"),
    "not started": _("not started"),
    "pause requested": _("pause requested"),
    "paused": _("paused"),
    "resumed": _("resumed"),
    "cancel requested": _("cancel requested"),
    "cancelled": _("cancelled"),
    "done": _("done"),
    "failed": _("failed"),
    "retried": _("retried"),
    "skipped": _("skipped"),
    "edited": _("edited"),
    "args edited": _("args edited"),
    "span edited": _("expected time edited"),
    "re-run": _("re-run"),
    "answered": _("answered"),
    "reminded": _("reminded"),
    "moved": _("moved to another definition"),
    "outcome unknown": _("outcome unknown"),
    "resolved: repeat": _("resolved: repeat"),
    "resolved: took effect": _("resolved: took effect"),
    "resolved: failed": _("resolved: failed"),
    # to a user
    "added": _("added"),
    "password changed": _("password changed"),
    "role changed": _("role changed"),
    "disabled": _("disabled"),
    "enabled": _("enabled"),
    "one-time link made": _("one-time link made"),
    "settings changed": _("settings changed"),
    "signed in": _("signed in"),
    "signed out": _("signed out"),
    "signed out elsewhere": _("signed out elsewhere"),
    # to a secret
    "secret set": _("secret set"),
    "secret replaced": _("secret replaced"),
    "secret described": _("note of the secret changed"),
    "secret removed": _("secret removed"),
    "secret encrypted anew": _("secret encrypted anew"),
    # to definitions
    "definitions saved": _("definitions saved"),
    "test call sent": _("test call sent"),
}
_OUTCOMES = {"not sent": _("not sent"), "no reply": _("no reply"), "replied": "", "": ""}


def happened(what: str) -> str:
    """What an event says that was done."""
    return str(_HAPPENED.get(what, what))


def outcome_text(attempt: Attempt) -> str:
    """Nothing when it was replied to, as calls are."""
    return str(_OUTCOMES[attempt.outcome])
