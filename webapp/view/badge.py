"""How a status looks: its word, its icon and its tone, for tasks, steps and links alike."""

from __future__ import annotations

from dataclasses import dataclass

from flask_babel import lazy_gettext as _

from engine.model import Attempt, Status, Verdict


@dataclass(frozen=True, slots=True)
class Badge:
    word: str
    """In the reader's language."""
    icon: str
    tone: str
    value: str = ""
    """The status itself, for machines."""


_WORDS = {
    "READY": _("READY"),
    "RUNNING": _("RUNNING"),
    "WAITING": _("WAITING"),
    "PAUSED": _("PAUSED"),
    "DONE": _("DONE"),
    "FAILED": _("FAILED"),
    "UNKNOWN": _("UNKNOWN"),
    "SKIPPED": _("SKIPPED"),
    "CANCELLED": _("CANCELLED"),
    Verdict.DONE: _("done"),
    Verdict.NOT_YET: _("not yet"),
    Verdict.FAILED: _("failed"),
    Verdict.UNKNOWN: _("unknown"),
}
_LOOKS: dict[str, tuple[str, str]] = {
    "READY": ("circle-dashed", "idle"),
    "RUNNING": ("loader", "active"),
    "WAITING": ("hourglass", "waiting"),
    "PAUSED": ("circle-pause", "paused"),
    "DONE": ("circle-check", "good"),
    "FAILED": ("circle-x", "bad"),
    "UNKNOWN": ("circle-help", "bad"),
    "SKIPPED": ("skip-forward", "idle"),
    "CANCELLED": ("ban", "idle"),
}
_VERDICTS: dict[Verdict, tuple[str, str]] = {
    Verdict.DONE: ("circle-check", "good"),
    Verdict.NOT_YET: ("hourglass", "waiting"),
    Verdict.FAILED: ("circle-x", "bad"),
    Verdict.UNKNOWN: ("circle-help", "bad"),
}


def badge(status: Status) -> Badge:
    return Badge(status_word(status), *_LOOKS[status.value], status.value)


def status_word(status: Status) -> str:
    """The field's own term in English, a word of the language in others."""
    return str(_WORDS[status.value])


def word_of_status(name: str) -> str:
    """Likewise, where the engine wrote it into a sentence."""
    return str(_WORDS.get(name, name))


def verdict_badge(attempt: Attempt) -> Badge:
    return Badge(str(_WORDS[attempt.verdict]), *_VERDICTS[attempt.verdict], attempt.verdict.value)
