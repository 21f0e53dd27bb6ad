"""Pages by gunicorn in two processes, a worker in a third, on one embedded database: nobody has to ask to be told."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import gevent
import pytest
import requests

from tests.acceptance.conftest import PATIENCE_S, ROOT, Product, Running, Visitor

pytestmark = pytest.mark.slow
SAMPLE = ROOT / "mock_api" / "documents.json"
GRACE_S = 15
"""`graceful_timeout` of gunicorn.conf.py."""


class Stream:
    """What a browser hears, and from which process."""

    def __init__(self, visitor: Visitor, url: str) -> None:
        self.answer = visitor.session.get(f"{url}/live", stream=True, timeout=PATIENCE_S)
        self._lines = self.answer.iter_lines(chunk_size=1, decode_unicode=True)

    def pid(self, web: Running) -> int:
        """Of the process at the other end."""
        connection: Any = self.answer.raw.connection or self.answer.raw._connection
        return process_at(connection.sock.getsockname()[1], web)

    def hear(self, pattern: str) -> str:
        with gevent.Timeout(PATIENCE_S):
            return next(line for line in self._lines if re.search(pattern, line))

    def end(self) -> None:
        """Hears it out."""
        with gevent.Timeout(PATIENCE_S):
            for _line in self._lines:
                pass


def process_at(client_port: int, web: Running) -> int:
    """Which of its workers holds the server's end of a connection from that port of this machine."""
    rows = [line.split() for line in Path("/proc/net/tcp").read_text().splitlines()[1:]]
    inode = next(row[9] for row in rows if int(row[2].rpartition(":")[2], 16) == client_port)
    master = web.process.pid
    workers = Path(f"/proc/{master}/task/{master}/children").read_text().split()
    return next(int(pid) for pid in workers if f"socket:[{inode}]" in files_of(pid))


def files_of(pid: str) -> set[str]:
    return {os.readlink(file) for file in Path(f"/proc/{pid}/fd").iterdir() if file.is_symlink()}  # noqa: PTH115


@contextmanager
def gunicorn(product: Product, **env: str) -> Iterator[Running]:
    command = [sys.executable, "-u", "-m", "gunicorn"]
    process = subprocess.Popen(
        command, cwd=ROOT, env=product.env | env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    try:
        yield Running(process)
    finally:
        process.kill()
        process.wait(PATIENCE_S)


def url_of(product: Product) -> str:
    return f"http://127.0.0.1:{product.env['STEPLINE_PORT']}"


def booted(running: Running, count: int) -> None:
    for _ in range(count):
        running.says("Booting worker")


def visitor_of(product: Product) -> Visitor:
    return Visitor(product.user_link())


def streams_of_both(web: Running, visitor: Visitor, url: str) -> dict[int, Stream]:
    """A stream from each of two processes; the system decides who takes a connection, so several are tried."""
    found: dict[int, Stream] = {}
    kept: list[Stream] = []
    while len(found) < 2 and len(kept) < 25:
        stream = Stream(visitor, url)
        assert stream.answer.status_code == 200
        stream.hear("event: hello")
        kept.append(stream)
        found.setdefault(stream.pid(web), stream)
    assert len(found) == 2
    return found


@pytest.fixture
def alone(product, tmp_path: Path) -> Product:
    """Nothing runs in one process; the sample is loaded."""
    alone, sample = product(), tmp_path / "sample.json"
    text = SAMPLE.read_text(encoding="utf-8")
    sample.write_text(text.replace("127.0.0.1:9999", f"127.0.0.1:{alone.env['STEPLINE_MOCK_PORT']}"), encoding="utf-8")
    assert alone.run("load", str(sample), "--no-tasks").returncode == 0
    return alone


def create(visitor: Visitor, url: str, **fields: str) -> str:
    form = visitor.session.get(f"{url}/tasks/new", timeout=PATIENCE_S)
    token = re.search(r'name="csrf_token" value="([^"]+)"', form.text)
    assert token
    data = {"csrf_token": token[1], "system": "systemid", "args": '{"name": "abc"}', "start": "yes", **fields}
    page = visitor.session.post(f"{url}/tasks", data=data, timeout=PATIENCE_S)
    assert page.ok
    return page.url.rpartition("/")[2].partition("?")[0]


def test_every_process_hears_of_what_another_changes(alone):
    alone.start("mock")
    worker = alone.start("worker")
    worker.says("worker .* runs")
    with gunicorn(alone, STEPLINE_WEB_WORKERS="2") as web:
        booted(web, 2)
        visitor, url = visitor_of(alone), url_of(alone)
        streams = streams_of_both(web, visitor, url)
        task = create(visitor, url)
        for stream in streams.values():  # whichever of the two took the form
            stream.hear(f"task:{task}")
        with gevent.Timeout(PATIENCE_S):
            while visitor.task(f"{url}/tasks/{task}")["status"] != "DONE":  # by the worker's changes alone
                streams[min(streams)].hear(f"task:{task}")
        assert alone.run("user", "add", "vic").returncode == 0
        for stream in streams.values():  # told by a command line that is over by now
            stream.hear("users")


def test_open_streams_do_not_hold_up_the_end(alone):
    with gunicorn(alone, STEPLINE_WEB_WORKERS="2") as web:
        booted(web, 2)
        streams = streams_of_both(web, visitor_of(alone), url_of(alone))
        with gevent.Timeout(GRACE_S):
            assert web.end() == 0
        for stream in streams.values():
            stream.end()


def test_beyond_the_cap_pages_are_still_served(alone):
    with gunicorn(alone, STEPLINE_LIVE="2") as web:
        booted(web, 1)
        visitor, url = visitor_of(alone), url_of(alone)
        streams = [Stream(visitor, url) for _ in range(3)]
        assert [stream.answer.status_code for stream in streams] == [200, 200, 503]
        assert visitor.session.get(f"{url}/tasks", timeout=PATIENCE_S).ok
        streams[0].hear("event: hello")


def test_a_client_that_is_killed_gives_its_place_back(alone):
    with gunicorn(alone, STEPLINE_LIVE="1") as web:
        booted(web, 1)
        visitor, url = visitor_of(alone), url_of(alone)
        cookies = "; ".join(f"{one.name}={one.value}" for one in visitor.session.cookies)
        with socket.create_connection(("127.0.0.1", int(url.rpartition(":")[2]))) as client:
            client.sendall(f"GET /live HTTP/1.1\r\nHost: 127.0.0.1\r\nCookie: {cookies}\r\n\r\n".encode())
            assert b"200" in client.recv(100)
            assert visitor.session.get(f"{url}/live", timeout=PATIENCE_S).status_code == 503
        with gevent.Timeout(PATIENCE_S):  # noticed with a ping at the latest
            while (answer := visitor.session.get(f"{url}/live", stream=True, timeout=PATIENCE_S)).status_code == 503:
                gevent.sleep(0.2)
        answer.close()


def test_a_dead_web_process_is_replaced_and_its_streams_end(alone):
    with gunicorn(alone, STEPLINE_WEB_WORKERS="2") as web:
        booted(web, 2)
        visitor, url = visitor_of(alone), url_of(alone)
        streams = streams_of_both(web, visitor, url)
        victim = min(streams)
        os.kill(victim, signal.SIGKILL)
        with pytest.raises(requests.RequestException):
            streams[victim].end()
        web.says("Booting worker")
        assert Stream(visitor, url).answer.status_code == 200
