"""An API that says back all that it is told, in the way that its path asks for."""

from __future__ import annotations

import json
from base64 import b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import unquote_plus

from gevent.pywsgi import WSGIServer


@dataclass
class Echo:
    """`heard`: each request as one text, in plain."""

    heard: list[str] = field(default_factory=list)
    url: str = ""

    def answer(self, environ: dict[str, Any], start: Any) -> list[bytes]:
        headers = {name: value for name, value in environ.items() if name.startswith("HTTP_")}
        body = environ["wsgi.input"].read().decode()
        told = {"headers": headers, "query": unquote_plus(environ["QUERY_STRING"]), "body": body}
        self.heard.append(json.dumps(told, ensure_ascii=False))
        status, more, content = _WAYS[environ["PATH_INFO"]](told, environ["QUERY_STRING"])
        start(status, [("Content-Type", "text/plain"), *more])
        return [content.encode()]


def _json(told: dict[str, Any], _query: str) -> tuple[str, list[tuple[str, str]], str]:
    return "200 OK", [("X-Said", told["headers"].get("HTTP_AUTHORIZATION", ""))], json.dumps({"told": told})


def _escaped(told: dict[str, Any], _query: str) -> tuple[str, list[tuple[str, str]], str]:
    """Every letter as an escape, which is JSON all the same."""
    text = "".join(f"\\u{ord(letter):04x}" for letter in told["headers"]["HTTP_AUTHORIZATION"])
    return "200 OK", [], f'{{"said": "{text}"}}'


def _base64(told: dict[str, Any], _query: str) -> tuple[str, list[tuple[str, str]], str]:
    return "200 OK", [], json.dumps({"code": b64encode(f"user:{told['headers']['HTTP_X_KEY']}".encode()).decode()})


def _page(told: dict[str, Any], query: str) -> tuple[str, list[tuple[str, str]], str]:
    """Longer than what messages quote, so that they break off somewhere in it."""
    key = told["headers"]["HTTP_X_KEY"]
    return "200 OK", [], f"<p>{'x' * (118 - len(key))}{key} {query} {told['body']}</p>"


def _failure(told: dict[str, Any], _query: str) -> tuple[str, list[tuple[str, str]], str]:
    return "500 Oh", [], f"no luck with {told['headers']}"


def _elsewhere(told: dict[str, Any], query: str) -> tuple[str, list[tuple[str, str]], str]:
    return "302 Found", [("Location", f"/login?{query}")], ""


def _large(told: dict[str, Any], _query: str) -> tuple[str, list[tuple[str, str]], str]:
    """What is kept of it breaks off inside of the key."""
    key = told["headers"]["HTTP_X_KEY"]
    return "200 OK", [], "x" * (4_096 - len(key) // 2) + key + "x" * 1_100_000


_WAYS = {
    "/json": _json, "/escaped": _escaped, "/base64": _base64, "/page": _page, "/failure": _failure,
    "/elsewhere": _elsewhere, "/large": _large,
}  # fmt: skip


@contextmanager
def an_echo() -> Iterator[Echo]:
    echo = Echo()
    server = WSGIServer(("127.0.0.1", 0), echo.answer, log=None)
    server.start()
    echo.url = f"http://127.0.0.1:{server.server_port}"
    try:
        yield echo
    finally:
        server.stop(timeout=0)
