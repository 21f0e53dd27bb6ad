"""The wire: requests' transport adapter with connections that are guarded, timed and tell whether anything was sent.

One hard deadline covers a call whatever drips: a timer shuts the connection down. requests' own timeouts only bound the
silence between two packets.
"""

from __future__ import annotations

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


class Wire:
    """What happens to one call on the wire."""

    def __init__(self, timeout_s: float) -> None:
        self.ends = time.monotonic() + timeout_s
        self.sent = False
        self.reused = False
        self.cut = False
        self.connection: HTTPConnection | None = None

    @property
    def left_s(self) -> float:
        return max(0.001, self.ends - time.monotonic())

    def cut_off(self) -> None:
        self.cut = True
        if self.connection is not None and self.connection.sock is not None:
            with suppress(OSError):
                self.connection.sock.shutdown(socket.SHUT_RDWR)


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

    def _new_conn(self: Any) -> socket.socket:
        wire: Wire = _current.wire
        wire.connection = self
        return _look_up_and_connect(self._dns_host, self.port, self.policy, wire)

    def send(self: Any, data: Any) -> None:
        wire: Wire = _current.wire
        wire.connection = self
        if self.sock is None:
            self.connect()
        elif not wire.sent:
            wire.reused = True
        wire.sent = True
        super().send(data)  # type: ignore[misc]  # of the connection that this is mixed into


def _look_up_and_connect(host: str, port: int, policy: EgressPolicy, wire: Wire) -> socket.socket:
    with gevent.Timeout(wire.left_s, TimeoutError("looking up the name or connecting took too long")):
        return connect(host, port, policy, wire.left_s)


class Adapter(HTTPAdapter):
    """Pools of guarded connections."""

    def __init__(self, policy: EgressPolicy, pool_size: int) -> None:
        self._policy = policy
        super().__init__(pool_connections=64, pool_maxsize=pool_size)

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        super().init_poolmanager(*args, **kwargs)
        self.poolmanager.pool_classes_by_scheme = {
            "http": _pool(HTTPConnectionPool, HTTPConnection, self._policy),
            "https": _pool(HTTPSConnectionPool, HTTPSConnection, self._policy),
        }


def _pool(pool: type, connection: type, policy: EgressPolicy) -> type:
    guarded = type(f"Guarded{connection.__name__}", (_Guarded, connection), {"policy": policy})
    return type(f"Guarded{pool.__name__}", (pool,), {"ConnectionCls": guarded})
