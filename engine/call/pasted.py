"""A curl command as somebody pasted it, taken apart: the way back from `curl.py`. Pure.

What cannot be taken over is never dropped in silence: it stands in `notes`, in words for whoever pasted it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl, unquote, unquote_plus, urlsplit

from .body import decode
from .call import OURS, WITHOUT_BODY, Send, without_credentials
from .curl import holds_credential, secret_instead
from .curl_options import Asked, BadCurl, read_options, set_user
from .shell_words import BadQuoting, shell_words

_FORM, _JSON = "application/x-www-form-urlencoded", "application/json"
_TYPES = {"json": _JSON, "form": _FORM}
_METHODS = frozenset({"GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"})


@dataclass(frozen=True, slots=True)
class PastedCall:
    """What the command asks for. An arg's value is text, or any JSON where the body was some."""

    method: str
    url: str
    args: dict[str, Any]
    send: Send | None
    """None where it is what the method's calls do anyway."""
    headers: dict[str, str]
    timeout_s: float | None
    follow_redirects: bool
    notes: tuple[str, ...]


def read_curl(text: str) -> PastedCall:
    """Raises `BadCurl`."""
    asked = Asked()
    try:
        words, behind = shell_words(text.strip().removeprefix("$ "))
    except BadQuoting as error:
        raise BadCurl(str(error)) from None
    if not words or words[0].rpartition("/")[2].removesuffix(".exe") != "curl":
        raise BadCurl(f"this does not begin with curl: {words[0][:40]!r}" if words else "there is nothing to read")
    if behind:
        asked.notes.append(f"what stands behind the command is left out: {behind[:60]}")
    read_options(iter(words[1:]), asked)
    return _call(asked)


# -- what was asked → a call -------------------------------------------------------------------------


def _call(asked: Asked) -> PastedCall:
    url, found = _url(asked)
    method, data = _method(asked), "&".join(asked.data)
    query = [*found, *asked.query]
    if asked.in_query:
        query += asked.data
    send: Send = "query"
    if asked.has_body:
        send, args = _body(asked, data)
        url = f"{url}?{'&'.join(query)}" if query else url
    else:
        args = _pairs("&".join(query), asked.notes)
    usual = "query" if method in WITHOUT_BODY else "json"
    headers = dict(_headers(asked, send if asked.has_body else None))
    notes = [*asked.notes, *_credentials(headers)]
    return PastedCall(
        method, url, args, None if send == usual else send, headers, asked.timeout_s, asked.follow, tuple(notes)
    )


def _method(asked: Asked) -> str:
    method = asked.method or ("HEAD" if asked.head else "POST" if asked.has_body else "GET")
    if method not in _METHODS:
        raise BadCurl(f"the method {method[:20]} cannot be called: use {', '.join(sorted(_METHODS))}")
    return method


def _url(asked: Asked) -> tuple[str, list[str]]:
    """Without its query and its credentials; the query's parts."""
    if not asked.urls:
        raise BadCurl("there is no url in it")
    url, *more = asked.urls
    asked.notes += [f"only the first url is taken, not {other[:60]}" for other in more]
    if "://" not in url:
        url = f"http://{url}"
        asked.notes.append(f"the url says neither http nor https: taken as {url[:60]}")
    try:
        parts = urlsplit(url)
        user, password = parts.username, parts.password
    except ValueError:
        raise BadCurl(f"this is no url: {url[:60]!r}") from None
    if user is not None:
        set_user(asked, f"{unquote(user)}:{unquote(password or '')}")
    bare = without_credentials(parts._replace(query="", fragment="").geturl())
    return bare, [parts.query] if parts.query else []


def _body(asked: Asked, data: str) -> tuple[Send, dict[str, Any]]:
    kind = asked.said("Content-Type").partition(";")[0].strip().lower()
    if asked.fields:
        asked.notes.append("the form is sent url-encoded: multipart forms are not known here")
        return "form", _listed(asked.fields)
    if kind.endswith("json") or (not kind and _is_object(data)):
        return "json", _json_args(asked, data)
    if kind in ("", _FORM) and (not data or "=" in data):
        return "form", _pairs(data, asked.notes)
    what = f"a body of the type {kind}" if kind else "a body that is neither JSON nor a form"
    asked.notes.append(f"{what} cannot be sent, args go as JSON or as a form: {data[:60]}")
    return "json", {}


def _is_object(data: str) -> bool:
    try:
        return isinstance(decode(data), dict)
    except (ValueError, RecursionError):
        return False


def _json_args(asked: Asked, data: str) -> dict[str, Any]:
    try:
        value = decode(data)
    except (ValueError, RecursionError) as error:
        asked.notes.append(f"the body is no JSON ({error}): put its fields among the args by hand")
        return {}
    if not isinstance(value, dict):
        asked.notes.append(f"the body is no JSON object, and args always make one: {data[:60]}")
        return {}
    return value


def _pairs(text: str, notes: list[str]) -> dict[str, Any]:
    try:
        pairs = parse_qsl(text, keep_blank_values=True)
    except ValueError as error:
        notes.append(f"the parameters cannot be read: {error}")
        return {}
    bare = [unquote_plus(part) for part in text.split("&") if part and "=" not in part]
    notes.extend(f"the parameter {name[:40]} has no value: it is sent as {name[:40]}=" for name in bare)
    return _listed(pairs)


def _listed(pairs: Iterable[tuple[str, str]]) -> dict[str, Any]:
    """A name that comes several times has a list."""
    pairs = list(pairs)
    times = Counter(name for name, _ in pairs)
    found: dict[str, Any] = {name: [] for name, count in times.items() if count > 1}
    for name, value in pairs:
        if times[name] > 1:
            found[name].append(value)
        else:
            found[name] = value
    return {name: found[name] for name, _ in pairs}


def _headers(asked: Asked, send: Send | None) -> Iterator[tuple[str, str]]:
    """Those that are to be said; what Stepline says by itself is not."""
    for name, value in asked.headers.items():
        low = name.lower()
        if low in OURS or low == "accept-encoding":
            if low != "content-length":
                asked.notes.append(f"the header {name} is set by Stepline and is left out")
        elif not _goes_without_saying(low, value, send):
            yield name, value


def _goes_without_saying(name: str, value: str, send: Send | None) -> bool:
    if name == "accept":
        return value.strip() in (_JSON, "*/*")
    return name == "content-type" and (not send or value.lower().partition(";")[0].strip() == _TYPES.get(send))


def _credentials(headers: dict[str, str]) -> Iterator[str]:
    for name, value in headers.items():
        if holds_credential(name) and value and "$$SECRET" not in value:
            instead = secret_instead(name, value)
            yield f"the header {name} holds a credential: keep it as a secret and write {instead} instead"
