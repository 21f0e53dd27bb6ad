"""Between a worker and its database: a proxy that loses replies, drops connections, refuses, pauses, delays.

It understands so much of MongoDB's wire protocol: where a message ends, and whether it is a write.
"""

from __future__ import annotations

import random
import socket
import struct
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

import gevent
from gevent.event import Event as Signal
from gevent.server import StreamServer

OP_MSG = 2013
_HEADER = struct.Struct("<iiii")
_WRITES = frozenset({b"insert", b"update", b"delete", b"findAndModify"})


def command_in(message: bytes) -> bytes:
    """The name of the command that an OP_MSG asks for; empty for any other message."""
    if struct.unpack_from("<i", message, 12)[0] != OP_MSG or message[20] != 0:
        return b""
    return message[26 : message.index(b"\0", 26)]  # behind the section's kind, the document's length, a type


class Proxy:
    """Stands for `host:port` on a port of its own. `lose_replies`: the part of writes whose reply is lost."""

    def __init__(self, host: str, port: int, seed: int = 0, lose_replies: float = 0.0, latency_s: float = 0.0) -> None:
        self._target = (host, port)
        self._rng = random.Random(seed)
        self.lose_replies, self.latency_s = lose_replies, latency_s
        self.lost = 0
        """Replies of writes that were carried out."""
        self._flowing = Signal()
        self._flowing.set()
        self._refusing = False
        self._open: set[Any] = set()
        self._server = StreamServer(("127.0.0.1", 0), self._serve)

    def __enter__(self) -> Proxy:
        self._server.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.stop(timeout=0)
        self._flowing.set()
        self.drop()

    @property
    def port(self) -> int:
        """Known once it is entered."""
        return int(self._server.server_port or 0)

    def drop(self) -> None:
        """Every connection ends at once."""
        for connection in list(self._open):
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)

    def refuse_for(self, seconds: float) -> None:
        """Nobody gets through."""
        self._refusing = True
        self.drop()
        gevent.sleep(seconds)
        self._refusing = False

    def pause_for(self, seconds: float) -> None:
        """Connections stay, nothing passes; what was sent meanwhile passes later."""
        self._flowing.clear()
        gevent.sleep(seconds)
        self._flowing.set()

    def _serve(self, client: Any, _address: Any) -> None:
        if self._refusing:
            client.close()
            return
        try:
            server = gevent.socket.create_connection(self._target)
        except OSError:  # the database itself is away
            client.close()
            return
        with client, server, self._kept(client, server):
            _Link(self, client, server).run()

    @contextmanager
    def _kept(self, *connections: Any) -> Iterator[None]:
        self._open |= set(connections)
        try:
            yield
        finally:
            self._open -= set(connections)

    def loses(self, message: bytes) -> bool:
        """Whether the reply to this message is to be lost."""
        return command_in(message) in _WRITES and self._rng.random() < self.lose_replies

    def let_pass(self) -> None:
        self._flowing.wait()
        if self.latency_s:
            gevent.sleep(self.latency_s)


class _Link:
    """One client's connection and its counterpart."""

    def __init__(self, proxy: Proxy, client: Any, server: Any) -> None:
        self._proxy, self._client, self._server = proxy, client, server
        self._to_lose: set[int] = set()

    def run(self) -> None:
        """Until either side has ended it."""
        back = gevent.spawn(self._pump, self._server, self._client)
        try:
            self._pump(self._client, self._server)
        finally:
            back.join()

    def _pump(self, source: Any, sink: Any) -> None:
        with suppress(OSError):
            while message := _read_message(source):
                self._proxy.let_pass()
                if not self._passes(message):
                    break
                sink.sendall(message)
        for connection in (source, sink):
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)

    def _passes(self, message: bytes) -> bool:
        _, own, answers, _ = _HEADER.unpack_from(message)
        if answers in self._to_lose:
            self._proxy.lost += 1
            return False
        if not answers and self._proxy.loses(message):
            self._to_lose.add(own)
        return True


def _read_message(source: Any) -> bytes:
    head = _read(source, 4)
    return head + _read(source, struct.unpack("<i", head)[0] - 4) if head else b""


def _read(source: Any, length: int) -> bytes:
    """Exactly so many bytes; none when the other side has ended."""
    parts = bytearray()
    while len(parts) < length:
        part = source.recv(length - len(parts))
        if not part:
            return b""
        parts += part
    return bytes(parts)
