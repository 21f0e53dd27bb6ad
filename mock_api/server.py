"""The mock behind gevent's WSGI server: a listening socket, a pool of greenlets, nothing in between."""

from __future__ import annotations

import errno
import os
import random
import socket as names
from types import TracebackType
from typing import Any

from flask import Flask
from gevent import socket
from gevent.pool import Pool
from gevent.pywsgi import WSGIHandler, WSGIServer

from .apis import APIS
from .faults import SOCKET
from .knobs import NONE
from .state import Mock
from .views import EXTENSION, blueprint

HOST = "127.0.0.1"
PORT = 9999
BACKLOG = 4096
CONNECTIONS = 20_000


class PortInUse(OSError):
    """Somebody else listens there; the message says what to do."""


def create_app(rng: random.Random | None = None) -> Flask:
    """A Flask application that serves the mock alone. `rng` decides its chances; without it, seed 0."""
    app = Flask(__name__)
    app.json.sort_keys = False  # type: ignore[attr-defined]  # Flask types the provider as its abstract base
    app.extensions[EXTENSION] = Mock(rng or random.Random(0))
    app.register_blueprint(blueprint)
    return app


def serve(host: str = HOST, port: int = PORT, rng: random.Random | None = None) -> MockServer:
    """A bound server (to any free port when `port` is 0) that answers once started. Raises `PortInUse`."""
    return MockServer(host, port, create_app(rng))


class MockServer:
    """Start it and go on, or `serve_forever`. As a context manager it is started, and stopped at the end."""

    def __init__(self, host: str, port: int, app: Flask) -> None:
        listener = _listener(host, port)
        bound_host, bound_port = listener.getsockname()[:2]
        self.url = f"http://[{bound_host}]:{bound_port}" if ":" in bound_host else f"http://{bound_host}:{bound_port}"
        self.mock: Mock = app.extensions[EXTENSION]
        # A pool, so that stopping also ends the connections that clients keep open.
        self._server = WSGIServer(listener, app, spawn=Pool(CONNECTIONS), log=None, handler_class=_Handler)

    def slow_down(self, latency_ms: float) -> None:
        """Every API takes so long to answer, until its knobs are set otherwise."""
        for api in APIS:
            self.mock.set_knobs(api, NONE.overlaid({"latency_ms": latency_ms}))

    def start(self) -> None:
        self._server.start()

    def stop(self) -> None:
        """Close the port and every connection at once."""
        self._server.stop(timeout=0)

    def serve_forever(self) -> None:
        self._server.serve_forever()

    def __enter__(self) -> MockServer:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()


class _Handler(WSGIHandler):
    """One connection."""

    def __init__(self, connection: Any, *rest: Any) -> None:
        # Headers and body leave in two writes; with Nagle's algorithm the second waits 40 ms for an ACK.
        connection.setsockopt(names.IPPROTO_TCP, names.TCP_NODELAY, 1)
        super().__init__(connection, *rest)

    def get_environ(self) -> dict[str, Any]:
        environ: dict[str, Any] = super().get_environ()
        environ[SOCKET] = self.socket
        return environ


def _listener(host: str, port: int) -> Any:
    family = names.AF_INET6 if ":" in host else names.AF_INET
    listener = socket.socket(family, names.SOCK_STREAM)
    listener.setsockopt(names.SOL_SOCKET, names.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
        listener.listen(BACKLOG)
    except OSError as error:
        listener.close()
        raise _explained(error, host, port) from None
    return listener


def _explained(error: OSError, host: str, port: int) -> OSError:
    if error.errno == errno.EADDRINUSE:
        advice = "stop what listens there, or choose another port for the mock (0: any free one)"
        return PortInUse(error.errno, f"port {port} on {host} is in use: {advice}")
    return OSError(error.errno, f"cannot listen on {host}:{port}: {os.strerror(error.errno or 0)}")
