"""How a status looks: its word, its icon and its tone, for tasks, steps and links alike."""

from __future__ import annotations

from dataclasses import dataclass

from engine.model import Attempt, Status, Verdict


@dataclass(frozen=True, slots=True)
class Badge:
    word: str
    icon: str
    tone: str


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
    return Badge(status.value, *_LOOKS[status.value])


def verdict_badge(attempt: Attempt) -> Badge:
    return Badge(attempt.verdict.value, *_VERDICTS[attempt.verdict])
