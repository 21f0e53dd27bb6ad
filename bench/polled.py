"""An API that is polled, in a process of its own: it answers at once and remembers when it was asked.

It reads no more of a request than its first line, so that it costs little beside what is measured.
"""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import requests
from gevent.server import StreamServer

_COMMAND = "from gevent import monkey; monkey.patch_all(); from bench.polled import serve; serve()"


class PolledApi:
    """`GET /poll` says whether it is ready; `/ready`, `/forget` and `/calls` are for who measures."""

    def __init__(self) -> None:
        self.ready = False
        self.calls: list[float] = []

    def answer(self, path: str) -> Any:
        if path == "/calls":
            return self.calls
        if path == "/poll":
            self.calls.append(time.time())
        elif path == "/forget":
            self.calls, self.ready = [], False
        elif path == "/ready":
            self.ready = True
        return {"ready": self.ready}

    def talk(self, connection: Any, _address: Any) -> None:
        with connection, connection.makefile("rb") as lines:
            while first := lines.readline():
                while lines.readline() not in (b"\r\n", b""):
                    pass
                connection.sendall(_response(self.answer(first.split()[1].decode())))


def _response(value: Any) -> bytes:
    body = json.dumps(value).encode()
    head = f"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    return head.encode() + body


def serve() -> None:
    server = StreamServer(("127.0.0.1", 0), PolledApi().talk, backlog=1024)
    server.start()
    print(f"http://127.0.0.1:{server.server_port}", flush=True)
    server.serve_forever()


@contextmanager
def polled_process() -> Iterator[str]:
    """Its address."""
    process = subprocess.Popen([sys.executable, "-c", _COMMAND], stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout
        yield process.stdout.readline().strip()
    finally:
        process.kill()
        process.wait()


def ask(url: str, path: str) -> Any:
    return requests.get(f"{url}/{path}", timeout=60).json()
