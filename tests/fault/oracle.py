"""The oracle: an API server that hands out one nonce per Idempotency-Key, misbehaves on purpose, and logs everything.

It runs in a process of its own. A line is in the log before the answer leaves, so whatever a worker knows, the log
knows. It is raw on purpose: what it does to a connection no web framework would.
"""

from __future__ import annotations

import argparse
import gzip
import itertools
import json
import random
import socket
import struct
import time
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import gevent
from gevent.event import Event as Signal
from gevent.pool import Pool
from gevent.server import StreamServer

from tests.fault.exchange import RETRY_AFTER_S, Fate

LATENCY_S = (0.005, 0.04)
SLOW_S = 0.4
PIECES = 5
_BOMB = gzip.compress(b" " * (1 << 20)) * 64  # 64 MB of blanks in 64 kB


@dataclass(frozen=True, slots=True)
class Request:
    method: str
    path: str
    args: dict[str, Any]
    headers: dict[str, str]

    @property
    def key(self) -> str:
        return self.headers.get("idempotency-key", "")


@dataclass(frozen=True, slots=True)
class Answer:
    """What a good API would say to a request."""

    body: bytes
    answered: Callable[[], None]
    """To be told when the last of the answer is about to leave."""


class Oracle:
    """`chaos`: fate → probability; what is left is good. It serves while it is entered."""

    def __init__(self, log: Path, chaos: Mapping[Fate, float], seed: int) -> None:
        self._log = log.open("a", buffering=1, encoding="utf-8")
        self._rng = random.Random(seed)
        self._chaos = dict(chaos)
        self._ids, self._numbers = itertools.count(1), itertools.count(1)
        self._run = seed
        self._nonces: dict[str, str] = {}
        self._asked: Counter[str] = Counter()
        self._server = StreamServer(("127.0.0.1", 0), self._serve, spawn=Pool(), backlog=4096)

    def __enter__(self) -> str:
        """Its address."""
        self._server.start()
        return f"http://127.0.0.1:{self._server.server_port}"

    def __exit__(self, *_: object) -> None:
        self._server.stop(timeout=0)
        self._log.close()

    def _serve(self, connection: Any, _address: Any) -> None:
        """One client's connection, until either side ends it."""
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        try:
            with connection, connection.makefile("rb") as stream:
                while (request := read_request(stream)) and self._answer(connection, request):
                    pass
        except OSError:  # the client was killed, or let go
            return

    def _answer(self, connection: Any, request: Request) -> bool:
        """Whether the connection can be used again."""
        number, fate = next(self._ids), self._fate()
        ready = self._is_ready(request)
        nonce = self._nonce(request.key) if ready and fate.takes_effect else None
        self._say("asked", number, **_about(request), fate=fate, ready=ready, nonce=nonce)
        gevent.sleep(self._rng.uniform(*LATENCY_S))
        body = {"ready": True, "nonce": nonce, "n": self._asked[request.key]} if ready else {"ready": False}
        answer = Answer(json.dumps(body).encode(), lambda: self._say("answered", number))
        return _FATES[fate](connection, answer)

    def _fate(self) -> Fate:
        chance = self._rng.random()
        for fate, probability in self._chaos.items():
            chance -= probability
            if chance < 0:
                return fate
        return Fate.OK

    def _is_ready(self, request: Request) -> bool:
        """A poll is told `not ready` the first `polls` times that it is asked."""
        self._asked[request.key] += 1
        return self._asked[request.key] > int(request.args.get("polls", 0))

    def _nonce(self, key: str) -> str:
        if key not in self._nonces:
            self._nonces[key] = f"n-{self._run}-{next(self._numbers)}"
        return self._nonces[key]

    def _say(self, what: str, number: int, **about: Any) -> None:
        line = {"what": what, "id": number, "at": time.monotonic(), "wall": time.time(), **about}
        self._log.write(json.dumps(line) + "\n")


