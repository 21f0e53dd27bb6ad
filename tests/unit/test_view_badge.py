"""Every status and verdict has a look, drawn with an icon that the sprite holds."""

import re
from pathlib import Path

import pytest

from engine.model import EDGES, Attempt, TaskStatus, Verdict
from tests.unit.builders import NOW
from tests.unit.speaking import speaking
from webapp.view.badge import badge, verdict_badge

ROOT = Path(__file__).resolve().parents[2]
ICONS = set(re.findall(r'id="i-([a-z-]+)"', (ROOT / "templates/components/sprite.html").read_text(encoding="utf-8")))
STATUSES = [status for enum in EDGES for status in enum]
CSS = (ROOT / "webapp/static/stepline.css").read_text(encoding="utf-8")


@pytest.mark.parametrize("status", STATUSES, ids=lambda status: f"{type(status).__name__}.{status}")
def test_a_status_shows_its_word_an_icon_and_a_tone(status):
    look = badge(status)
    assert look.word == look.value == status.value
    assert look.icon in ICONS
    assert f".tone-{look.tone} " in CSS


@pytest.mark.parametrize("verdict", Verdict)
def test_a_verdict_shows_its_word_an_icon_and_a_tone(verdict):
    attempt = Attempt(id="a", task="t", step="s", link="l", seq=1, verdict=verdict, at=NOW, last_at=NOW)
    look = verdict_badge(attempt)
    assert look.word == verdict.value
    assert look.icon in ICONS
    assert f".tone-{look.tone} " in CSS


def test_a_status_is_a_word_of_the_reader_s_language_and_keeps_its_value():
    with speaking("zh"):
        look = badge(TaskStatus.RUNNING)
    assert (look.word, look.value) == ("运行中", "RUNNING")
