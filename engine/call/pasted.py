"""A curl command as somebody pasted it, taken apart: the way back from `curl.py`. Pure.

What cannot be taken over is never dropped in silence: it stands in `notes`, in words for whoever pasted it.
"""

from __future__ import annotations

from base64 import b64encode
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, unquote, unquote_plus, urlsplit

from .body import decode
from .call import OURS, WITHOUT_BODY, Send, without_credentials
from .curl import holds_credential
from .shell_words import BadQuoting, shell_words

_FORM, _JSON = "application/x-www-form-urlencoded", "application/json"
_LONGEST_S = 3600.0
_METHODS = frozenset({"GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"})


class BadCurl(ValueError):
    """No call can be read from the text; the message says why."""


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


@dataclass
class _Asked:
    """What the options have said so far."""

    method: str = ""
    urls: list[str] = field(default_factory=list)
    headers: dict[str, str] = field(default_factory=dict)
    data: list[str] = field(default_factory=list)
    fields: list[tuple[str, str]] = field(default_factory=list)
    """Of `--form`."""
    query: list[str] = field(default_factory=list)
    timeout_s: float | None = None
    in_query: bool = False
    head: bool = False
    follow: bool = False
    notes: list[str] = field(default_factory=list)

    def header(self, name: str, value: str) -> None:
        """One that is there already goes on: its values are one list."""
        known = next((one for one in self.headers if one.lower() == name.lower()), name)
        self.headers[known] = f"{self.headers[known]}, {value}" if known in self.headers else value

    def said(self, name: str) -> str:
        return next((value for known, value in self.headers.items() if known.lower() == name.lower()), "")


def read_curl(text: str) -> PastedCall:
    """Raises `BadCurl`."""
    asked = _Asked()
    try:
        words, behind = shell_words(text.strip().removeprefix("$ "))
    except BadQuoting as error:
        raise BadCurl(str(error)) from None
    if not words or words[0].rpartition("/")[2].removesuffix(".exe") != "curl":
        raise BadCurl(f"this does not begin with curl: {words[0][:40]!r}" if words else "there is nothing to read")
    if behind:
        asked.notes.append(f"what stands behind the command is left out: {behind[:60]}")
    _read_options(iter(words[1:]), asked)
    return _call(asked)


# -- options -----------------------------------------------------------------------------------------


def _read_options(words: Iterator[str], asked: _Asked) -> None:
    for word in words:
        if word == "--":
            asked.urls += words
        elif word.startswith("--"):
            name, equals, value = word[2:].partition("=")
            _option(name, iter([value]) if equals else words, asked)
        elif word.startswith("-") and len(word) > 1:
            _short_options(word[1:], words, asked)
        else:
            asked.urls.append(word)


def _short_options(letters: str, words: Iterator[str], asked: _Asked) -> None:
    """`-sSL`, `-XPOST`, `-H name:value`: behind the first that takes a value, the rest of the word is it."""
    for at, letter in enumerate(letters):
        name, rest = _SHORT.get(letter, f"-{letter}"), letters[at + 1 :]
        if name in _VALUES or name in _PASSED_OVER:
            _option(name, iter([rest]) if rest else words, asked)
            return
        _option(name, words, asked)


def _option(name: str, words: Iterator[str], asked: _Asked) -> None:
    if name in _VALUES or name in _PASSED_OVER:
        value = next(words, None)
        if value is None:
            raise BadCurl(f"the option {_shown(name)} lacks its value at the end of the command")
        if name in _VALUES:
            _VALUES[name](asked, value)
        elif why := _PASSED_OVER[name]:
            asked.notes.append(f"{_shown(name)} {value[:60]} is left out: {why}")
    elif name in _FLAGS:
        _FLAGS[name](asked)
    elif name not in _ABOUT_OUTPUT:
        asked.notes.append(f"the option {_shown(name)} is not known here and is left out")


def _shown(name: str) -> str:
    return name if name.startswith("-") else f"--{name}"


def _set_method(asked: _Asked, value: str) -> None:
    asked.method = value.strip().upper()


def _add_header(asked: _Asked, line: str) -> None:
    name, colon, value = line.partition(":")
    name = name.strip()
    if not colon and name.endswith(";"):
        asked.header(name[:-1], "")
    elif not colon:
        asked.notes.append(f"this is no header and is left out: {line[:60]}")
    elif value.strip():
        asked.header(name, value.strip())


def _add_data(asked: _Asked, value: str) -> None:
    if value.startswith("@"):
        asked.notes.append(f"the body is in the file {value[1:61]}: put its fields among the args by hand")
    else:
        asked.data.append(value)


