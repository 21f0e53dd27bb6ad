"""Answers that no client hopes for: odd bodies, slow ones, half ones, none at all."""

from __future__ import annotations

import errno
import gzip
import json
import socket
import struct
from collections.abc import Iterator, Mapping
from functools import lru_cache
from itertools import chain, repeat
from typing import Any

import gevent
from flask import Response, request

HUGE_MB = 64
BOMB_MB = 512
DEPTH = 100_000
_MB = 1 << 20
_DRIPS = 20  # pieces of a slow body, at most
SOCKET = "mock_api.socket"  # where the server puts the connection in a request's environment


def shaped(shape: str, body: Mapping[str, Any]) -> Response:
    """The answer in another shape. Huge bodies are made while they are sent."""
    return _SHAPES[shape](body)


def _wrong(_body: Mapping[str, Any]) -> Response:
    return Response('[{"unexpected": true}]', mimetype="application/json")


def _text(body: Mapping[str, Any]) -> Response:
    return Response(f"this is no JSON: {dict(body)}", mimetype="text/plain")


def _empty(_body: Mapping[str, Any]) -> Response:
    return Response(b"", mimetype="application/json")


def _deep(_body: Mapping[str, Any]) -> Response:
    return Response("[" * DEPTH + "]" * DEPTH, mimetype="application/json")


def _huge(body: Mapping[str, Any]) -> Response:
    """Good JSON behind a sea of blanks, without a Content-Length to warn of it."""
    blanks = repeat(b" " * _MB, HUGE_MB)
    return Response(chain(blanks, [json.dumps(body).encode()]), mimetype="application/json")


def _gzip_bomb(body: Mapping[str, Any]) -> Response:
    packed = _packed_blanks() * BOMB_MB + gzip.compress(json.dumps(body).encode())
    return Response(packed, mimetype="application/json", headers={"Content-Encoding": "gzip"})


@lru_cache(maxsize=1)
def _packed_blanks() -> bytes:
    return gzip.compress(b" " * _MB)


_SHAPES = {
    "wrong": _wrong,
    "text": _text,
    "empty": _empty,
    "deep": _deep,
    "huge": _huge,
    "gzip_bomb": _gzip_bomb,
}


def dripping(response: Response, duration_s: float) -> Response:
    """The same body, its pieces spread over the duration."""
    body = response.get_data()
    size = max(1, -(-len(body) // _DRIPS))
    pieces = [body[start : start + size] for start in range(0, len(body), size)]

    def drip() -> Iterator[bytes]:
        for piece in pieces:
            gevent.sleep(duration_s / len(pieces))
            yield piece

    return _streamed(response, drip(), len(body))


def truncated(response: Response) -> Response:
    """Half of the body that its Content-Length announces, then the end of the connection."""
    body = response.get_data()

    def half() -> Iterator[bytes]:
        yield body[: len(body) // 2]
        raise BrokenPipeError(errno.EPIPE, "truncated on purpose")  # pywsgi closes without a word

    return _streamed(response, half(), len(body))


def reset() -> Response:
    """No answer: the connection is reset."""
    connection = request.environ.get(SOCKET)
    if connection is not None:  # closing with nothing to linger for sends RST in place of FIN
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))

    def nothing() -> Iterator[bytes]:
        raise ConnectionResetError(errno.ECONNRESET, "reset on purpose")
        yield b""  # makes this a generator: it must raise in the server's hands, not in Flask's

    return Response(nothing())


def _streamed(response: Response, pieces: Iterator[bytes], length: int) -> Response:
    response.response = pieces
    response.headers["Content-Length"] = str(length)
    return response
