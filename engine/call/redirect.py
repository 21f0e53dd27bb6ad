"""Where a redirect leads, as browsers take it."""

from __future__ import annotations

from urllib.parse import urljoin, urlsplit

from .call import Request
from .outcome import Replied

_HARMLESS = frozenset({"accept", "accept-encoding", "accept-language", "content-type", "idempotency-key", "user-agent"})
"""Headers that another origin may see: no credential hides in them."""
_PORTS = {"http": 80, "https": 443}


def redirected(request: Request, reply: Replied) -> Request:
    """Raises ValueError for a `Location` that is no url."""
    url = urljoin(request.url, _as_utf8(reply.headers["Location"]))
    headers = request.headers
    if _origin(url) != _origin(request.url):
        headers = {name: value for name, value in headers.items() if name.lower() in _HARMLESS}
    if _becomes_get(request.method, reply.status):
        return Request("GET", url, {n: value for n, value in headers.items() if n.lower() != "content-type"})
    return Request(request.method, url, headers, request.body)


def _as_utf8(header: str) -> str:
    """The standard library reads headers as Latin-1."""
    return header.encode("latin-1", "replace").decode(errors="replace")


def _becomes_get(method: str, status: int) -> bool:
    return (status == 303 and method != "HEAD") or (status in (301, 302) and method == "POST")


def _origin(url: str) -> tuple[str, str | None, int | None]:
    parts = urlsplit(url)
    return parts.scheme, parts.hostname, parts.port or _PORTS.get(parts.scheme)