def _add_encoded(asked: _Asked, value: str) -> None:
    """`name=text`, or `=text` and `text`, which have no name."""
    name, equals, text = value.partition("=")
    if "@" in (name if equals else value):
        asked.notes.append(f"the text of {value[:60]} is in a file: put it among the args by hand")
    elif name and equals:
        asked.data.append(f"{name}={_quoted(text)}")
    else:
        asked.data.append(_quoted(text if equals else value))


def _quoted(text: str) -> str:
    """As much as has to be for `parse_qsl` to give it back."""
    return text.replace("%", "%25").replace("&", "%26").replace("+", "%2B").replace("=", "%3D")


def _add_json(asked: _Asked, value: str) -> None:
    _add_data(asked, value)
    for name in ("Content-Type", "Accept"):
        if not asked.said(name):
            asked.header(name, _JSON)


def _add_field(asked: _Asked, value: str) -> None:
    name, _, text = value.partition("=")
    if text.startswith(("@", "<")):
        asked.notes.append(f"the file of the form's field {name} cannot be sent: calls carry no files")
    else:
        asked.fields.append((name, text))


def _set_user(asked: _Asked, value: str) -> None:
    pair = value if ":" in value else f"{value}:"
    asked.header("Authorization", f"Basic {b64encode(pair.encode(errors='replace')).decode()}")


def _add_cookie(asked: _Asked, value: str) -> None:
    if "=" in value:
        asked.header("Cookie", value)
    else:
        asked.notes.append(f"the cookies of the file {value[:60]} are left out: Stepline keeps no cookies")


def _set_time(asked: _Asked, value: str) -> None:
    try:
        seconds = float(value)
    except ValueError:
        asked.notes.append(f"--max-time {value[:20]} is no number of seconds")
        return
    if 0 < seconds <= _LONGEST_S:
        asked.timeout_s = seconds
    else:
        asked.notes.append(f"--max-time {value[:20]} is left out: a call may take up to an hour")


def _note_insecure(asked: _Asked) -> None:
    asked.notes.append("--insecure is left out: certificates are always checked")


def _flag(name: str) -> Callable[[_Asked], None]:
    return lambda asked: setattr(asked, name, True)


_NO_RETRY = "how often a call is tried is said under its retries"
_NO_FILE = "calls carry no files"
_NO_PROXY = "calls go straight to their host"
_NO_KEYS = "calls bring no certificate of their own"

_VALUES: dict[str, Callable[[_Asked, str], None]] = {
    "request": _set_method,
    "header": _add_header,
    "data": _add_data,
    "data-ascii": _add_data,
    "data-binary": _add_data,
    "data-raw": lambda asked, value: asked.data.append(value),
    "data-urlencode": _add_encoded,
    "json": _add_json,
    "form": _add_field,
    "form-string": lambda asked, value: asked.fields.append((value.partition("=")[0], value.partition("=")[2])),
    "user": _set_user,
    "oauth2-bearer": lambda asked, value: asked.header("Authorization", f"Bearer {value}"),
    "user-agent": lambda asked, value: asked.header("User-Agent", value),
    "referer": lambda asked, value: asked.header("Referer", value),
    "cookie": _add_cookie,
    "max-time": _set_time,
    "url": lambda asked, value: asked.urls.append(value),
    "url-query": lambda asked, value: asked.query.append(value),
}
_FLAGS: dict[str, Callable[[_Asked], None]] = {
    "get": _flag("in_query"),
    "head": _flag("head"),
    "location": _flag("follow"),
    "location-trusted": _flag("follow"),
    "insecure": _note_insecure,
}
_PASSED_OVER = {
    "output": "", "write-out": "", "cookie-jar": "", "max-redirs": "", "stderr": "", "trace": "", "dump-header": "",
    "connect-timeout": "the time limit is for the whole call", "upload-file": _NO_FILE, "config": _NO_FILE,
    "retry": _NO_RETRY, "retry-delay": _NO_RETRY, "retry-max-time": _NO_RETRY,
    "proxy": _NO_PROXY, "noproxy": _NO_PROXY, "resolve": _NO_PROXY, "connect-to": _NO_PROXY, "interface": _NO_PROXY,
    "unix-socket": _NO_PROXY, "proxy-user": _NO_PROXY, "socks5": _NO_PROXY, "dns-servers": _NO_PROXY,
    "cert": _NO_KEYS, "key": _NO_KEYS, "cacert": _NO_KEYS, "capath": _NO_KEYS, "pass": _NO_KEYS, "ciphers": _NO_KEYS,
    "range": "the answer is read whole", "limit-rate": "it has no meaning here", "time-cond": "it has no meaning here",
    "aws-sigv4": "requests are not signed", "netrc-file": _NO_FILE,
}  # fmt: skip
"""Options with a value, and why they mean nothing here; empty for what is only about curl's own output."""
_ABOUT_OUTPUT = frozenset({
    "silent", "show-error", "verbose", "include", "fail", "fail-with-body", "fail-early", "globoff", "compressed",
    "progress-bar", "no-buffer", "remote-name", "http1.1", "http1.0", "http2", "http2-prior-knowledge", "http3", "ipv4",
    "ipv6", "no-progress-meter", "tlsv1.2", "tlsv1.3", "tcp-nodelay", "no-keepalive", "parallel", "styled-output",
    "remote-header-name", "create-dirs", "path-as-is", "ssl-reqd",
})  # fmt: skip
_SHORT = {
    "X": "request", "H": "header", "d": "data", "F": "form", "u": "user", "A": "user-agent", "e": "referer",
    "b": "cookie", "m": "max-time", "G": "get", "I": "head", "L": "location", "k": "insecure", "s": "silent",
    "S": "show-error", "v": "verbose", "i": "include", "f": "fail", "g": "globoff", "#": "progress-bar",
    "N": "no-buffer", "O": "remote-name", "J": "remote-header-name", "o": "output", "w": "write-out",
    "c": "cookie-jar", "D": "dump-header", "x": "proxy", "U": "proxy-user", "T": "upload-file", "K": "config",
    "E": "cert", "r": "range", "z": "time-cond", "0": "http1.0", "4": "ipv4", "6": "ipv6", "Z": "parallel",
}  # fmt: skip


