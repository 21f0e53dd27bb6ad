"""The wire: requests' transport adapter with connections that are guarded, timed and tell whether anything was sent.

One hard deadline covers a call whatever drips: a timer shuts the connection down. requests' own timeouts only bound the
silence between two packets.
"""

from __future__ import annotations

import http.client
import logging
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

import gevent
from gevent.local import local
from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool

from .egress import EgressPolicy, connect

logging.getLogger("urllib3").setLevel(logging.CRITICAL)
"""Its records name whole urls, and a url may hold a secret; what goes wrong is told by outcomes."""


class Wire:
    """What happens to one call on the wire."""

    def __init__(self, timeout_s: float) -> None:
        self.timeout_s = timeout_s
        self.ends = time.monotonic() + timeout_s
        self.cut = False
        """The deadline has passed."""
        self.wants_new = False
        """No kept connection will do."""
        self._socket: socket.socket | None = None
        self._copy: socket.socket | None = None
        self.begin()

    def begin(self) -> None:
        """Another request of the same call. Raises TimeoutError."""
        self.sent = self.answering = self.reused = self.connected = False
        self.check()

    def check(self) -> None:
        if self.cut:
            raise TimeoutError("the call's time is up")

    @property
    def left_s(self) -> float:
        return max(0.001, self.ends - time.monotonic())

    def hold(self, connection: socket.socket | None) -> None:
        """What the deadline shuts down; None as soon as it may be another call's. Raises TimeoutError."""
        self._socket = connection
        if connection is not None:
            self.check()

    def hold_copy(self, connection: socket.socket) -> None:
        """As `hold`, for a socket that is about to be wrapped. Raises TimeoutError."""
        self._copy = connection.dup()
        self.hold(self._copy)

    def drop_copy(self) -> None:
        self.hold(None)
        if self._copy is not None:
            self._copy.close()
            self._copy = None

    def cut_off(self) -> None:
        self.cut = True
        if self._socket is not None:
            with suppress(OSError):
                self._socket.shutdown(socket.SHUT_RDWR)


_current = local()


@contextmanager
def on_the_wire(timeout_s: float) -> Iterator[Wire]:
    """A deadline for what this greenlet sends meanwhile."""
    wire = _current.wire = Wire(timeout_s)
    timer = gevent.get_hub().loop.timer(timeout_s)
    timer.start(wire.cut_off)
    try:
        yield wire
    finally:
        timer.stop()
        timer.close()
        _current.wire = None


class _Guarded:
    """For both kinds of connection: connects to a checked address, and tells the wire what it does."""

    policy: EgressPolicy

    def request(self: Any, *args: Any, **options: Any) -> None:
        wire: Wire = _current.wire
        if wire.wants_new and not wire.connected:
            self.close()
        wire.reused = self.sock is not None and not wire.connected
        wire.hold(self.sock)
        super().request(*args, **options)  # type: ignore[misc]  # of the connection that this is mixed into

    def send(self: Any, data: Any) -> None:
        wire: Wire = _current.wire
        if self.sock is None:
            self.connect()
        wire.sent = True
        super().send(data)  # type: ignore[misc]  # as above

    def connect(self: Any) -> None:
        """With TLS, the socket below lets go of its descriptor meanwhile: the deadline holds on to a copy."""
        wire: Wire = _current.wire
        try:
            super().connect()  # type: ignore[misc]  # as above
        finally:
            wire.drop_copy()
        wire.connected = True
        wire.hold(self.sock)

    def _new_conn(self: Any) -> socket.socket:
        wire: Wire = _current.wire
        connection = connect(self._dns_host, self.port, self.policy, wire.ends)
        try:
            wire.hold_copy(connection)
        except BaseException:
            connection.close()
            raise
        return connection


class _WholeHead(http.client.HTTPResponse):
    """The standard library takes the end of the stream for the end of the headers, and 103 for the answer itself."""

    def _read_status(self) -> tuple[str, int, str]:
        """All of 1xx announce an answer: taken for one, they would leave the real one to the next call."""
        version, status, reason = super()._read_status()  # type: ignore[misc]  # not in the stubs
        return version, http.client.CONTINUE if 100 <= status < 200 else status, reason

    def begin(self) -> None:
        stream = self.fp
        self.fp = lines = _Lines(stream)  # type: ignore[assignment]  # all that `begin` does is to read lines
        try:
            super().begin()
        finally:
            if self.fp is not None:
                self.fp = stream
        if not lines.last:
            raise http.client.IncompleteRead(b"")


class _Lines:
    """Remembers the last line that was read."""

    def __init__(self, stream: Any) -> None:
        self._stream = stream
        self.last = b""

    def readline(self, limit: int) -> bytes:
        self.last = self._stream.readline(limit)
        return self.last

    def close(self) -> None:
        self._stream.close()


class Adapter(HTTPAdapter):
    """Pools of guarded connections."""

    def __init__(self, policy: EgressPolicy, pool_size: int) -> None:
        self._policy = policy
        super().__init__(pool_connections=64, pool_maxsize=pool_size)

    def init_poolmanager(self, *args: Any, **options: Any) -> None:
        super().init_poolmanager(*args, **options)
        self.poolmanager.pool_classes_by_scheme = {
            "http": _pool(HTTPConnectionPool, HTTPConnection, self._policy),
            "https": _pool(HTTPSConnectionPool, HTTPSConnection, self._policy),
        }


def _pool(pool: type, connection: type, policy: EgressPolicy) -> type:
    own = {"policy": policy, "response_class": _WholeHead}
    guarded = type(f"Guarded{connection.__name__}", (_Guarded, connection), own)
    return type(f"Guarded{pool.__name__}", (pool,), {"ConnectionCls": guarded})
