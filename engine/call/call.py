"""One HTTP call, complete, and the request that it becomes."""

from __future__ import annotations

import json
import re
from base64 import b64encode
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import Any, Literal
from urllib.parse import quote, unquote, urlencode, urlsplit

from .mask import NO_MASK, Mask

Send = Literal["query", "json", "form"]

_PARAMETER = re.compile(r"\{([A-Za-z_][A-Za-z0-9_-]*)\}")
_HEADER_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_UNSAFE_VALUE = re.compile(r"[\r\n\0]")
OURS = frozenset({"host", "transfer-encoding", "content-length", "connection", "upgrade", "idempotency-key"})
WITHOUT_BODY = frozenset({"GET", "HEAD", "DELETE", "OPTIONS"})
_REPEATABLE = frozenset({"GET", "HEAD", "PUT", "DELETE", "OPTIONS"})


class InvalidCall(ValueError):
    """The call cannot be sent as it is; the message says why."""


@dataclass(frozen=True, slots=True)
class Call:
    """`args` are coerced JSON values. `timeout_s` is one deadline for all: connecting, sending, headers and body."""

    method: str
    url: str
    args: Mapping[str, Any] = field(default_factory=dict, repr=False)
    send: Send | None = None
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    timeout_s: float = 30.0
    max_bytes: int = 1_048_576
    """Of the body, decoded."""
    follow_redirects: bool = False
    idempotency_key: str | None = None
    repeatable: bool | None = None
    """Whether it may be sent again when a kept connection turns out closed. None: by its method."""
    mask: Mask = field(default=NO_MASK, repr=False, compare=False)
    """Hides the secrets that `args` and `headers` hold, in the outcome too."""

    @property
    def may_repeat(self) -> bool:
        return self.method in _REPEATABLE if self.repeatable is None else self.repeatable

    @property
    def shown(self) -> Call:
        """As it may be kept and shown: no secret is in it."""
        if not self.mask:
            return self
        headers = {name: self.mask.text(value) for name, value in self.headers.items()}
        return replace(self, args=self.mask.value(dict(self.args)), headers=headers)


@dataclass(frozen=True, slots=True)
class Request:
    """What goes over the wire."""

    method: str
    url: str
    headers: dict[str, str]
    body: bytes | None = None


def request_of(call: Call, user_agent: str) -> Request:
    """Raises `InvalidCall`."""
    try:
        return _composed(call, user_agent)
    except InvalidCall:
        raise
    except (ValueError, TypeError, RecursionError) as error:
        raise InvalidCall(f"the args are no JSON: {str(error).partition(';')[0]}") from None


def _composed(call: Call, user_agent: str) -> Request:
    url, rest = _fill(call.url, call.args)
    headers = {"Accept": "application/json", "Accept-Encoding": "gzip, deflate", "User-Agent": user_agent}
    if "@" in url:
        url = _take_credentials(url, headers)
    headers |= _checked(call.headers)
    if call.idempotency_key:
        headers["Idempotency-Key"] = quote(call.idempotency_key, safe="/:", errors="replace")
    send = call.send or ("query" if call.method in WITHOUT_BODY else "json")
    return _SEND[send](call.method, url, rest, headers)


def _fill(template: str, args: Mapping[str, Any]) -> tuple[str, Mapping[str, Any]]:
    """The url with its path parameters, and the args that are left."""
    names = _parameters(template)
    if not names:
        return template, args
    url = _PARAMETER.sub(lambda match: _segment(match[1], args), template)
    return url, {name: value for name, value in args.items() if name not in names}


@lru_cache(maxsize=4096)
def _parameters(template: str) -> frozenset[str]:
    """The names in a url that looks like one. Raises `InvalidCall`."""
    try:
        parts = urlsplit(template)
        usable = parts.scheme in ("http", "https") and parts.hostname and parts.port != 0
    except ValueError:
        usable = False
    if not usable or _UNSAFE_VALUE.search(template):
        raise InvalidCall(f"the url cannot be used: http:// or https:// and a host are needed, not {_shown(template)}")
    return frozenset(_PARAMETER.findall(template))


def _segment(name: str, args: Mapping[str, Any]) -> str:
    value = args.get(name)
    if value is None or value == "":
        raise InvalidCall(f"the url needs a value for {{{name}}}: bind the arg {name}")
    text = _text(value)
    if text in (".", ".."):
        raise InvalidCall(f"{{{name}}} is {text!r}, which would change the path")
    return quote(text, safe="")


def without_credentials(url: str) -> str:
    """For whatever is shown or kept: the url without user and password."""
    if "@" not in url:
        return url
    parts = urlsplit(url)
    return parts._replace(netloc=parts.netloc.rpartition("@")[2]).geturl()


def _take_credentials(url: str, headers: dict[str, str]) -> str:
    """`http://user:password@host` asks for basic authentication."""
    parts = urlsplit(url)
    if parts.username is None:
        return url
    pair = f"{unquote(parts.username)}:{unquote(parts.password or '')}"
    headers["Authorization"] = f"Basic {b64encode(pair.encode(errors='replace')).decode()}"
    return without_credentials(url)


def _shown(url: str) -> str:
    """For a message: without what may be a password."""
    return repr(url.partition("?")[0].rpartition("@")[2][:120])


def _checked(headers: Mapping[str, str]) -> Mapping[str, str]:
    for name, value in headers.items():
        if fault := header_fault(name, value):
            raise InvalidCall(fault)
    return headers


def header_fault(name: str, value: str) -> str:
    """Why an api cannot send that header; empty when it can."""
    if not _HEADER_NAME.fullmatch(name):
        return f"{name!r} is no header name"
    if name.lower() in OURS:
        return f"the header {name} is set by Stepline: remove it from the api"
    if _UNSAFE_VALUE.search(value):
        return f"the value of header {name} holds a line break or NUL"
    return "" if _is_latin1(value) else f"the value of header {name} has characters that a header cannot hold"


def url_fault(url: str) -> str:
    """Why a url cannot be called, whatever its parameters are; empty when it can."""
    try:
        _parameters(url)
    except InvalidCall as error:
        return str(error)
    return ""


def _is_latin1(text: str) -> bool:
    return text.isascii() or all(ord(letter) < 256 for letter in text)


def _query(method: str, url: str, args: Mapping[str, Any], headers: dict[str, str]) -> Request:
    if encoded := urlencode(_pairs(args)):
        url, hash_, fragment = url.partition("#")
        url = f"{url}{'&' if '?' in url else '?'}{encoded}{hash_}{fragment}"
    return Request(method, url, headers)


def _json(method: str, url: str, args: Mapping[str, Any], headers: dict[str, str]) -> Request:
    body = json.dumps(dict(args), allow_nan=False).encode()
    return Request(method, url, {"Content-Type": "application/json"} | headers, body)


def _form(method: str, url: str, args: Mapping[str, Any], headers: dict[str, str]) -> Request:
    body = urlencode(_pairs(args)).encode()
    return Request(method, url, {"Content-Type": "application/x-www-form-urlencoded"} | headers, body)


def _pairs(args: Mapping[str, Any]) -> list[tuple[str, str]]:
    """A list is repeated, None left out."""
    pairs: list[tuple[str, str]] = []
    for name, value in args.items():
        items = value if isinstance(value, list) else [value]
        pairs += [(name, _text(item)) for item in items if item is not None]
    return pairs


def _text(value: Any) -> str:
    if isinstance(value, str):
        return value.encode(errors="replace").decode()
    if isinstance(value, (bool, list, dict)):
        return json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    return str(value)


_SEND = {"query": _query, "json": _json, "form": _form}
