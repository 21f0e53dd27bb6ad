"""What went wrong on the wire, from the exceptions of three libraries to one outcome, in words for people."""

from __future__ import annotations

import http.client
import socket
import ssl
from collections.abc import Iterator
from urllib.parse import urlsplit

import requests
import urllib3

from .egress import EgressRefused
from .outcome import NoReply, NotSent
from .transport import Wire

TROUBLES = (
    requests.RequestException,
    urllib3.exceptions.HTTPError,
    http.client.HTTPException,
    OSError,
    ValueError,
)
"""All that the network or the data make the libraries raise."""


def explain(error: Exception, wire: Wire, url: str) -> NotSent | NoReply:
    where, behind = _where(url), list(causes(error))
    if wire.cut or _first(behind, requests.Timeout, urllib3.exceptions.TimeoutError, TimeoutError):
        return _timed_out(wire, where)
    return _broken_off(behind, wire, where) if wire.sent else _never_left(behind, where)


def causes(error: BaseException | None) -> Iterator[BaseException]:
    """The error and what is behind it: requests and urllib3 wrap one in another."""
    seen: set[int] = set()
    while isinstance(error, BaseException) and id(error) not in seen:
        seen.add(id(error))
        yield error
        inner = [arg for arg in (*error.args, getattr(error, "reason", None)) if isinstance(arg, BaseException)]
        error = inner[0] if inner else error.__cause__ or error.__context__


def _where(url: str) -> str:
    """Without user and password: this is shown and kept."""
    return urlsplit(url).netloc.rpartition("@")[2]


def _first(behind: list[BaseException], *kinds: type[BaseException]) -> BaseException | None:
    return next((cause for cause in behind if isinstance(cause, kinds)), None)


def _timed_out(wire: Wire, where: str) -> NotSent | NoReply:
    if wire.answering:
        return NoReply(f"the answer of {where} did not end within {wire.timeout_s:g} s", "timeout")
    if wire.sent:
        return NoReply(f"{where} did not answer within {wire.timeout_s:g} s", "timeout")
    return NotSent(f"{where} could not be reached within {wire.timeout_s:g} s", "connect")


def _broken_off(behind: list[BaseException], wire: Wire, where: str) -> NoReply:
    if wire.answering or _first(behind, http.client.IncompleteRead):
        return NoReply(f"the answer of {where} broke off before its end", "truncated")
    if _first(behind, http.client.HTTPException) and not _first(behind, ConnectionError):
        return NoReply(f"{where} answered, but not in HTTP", "garbled")
    return NoReply(f"{where} closed the connection without an answer", "reset")


def _never_left(behind: list[BaseException], where: str) -> NotSent:
    refused = _first(behind, EgressRefused)
    if refused:
        return NotSent(str(refused), "refused", permanent=True)
    if _first(behind, socket.gaierror):
        return NotSent(f"the name in {where} cannot be looked up: is it spelled right?", "dns")
    return _not_connected(behind, where)


def _not_connected(behind: list[BaseException], where: str) -> NotSent:
    if _first(behind, ConnectionRefusedError):
        return NotSent(f"connection refused by {where}: is the API running?", "connect")
    trouble = _first(behind, ssl.SSLError)
    if trouble:
        return NotSent(f"no TLS connection to {where}: {_said(trouble)}", "connect")
    if _first(behind, ValueError, http.client.InvalidURL):
        return NotSent(f"no request can be made to {where}: look at the parts of the url", "invalid", permanent=True)
    return NotSent(f"{where} cannot be reached: {_said(behind[-1])}", "connect")


def _said(error: BaseException) -> str:
    """An OSError's own words, without the url that requests puts beside them."""
    return getattr(error, "verify_message", "") or getattr(error, "strerror", None) or str(error)
