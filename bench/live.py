"""Live updates: from an act until the list shows it, with one browser and with many, served by one gunicorn worker.

Each browser holds a stream and asks for the list of 50 tasks again as `static/refresh.js` does: when it hears that
tasks have changed, at the pace and with the spread that the server names. A task is paused each second.
"""

from __future__ import annotations

import json
import os
import random
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPResponse, RemoteDisconnected
from pathlib import Path

import gevent
from gevent.event import Event as Signal

from engine.command import Accounts, Catalog, Operator, SignIn, read_documents
from engine.model import Role, User
from engine.plan import TaskDraft
from engine.settings import Settings
from engine.store import Store
from engine.store.embedded import Embedded

from .parts import ROOT, SAMPLE, cpu_s, memory_mb, quantile

BROWSERS = (1, 200)
TASKS = 50
LIST = "/tasks?q="
SECONDS = 20
_READY_S = 60
_LAST_NEWS_S = 5.0


@dataclass
class Browser:
    """One tab with the list open."""

    port: int
    cookie: str
    tag: str = ""
    seq: str = ""
    least_s: float = 0.5
    seen: dict[str, float] = field(default_factory=dict)
    """What the list shows → when it was first seen."""
    answers: list[float] = field(default_factory=list)
    """Seconds that each refetch took."""
    whole: int = 0

    def run(self, wanted: Sequence[str], greeted: Signal) -> None:
        asker, asked_at = HTTPConnection("127.0.0.1", self.port, timeout=30), 0.0
        for news in self._hear():
            if news["topics"] == [] and self.seq:
                continue
            self.seq, pace_s = news["seq"], news["pace"] / 1000
            spread = random.random() * (pace_s - self.least_s)
            gevent.sleep(max(spread, asked_at + pace_s - time.monotonic()))
            asked_at = time.monotonic()
            self._ask(asker, wanted)
            greeted.set()

    def _hear(self) -> Iterator[dict]:
        stream = HTTPConnection("127.0.0.1", self.port, timeout=30)
        stream.request("GET", "/live", headers={"Cookie": self.cookie, "Accept": "text/event-stream"})
        answer = stream.getresponse()
        if answer.status != 200:
            raise SystemExit(f"/live answers {answer.status}: {answer.read()[:200]!r}")
        kind = ""
        for line in answer:
            name, _, value = line.decode().strip().partition(": ")
            if name == "event":
                kind = value
            elif name == "data" and kind in ("hello", "live"):
                yield json.loads(value)

    def _ask(self, asker: HTTPConnection, wanted: Sequence[str]) -> None:
        began = time.perf_counter()
        try:
            answer = self._send(asker)
        except RemoteDisconnected:  # it was idle for too long; browsers send it again as well
            answer = self._send(asker)
        html = answer.read().decode()
        self.answers.append(time.perf_counter() - began)
        if answer.status == 200:
            self.whole += 1
            self.tag = '"' + html.partition('If-None-Match": "\\"')[2].partition("\\")[0] + '"'
            now = time.monotonic()
            for text in wanted:
                if text not in self.seen and text in html:
                    self.seen[text] = now

    def _send(self, asker: HTTPConnection) -> HTTPResponse:
        headers = {"HX-Request": "true", "HX-Request-Type": "partial", "Cookie": self.cookie, "Live-Seq": self.seq}
        asker.request("GET", LIST, headers=headers | ({"If-None-Match": self.tag} if self.tag else {}))
        return asker.getresponse()


def main(browsers: Sequence[int] = BROWSERS, seconds: int = SECONDS) -> None:
    print("                act to visible (ms)    refetch (ms)   refetches   web process")
    print("browsers    p50    p95    max       p50    p95    a second    CPU  memory")
    for count in browsers:
        _measure(count, seconds)


