"""The stream that tells browsers what has changed: names only, to whom it concerns, for as long as it may."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import gevent
import pytest
from gevent.event import Event as Signal

from engine.model import Role
from engine.store import PulseReader, StoreError
from tests.integration.conftest import Pages
from webapp import live

PATIENCE_S = 20


class Stream:
    """What a browser hears."""

    def __init__(self, pages: Pages) -> None:
        self.response = pages.client.get("/live", headers={"Accept": "text/event-stream"})
        self._chunks: Any = iter(self.response.response)

    def events(self) -> Iterator[tuple[str, dict[str, Any]]]:
        """To the end of the stream."""
        for chunk in self._chunks:
            kind, data = chunk.decode().removesuffix("\n\n").split("\n")
            yield kind.removeprefix("event: "), json.loads(data.removeprefix("data: "))

    def hear(self, wanted: str) -> dict[str, Any]:
        with gevent.Timeout(PATIENCE_S):
            return next(data for kind, data in self.events() if kind == wanted)

    def hear_of(self, topic: str) -> dict[str, Any]:
        while topic not in (said := self.hear("live"))["topics"]:
            pass
        return said

    def end(self) -> list[str]:
        """Hears it out; what was said last."""
        with gevent.Timeout(PATIENCE_S):
            return [kind for kind, _data in self.events()]


@pytest.fixture
def open_pages(stage, seed, tmp_path: Path) -> Iterator[Any]:
    made: list[Pages] = []

    def open_another(**settings: Any) -> Pages:
        made.append(Pages(stage, tmp_path, **({"live": 10} | settings)))
        made[-1].sign_in()
        return made[-1]

    stage.load(seed)
    yield open_another
    for pages in made:
        live.of(pages.app).end()


@pytest.fixture
def watched(open_pages) -> Pages:
    return open_pages()


def test_a_stream_names_what_has_changed_and_nothing_else(watched):
    stream = Stream(watched)
    before = stream.hear("hello")
    task = watched.stage.create(args={"name": "secret"})
    said = stream.hear_of(f"task:{task.id}")
    assert "tasks" in said["topics"]
    assert said["seq"] != before["seq"]
    assert "secret" not in json.dumps(said)


def test_what_changes_after_the_greeting_is_never_missed(watched):
    stream = Stream(watched)
    stream.hear("hello")
    ids = {f"task:{watched.stage.create(args={'name': 'x'}).id}" for _ in range(5)}
    heard: set[str] = set()
    while not ids <= heard:
        heard |= set(stream.hear("live")["topics"])


def test_many_tasks_at_once_are_one_line(watched):
    stream = Stream(watched)
    stream.hear("hello")
    watched.stage.store.pulse.touch_tasks(f"t{number}" for number in range(live.MOST_NAMED + 1))
    topics = stream.hear_of("task:*")["topics"]
    assert [topic for topic in topics if topic.startswith("task")] == ["tasks", "task:*"]


def test_a_stream_is_not_kept_nor_gathered_on_its_way(watched):
    response = Stream(watched).response
    assert response.mimetype == "text/event-stream"
    assert response.headers["Cache-Control"] == "no-store"
    assert response.headers["X-Accel-Buffering"] == "no"
    assert "Content-Encoding" not in response.headers


def test_a_silent_stream_is_pinged(watched, monkeypatch):
    monkeypatch.setattr(live, "PING_S", 0.05)
    stream = Stream(watched)
    stream.hear("hello")
    stream.hear("ping")


def test_beyond_the_cap_browsers_are_told_to_poll(open_pages):
    pages = open_pages(live=1)
    stream = Stream(pages)
    stream.hear("hello")
    full = Stream(pages).response
    assert full.status_code == 503
    assert int(full.headers["Retry-After"]) > 0
    stream.response.close()
    assert Stream(pages).response.status_code == 200


def test_one_session_cannot_take_all_the_room(watched, monkeypatch):
    monkeypatch.setattr(live, "MOST_OF_ONE", 1)
    mine, refused = Stream(watched), Stream(watched)
    assert (mine.response.status_code, refused.response.status_code) == (200, 503)
    watched.sign_in("ada", Role.VIEWER)
    assert Stream(watched).response.status_code == 200


def test_a_client_that_is_gone_is_dropped_and_nobody_reads_the_pulse_for_nobody(watched):
    stream = Stream(watched)
    stream.hear("hello")
    audience = live.of(watched.app)
    assert len(audience) == 1
    stream.response.close()
    assert len(audience) == 0
    with gevent.Timeout(PATIENCE_S):
        while audience._watching:
            gevent.sleep(0.01)


def test_a_stream_ends_when_its_user_is_changed(watched):
    stream = Stream(watched)
    stream.hear("hello")
    watched.accounts.disable("olga")
    stream.end()
    assert watched.get("/live", Accept="application/json").status_code == 401


def test_a_stream_ends_when_its_session_does_and_others_go_on(watched, monkeypatch):
    monkeypatch.setattr(live, "PING_S", 0.05)
    over = Stream(watched)
    over.hear("hello")
    watched.post("/sign-out", "/account")
    watched.sign_in("ada", Role.VIEWER)
    other = Stream(watched)
    other.hear("hello")
    over.end()
    watched.stage.create(args={"name": "x"})
    other.hear_of("tasks")


def test_streams_end_when_their_process_is_about_to(watched):
    stream = Stream(watched)
    stream.hear("hello")
    live.of(watched.app).alive = lambda: False
    stream.end()
    assert Stream(watched).response.status_code == 503


def test_a_database_that_is_away_ends_no_stream(watched, monkeypatch):
    stream, looked = Stream(watched), Signal()
    stream.hear("hello")

    def away(_reader: PulseReader) -> None:
        looked.set()
        raise StoreError("away")

    with monkeypatch.context() as outage:
        outage.setattr(PulseReader, "look", away)
        assert looked.wait(PATIENCE_S)
    watched.stage.create(args={"name": "x"})
    stream.hear_of("tasks")
