"""Sends calls and says what came of each. Never raises for anything that the network or the data do."""

from __future__ import annotations

import http.client
import socket
import time
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urljoin, urlsplit

import requests
import urllib3
from requests.models import PreparedRequest
from requests.structures import CaseInsensitiveDict

from . import body
from .call import Call, InvalidCall, Request, request_of
from .egress import EgressPolicy, EgressRefused
from .outcome import NoReply, NotSent, Outcome, Replied
from .transport import Adapter, Wire, on_the_wire
from .wait import retry_after_s

_HOPS = 5
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_REPEATABLE = frozenset({"GET", "HEAD", "PUT", "DELETE", "OPTIONS"})
_HARMLESS = frozenset({"accept", "accept-encoding", "accept-language", "user-agent", "content-type"})
_TROUBLES = (requests.RequestException, urllib3.exceptions.HTTPError, http.client.HTTPException, OSError, ValueError)


class Caller:
    """Keeps connections alive, remembers no cookies, reads no environment. Make it after a fork."""

    def __init__(self, policy: EgressPolicy | None = None, pool_size: int = 100, user_agent: str = "stepline") -> None:
        self._user_agent = user_agent
        self._session = requests.Session()
        self._session.trust_env = False
        adapter = Adapter(policy or EgressPolicy(), pool_size)
        self._session.mount("http://", adapter)
        self._session.mount("https://", adapter)

    def close(self) -> None:
        self._session.close()

    def send(self, call: Call) -> Outcome:
        began = time.monotonic()
        try:
            request = request_of(call, self._user_agent)
        except (InvalidCall, ValueError) as error:
            return NotSent(str(error), "invalid", permanent=True)
        with on_the_wire(call.timeout_s) as wire:
            outcome = self._send(request, call, wire)
        return replace(outcome, duration_s=time.monotonic() - began)

    def _send(self, request: Request, call: Call, wire: Wire) -> Outcome:
        for _ in range(_HOPS + 1):
            try:
                reply = self._exchange_fresh(request, call, wire)
            except body.TooLarge as large:
                return _too_large(large, call)
            except _TROUBLES as error:
                return _explain(error, wire, request)
            if not (call.follow_redirects and reply.status in _REDIRECTS and "Location" in reply.headers):
                return reply
            request = _redirected(request, reply)
            wire.sent = False
        return Replied(reply.status, reply.headers, problem=f"it redirects more than {_HOPS} times")

    def _exchange_fresh(self, request: Request, call: Call, wire: Wire) -> Replied:
        """A connection that was kept alive may have been closed meanwhile: a harmless call is sent once more."""
        try:
            return self._exchange(request, call, wire)
        except (requests.ConnectionError, OSError):
            if not (wire.reused and request.method in _REPEATABLE and not wire.cut):
                raise
            wire.reused = wire.sent = False
            return self._exchange(request, call, wire)

    def _exchange(self, request: Request, call: Call, wire: Wire) -> Replied:
        prepared = _prepared(request)
        adapter = self._session.get_adapter(request.url)
        response = adapter.send(prepared, stream=True, timeout=(wire.left_s, wire.left_s), verify=True)
        try:
            content = body.read(response.raw, call.max_bytes)
        finally:
            if not response.raw.isclosed():  # a part was not read: the connection cannot be used again
                response.raw.close()
            response.raw.release_conn()
        return _reply(response, content)


def _prepared(request: Request) -> PreparedRequest:
    """By hand: `prepare` does much that a finished request does not need. Raises for a url that is none."""
    prepared = PreparedRequest()
    prepared.prepare_method(request.method)
    prepared.prepare_url(request.url, None)
    prepared.headers = CaseInsensitiveDict(request.headers)
    prepared.body = request.body
    if request.body is not None:
        prepared.headers["Content-Length"] = str(len(request.body))
    return prepared


