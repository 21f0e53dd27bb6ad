"""Live updates: a stream tells each browser what has changed, by name only; it then asks for its own parts again.

No data goes out here, so filters and rights are those of the pages. One greenlet per process reads the pulse
(`engine/store/pulse.py`), and only while somebody listens.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator
from typing import cast

import gevent
import structlog
from flask import Blueprint, Flask, Response, current_app
from gevent.event import Event as Signal

from engine.command import SignIn, Visitor
from engine.model import Role
from engine.run import Clock
from engine.store import MANY_TASKS, TASK, USERS, News, Store, StoreError

from .rights import right
from .visit import the_visitor

log = structlog.get_logger()

live = Blueprint("live", __name__)

TASKS = "tasks"
"""The topic of everything that lists tasks."""
LOOK_S = 0.2
PING_S = 5.0
MOST_NAMED = 50
MOST_OF_ONE = 30
"""Streams of one session: a browser needs one, or one per tab."""
_AGAIN_S = 15
_PACE_MS, _PACE_OF_EACH_MS = 500, 5


def init_app(app: Flask, store: Store, clock: Clock, most: int) -> None:
    app.extensions["live"] = Live(store, SignIn(store, clock), most)


def of(app: Flask) -> Live:
    return cast(Live, app.extensions["live"])


@live.get("/live")
@right(Role.VIEWER)
def stream():
    listener = of(current_app).admit(the_visitor())
    if listener is None:
        return Response("no more live updates here: ask again now and then\n", 503, {"Retry-After": str(_AGAIN_S)})
    headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
    return Response(of(current_app).tell(listener), mimetype="text/event-stream", headers=headers)


class Listener:
    """One stream, and what is still to be said on it: a browser that reads slowly is told less often, not less."""

    def __init__(self, visitor: Visitor) -> None:
        self.visitor = visitor
        self.over = False
        self._greeted = False
        self._news: dict[str, object] = {}
        self._topics: dict[str, None] = {}
        self._signal = Signal()

    def hear(self, topics: Iterable[str], seq: str, pace_ms: int) -> None:
        """A greeting, the first time: from now on nothing is missed."""
        self._topics.update(dict.fromkeys(topics))
        if self._topics or not self._greeted:
            self._news = {"seq": seq, "pace": pace_ms}
            self._signal.set()

    def end(self) -> None:
        self.over = True
        self._signal.set()

    def next(self, timeout_s: float) -> bytes:
        """What is to be sent next; a ping when there is nothing, so that either side notices when the other is gone."""
        if not self._signal.wait(timeout_s):
            return _event("ping", {})
        self._signal.clear()
        if self.over:
            return b""
        kind, self._greeted = "live" if self._greeted else "hello", True
        topics, self._topics = _worth_naming(self._topics), {}
        return _event(kind, {**self._news, "topics": topics})


class Live:
    """Who listens in this process."""

    def __init__(self, store: Store, sign_in: SignIn, most: int) -> None:
        self._store, self._sign_in, self._most = store, sign_in, most
        self._listeners: set[Listener] = set()
        self._watching: gevent.Greenlet[..., None] | None = None
        self.alive: Callable[[], bool] = lambda: True
        """Whether the process goes on: streams must not take up the time that it has to end in."""

    def __len__(self) -> int:
        return len(self._listeners)

    def admit(self, visitor: Visitor) -> Listener | None:
        """None when there is no room, or the process is about to end."""
        mine = sum(one.visitor.session.id == visitor.session.id for one in self._listeners) if visitor.session.id else 0
        if len(self._listeners) >= self._most or mine >= MOST_OF_ONE or not self.alive():
            return None
        listener = Listener(visitor)
        self._listeners.add(listener)
        if not self._watching:
            self._watching = gevent.spawn(self._watch)
        return listener

    def tell(self, listener: Listener) -> Iterator[bytes]:
        try:
            while said := listener.next(PING_S):
                yield said
        finally:
            self._listeners.discard(listener)

    def end(self) -> None:
        self.alive = lambda: False
        self._end(self._listeners)

    def _watch(self) -> None:
        """Should it break, all streams end: browsers poll then, and try again."""
        pulse, until_check = self._store.listen(), PING_S
        try:
            while self._listeners and self.alive():
                topics = self._look(pulse.look)
                until_check -= LOOK_S
                if USERS in topics or until_check <= 0:
                    self._send_away()
                    until_check = PING_S
                gevent.sleep(LOOK_S)
        finally:
            self._end(self._listeners)

    def _look(self, look: Callable[[], News]) -> tuple[str, ...]:
        try:
            news = look()
        except StoreError as error:
            log.debug("pulse_unread", reason=str(error)[:200])
            return ()
        pace_ms = max(_PACE_MS, _PACE_OF_EACH_MS * len(self._listeners))
        for listener in self._listeners:
            listener.hear(news.topics, news.seq, pace_ms)
        return news.topics

    def _send_away(self) -> None:
        """Those whose session is over."""
        try:
            known = self._sign_in.alive(one.visitor for one in self._listeners if one.visitor.session.id)
        except StoreError:
            return
        self._end(one for one in self._listeners if one.visitor.session.id and one.visitor.session.id not in known)

    @staticmethod
    def _end(listeners: Iterable[Listener]) -> None:
        for listener in tuple(listeners):
            listener.end()


def _worth_naming(topics: Iterable[str]) -> list[str]:
    tasks = [topic for topic in topics if topic.startswith(TASK)]
    named = tasks if len(tasks) <= MOST_NAMED else [MANY_TASKS]
    return [*([TASKS] if tasks else []), *named, *(topic for topic in topics if not topic.startswith(TASK))]


def _event(kind: str, data: dict[str, object]) -> bytes:
    return f"event: {kind}\ndata: {json.dumps(data)}\n\n".encode()