def _measure(count: int, seconds: int) -> None:
    with _store() as (store, uri), _web(uri) as (port, pid):
        ids = _tasks(store)
        tabs = [Browser(port, cookie) for cookie in _cookies(store, port, count)]
        wanted = [f"paused by n{number}." for number in range(seconds)]
        running = _open(tabs, wanted)
        acts, cpu, began = {}, cpu_s(pid), time.monotonic()
        asked = sum(len(tab.answers) for tab in tabs)
        for number in range(seconds):
            acts[wanted[number]] = time.monotonic()
            Operator(store, who=f"n{number}.").pause(ids[number])
            gevent.sleep(max(0.0, began + number + 1 - time.monotonic()))
        took = time.monotonic() - began
        load, asked = (cpu_s(pid) - cpu) / took, sum(len(tab.answers) for tab in tabs) - asked
        memory = memory_mb(pid)
        gevent.sleep(_LAST_NEWS_S)
        gevent.killall(running)
        _print(count, tabs, acts, f"{asked / took:>8.0f} {load:>8.0%} {memory:>5.0f} MB")


def _print(count: int, tabs: Sequence[Browser], acts: dict[str, float], rest: str) -> None:
    visible = [tab.seen[text] - at for tab in tabs for text, at in acts.items() if text in tab.seen]
    missed = len(tabs) * len(acts) - len(visible)
    if not visible:
        raise SystemExit("no browser saw any of the acts")
    answers = [answer for tab in tabs for answer in tab.answers]
    times = f"{_ms(visible, 0.5)} {_ms(visible, 0.95)} {_ms(visible, 1)}   {_ms(answers, 0.5)} {_ms(answers, 0.95)}"
    print(f"{count:>8} {times} {rest}" + (f"   {missed} never seen" if missed else ""), flush=True)


def _ms(values: Sequence[float], part: float) -> str:
    return f"{quantile(values, part) * 1e3:>6.0f}"


def _open(tabs: Sequence[Browser], wanted: Sequence[str]) -> list[gevent.Greenlet]:
    """All of them greeted and with the list before them."""
    greeted = [Signal() for _ in tabs]
    running = [gevent.spawn(tab.run, wanted, signal) for tab, signal in zip(tabs, greeted, strict=True)]
    for signal in greeted:
        if not signal.wait(_READY_S):
            raise SystemExit("a browser was not greeted in time")
    return running


@contextmanager
def _store() -> Iterator[tuple[Store, str]]:
    with tempfile.TemporaryDirectory() as folder, Embedded(Path(folder) / "db") as running:
        store = Store.at(running.uri)
        yield store, running.uri
        store.close()


@contextmanager
def _web(uri: str) -> Iterator[tuple[int, int]]:
    """Port and process number of a gunicorn worker."""
    port = _free_port()
    about = {"STEPLINE_MONGO_URI": uri, "STEPLINE_PORT": str(port), "STEPLINE_WEB_WORKERS": "1", "STEPLINE_LIVE": "500"}
    command = [sys.executable, "-m", "gunicorn", "--log-level", "warning"]
    process = subprocess.Popen(command, cwd=ROOT, env=os.environ | about)
    try:
        _await_answer(port)
        children = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()
        yield port, int(children[0])
    finally:
        process.terminate()
        process.wait()


def _await_answer(port: int) -> None:
    ends = time.monotonic() + _READY_S
    while time.monotonic() < ends:
        try:
            connection = HTTPConnection("127.0.0.1", port, timeout=5)
            connection.request("GET", "/healthz")
            if connection.getresponse().status == 200:
                return
        except OSError:
            gevent.sleep(0.1)
    raise SystemExit("gunicorn does not answer")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _tasks(store: Store) -> list[str]:
    """Started, with nobody to run them: they change when they are told to."""
    Catalog(store).save(read_documents(json.loads(SAMPLE.read_text(encoding="utf-8"))))
    operator = Operator(store)
    made = [operator.create(TaskDraft(system="systemid", args={"name": f"order {n}"})) for n in range(TASKS)]
    return [operator.start(task.id).id for task in made]


def _cookies(store: Store, port: int, count: int) -> list[str]:
    """A session for each."""
    user: User = Accounts(store).add("bench", Role.OPERATOR)
    name = f"stepline_{Settings(port=port).port}_user"
    return [f"{name}={SignIn(store).begin(user, '127.0.0.1', 'bench')}" for _ in range(count)]