# -- what was asked → a call -------------------------------------------------------------------------


def _call(asked: _Asked) -> PastedCall:
    url, found = _url(asked)
    method, data = _method(asked), "&".join(asked.data)
    has_body = bool(asked.data or asked.fields) and not asked.in_query
    query = [*found, *(part for part in asked.query)]
    if asked.in_query:
        query += asked.data
    send: Send = "query"
    if has_body:
        send, args = _body(asked, data)
        url = f"{url}?{'&'.join(query)}" if query else url
    else:
        args = _pairs("&".join(query), asked.notes)
    usual = "query" if method in WITHOUT_BODY else "json"
    headers = dict(_headers(asked, send if has_body else None))
    notes = [*asked.notes, *_credentials(headers)]
    return PastedCall(
        method, url, args, None if send == usual else send, headers, asked.timeout_s, asked.follow, tuple(notes)
    )


def _method(asked: _Asked) -> str:
    method = asked.method or ("HEAD" if asked.head else "POST" if _sends(asked) else "GET")
    if method not in _METHODS:
        raise BadCurl(f"the method {method[:20]} cannot be called: use {', '.join(sorted(_METHODS))}")
    return method


def _sends(asked: _Asked) -> bool:
    return bool(asked.data or asked.fields) and not asked.in_query


def _url(asked: _Asked) -> tuple[str, list[str]]:
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
        _set_user(asked, f"{unquote(user)}:{unquote(password or '')}")
    bare = without_credentials(parts._replace(query="", fragment="").geturl())
    return bare, [parts.query] if parts.query else []


def _body(asked: _Asked, data: str) -> tuple[Send, dict[str, Any]]:
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


def _json_args(asked: _Asked, data: str) -> dict[str, Any]:
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


def _headers(asked: _Asked, send: Send | None) -> Iterator[tuple[str, str]]:
    """Those that are to be said; what Stepline says by itself is not."""
    implied = {"json": _JSON, "form": _FORM}.get(send or "", "")
    for name, value in asked.headers.items():
        low = name.lower()
        if low in OURS or low == "accept-encoding":
            if low != "content-length":
                asked.notes.append(f"the header {name} is set by Stepline and is left out")
        elif low == "content-type" and (not send or value.lower().partition(";")[0].strip() == implied):
            continue
        elif low == "accept" and value.strip() in (_JSON, "*/*"):
            continue
        else:
            yield name, value


def _credentials(headers: dict[str, str]) -> Iterator[str]:
    for name, value in headers.items():
        if holds_credential(name) and value and not value.startswith("$$SECRET."):
            secret = "".join(letter if letter.isalnum() else "_" for letter in name.lower())
            yield f"the header {name} holds a credential: keep it as a secret and write $$SECRET.{secret} instead"