def _reply(response: requests.Response, content: bytes) -> Replied:
    text = body.text_of(content)
    headers: Mapping[str, str] = response.headers
    wait = retry_after_s(headers.get("Retry-After"), datetime.now(UTC)) if "Retry-After" in headers else None
    status = response.status_code
    nothing_expected = not content and (status == 204 or (response.raw and response.request.method == "HEAD"))
    value, problem = (None, None) if nothing_expected else body.parse(text)
    return Replied(status, headers, text, value, problem, wait)


def _too_large(large: body.TooLarge, call: Call) -> Replied:
    text = body.text_of(large.beginning)
    problem = f"the answer is larger than {call.max_bytes:,} bytes: {body.quote(text)}"
    return Replied(200, text=text, problem=problem)


def _redirected(request: Request, reply: Replied) -> Request:
    """As browsers do; to another origin without anything that might be a credential."""
    url = urljoin(request.url, reply.headers["Location"])
    headers = request.headers
    if _origin(url) != _origin(request.url):
        headers = {name: value for name, value in headers.items() if name.lower() in _HARMLESS}
    if reply.status == 303 or (reply.status in (301, 302) and request.method == "POST"):
        return Request("GET", url, {name: value for name, value in headers.items() if name != "Content-Type"})
    return Request(request.method, url, headers, request.body)


def _origin(url: str) -> tuple[str, str | None, int | None]:
    parts = urlsplit(url)
    return parts.scheme, parts.hostname, parts.port or {"http": 80, "https": 443}.get(parts.scheme)


# -- what went wrong ---------------------------------------------------------------------------------


def _explain(error: Exception, wire: Wire, request: Request) -> Outcome:
    where = urlsplit(request.url).netloc or request.url
    causes = list(_causes(error))
    if wire.cut or _any(causes, requests.Timeout, urllib3.exceptions.TimeoutError, TimeoutError):
        return _timed_out(wire, where)
    if wire.sent:
        return _broken_off(causes, where)
    return _never_left(causes, error, where)


def _timed_out(wire: Wire, where: str) -> Outcome:
    if wire.sent:
        return NoReply(f"{where} did not answer in time", "timeout")
    return NotSent(f"{where} could not be reached in time", "connect")


def _broken_off(causes: list[BaseException], where: str) -> NoReply:
    if _any(causes, http.client.IncompleteRead, urllib3.exceptions.IncompleteRead):
        return NoReply(f"the answer of {where} broke off before its end", "truncated")
    if _any(causes, urllib3.exceptions.DecodeError):
        return NoReply(f"the answer of {where} could not be decompressed", "truncated")
    return NoReply(f"{where} closed the connection without a complete answer", "reset")


def _never_left(causes: list[BaseException], error: Exception, where: str) -> NotSent:
    for cause in causes:
        if isinstance(cause, EgressRefused):
            return NotSent(str(cause), "refused", permanent=True)
        if isinstance(cause, ConnectionRefusedError):
            return NotSent(f"connection refused by {where}: is the API running?", "connect")
        if _is_name_error(cause):
            return NotSent(f"the name in {where} cannot be looked up: is it spelled right?", "dns")
    if isinstance(error, (requests.exceptions.InvalidURL, requests.exceptions.MissingSchema, ValueError)):
        return NotSent(f"the url cannot be used: {error}", "invalid", permanent=True)
    return NotSent(f"{where} cannot be reached: {causes[-1]}", "connect")


def _is_name_error(cause: BaseException) -> bool:
    return isinstance(cause, socket.gaierror)


def _any(causes: list[BaseException], *kinds: Any) -> bool:
    return any(isinstance(cause, kinds) for cause in causes)


def _causes(error: BaseException | None) -> Any:
    """The error and what is behind it: requests and urllib3 wrap one in another."""
    seen: set[int] = set()
    while isinstance(error, BaseException) and id(error) not in seen:
        seen.add(id(error))
        yield error
        inner = [arg for arg in (*error.args, getattr(error, "reason", None)) if isinstance(arg, BaseException)]
        error = inner[0] if inner else error.__cause__ or error.__context__