def _about(request: Request) -> dict[str, Any]:
    worker = request.headers.get("user-agent", "").rpartition("/")[2]
    return {"method": request.method, "path": request.path, "args": request.args, "key": request.key, "worker": worker}


def read_request(stream: Any) -> Request | None:
    """The next request of a connection; None at its end."""
    line = stream.readline()
    if not line:
        return None
    method, target, _ = line.decode("latin-1").split(" ", 2)
    headers = {}
    while line := stream.readline().decode("latin-1").strip():
        name, _, value = line.partition(":")
        headers[name.lower()] = value.strip()
    body = stream.read(int(headers.get("content-length", 0)))
    parts = urlsplit(target)
    args = {name: values if len(values) > 1 else values[0] for name, values in parse_qs(parts.query).items()}
    return Request(method, parts.path, args | (json.loads(body) if body else {}), headers)


# -- fates: each answers whether the connection can be used again -------------------------------------


def _head(length: int, status: str = "200 OK", **more: str) -> bytes:
    lines = [f"HTTP/1.1 {status}", "Content-Type: application/json", f"Content-Length: {length}"]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in more.items()]
    return ("\r\n".join(lines) + "\r\n\r\n").encode()


def _ok(connection: Any, answer: Answer) -> bool:
    answer.answered()
    connection.sendall(_head(len(answer.body)) + answer.body)
    return True


def _slow(connection: Any, answer: Answer) -> bool:
    gevent.sleep(SLOW_S)
    return _ok(connection, answer)


def _drip(connection: Any, answer: Answer) -> bool:
    connection.sendall(_head(len(answer.body)))
    size = -(-len(answer.body) // PIECES)
    for start in range(0, len(answer.body) - size, size):
        connection.sendall(answer.body[start : start + size])
        gevent.sleep(SLOW_S / PIECES)
    answer.answered()
    connection.sendall(answer.body[start + size :])
    return True


def _error(connection: Any, answer: Answer) -> bool:
    answer.answered()
    connection.sendall(_head(2, "500 Internal Server Error") + b"{}")
    return True


def _busy(connection: Any, answer: Answer) -> bool:
    answer.answered()
    connection.sendall(_head(2, "503 Service Unavailable", Retry_After=str(RETRY_AFTER_S)) + b"{}")
    return True


def _timeout(connection: Any, _answer: Answer) -> bool:
    connection.recv(1)  # until the client has had enough
    return False


def _reset(connection: Any, _answer: Answer) -> bool:
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    return False


def _truncated(connection: Any, answer: Answer) -> bool:
    connection.sendall(_head(len(answer.body)) + answer.body[: len(answer.body) // 2])
    return False


def _garbage(connection: Any, answer: Answer) -> bool:
    answer.answered()
    connection.sendall(_head(8) + b"<html>\0\xff")
    return True


def _bomb(connection: Any, answer: Answer) -> bool:
    answer.answered()
    connection.sendall(_head(len(_BOMB), Content_Encoding="gzip") + _BOMB)
    return True


_FATES: dict[Fate, Callable[[Any, Answer], bool]] = {
    Fate.OK: _ok,
    Fate.SLOW: _slow,
    Fate.DRIP: _drip,
    Fate.ERROR: _error,
    Fate.BUSY: _busy,
    Fate.TIMEOUT: _timeout,
    Fate.RESET_BEFORE: _reset,
    Fate.RESET_AFTER: _reset,
    Fate.TRUNCATED: _truncated,
    Fate.GARBAGE: _garbage,
    Fate.BOMB: _bomb,
}


def main(args: list[str]) -> None:
    """Writes its address to a file and serves until the process is killed."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--log", type=Path, required=True)
    parser.add_argument("--address", type=Path, required=True)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--chaos", type=json.loads, default={}, help='{"500": 0.1}')
    options = parser.parse_args(args)
    chaos = {Fate(name): probability for name, probability in options.chaos.items()}
    with Oracle(options.log, chaos, options.seed) as url:
        options.address.write_text(f"{url}\n")
        Signal().wait()
