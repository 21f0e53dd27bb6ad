"""The options of a curl command, read one by one. What means nothing here is named in the notes."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

_JSON = "application/json"
_LONGEST_S = 3600.0


class BadCurl(ValueError):
    """No call can be read from the text; the message says why."""


@dataclass
class Asked:
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

    @property
    def has_body(self) -> bool:
        return bool(self.data or self.fields) and not self.in_query

    def header(self, name: str, value: str) -> None:
        """One that is there already goes on: its values are one list."""
        known = next((one for one in self.headers if one.lower() == name.lower()), name)
        self.headers[known] = f"{self.headers[known]}, {value}" if known in self.headers else value

    def said(self, name: str) -> str:
        return next((value for known, value in self.headers.items() if known.lower() == name.lower()), "")


def read_options(words: Iterator[str], asked: Asked) -> None:
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


def _short_options(letters: str, words: Iterator[str], asked: Asked) -> None:
    """`-sSL`, `-XPOST`, `-H name:value`: behind the first that takes a value, the rest of the word is it."""
    for at, letter in enumerate(letters):
        name, rest = _SHORT.get(letter, f"-{letter}"), letters[at + 1 :]
        if name in _VALUES or name in _PASSED_OVER:
            _option(name, iter([rest]) if rest else words, asked)
            return
        _option(name, words, asked)


def _option(name: str, words: Iterator[str], asked: Asked) -> None:
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


def _set_method(asked: Asked, value: str) -> None:
    asked.method = value.strip().upper()


def _add_header(asked: Asked, line: str) -> None:
    name, colon, value = line.partition(":")
    name = name.strip()
    if not colon and name.endswith(";"):
        asked.header(name[:-1], "")
    elif not colon:
        asked.notes.append(f"this is no header and is left out: {line[:60]}")
    elif value.strip():
        asked.header(name, value.strip())


def _add_data(asked: Asked, value: str) -> None:
    if value.startswith("@"):
        asked.notes.append(f"the body is in the file {value[1:61]}: put its fields among the args by hand")
    else:
        asked.data.append(value)


def _add_encoded(asked: Asked, value: str) -> None:
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


def _add_json(asked: Asked, value: str) -> None:
    _add_data(asked, value)
    for name in ("Content-Type", "Accept"):
        if not asked.said(name):
            asked.header(name, _JSON)


def _add_field(asked: Asked, value: str) -> None:
    name, _, text = value.partition("=")
    if text.startswith(("@", "<")):
        asked.notes.append(f"the file of the form's field {name} cannot be sent: calls carry no files")
    else:
        asked.fields.append((name, text))


def set_user(asked: Asked, value: str) -> None:
    pair = value if ":" in value else f"{value}:"
    asked.header("Authorization", f"Basic {b64encode(pair.encode(errors='replace')).decode()}")


def _add_cookie(asked: Asked, value: str) -> None:
    if "=" in value:
        asked.header("Cookie", value)
    else:
        asked.notes.append(f"the cookies of the file {value[:60]} are left out: Stepline keeps no cookies")


def _set_time(asked: Asked, value: str) -> None:
    try:
        seconds = float(value)
    except ValueError:
        asked.notes.append(f"--max-time {value[:20]} is no number of seconds")
        return
    if 0 < seconds <= _LONGEST_S:
        asked.timeout_s = seconds
    else:
        asked.notes.append(f"--max-time {value[:20]} is left out: a call may take up to an hour")


def _note_insecure(asked: Asked) -> None:
    asked.notes.append("--insecure is left out: certificates are always checked")


def _flag(name: str) -> Callable[[Asked], None]:
    return lambda asked: setattr(asked, name, True)


_NO_RETRY = "how often a call is tried is said under its retries"
_NO_FILE = "calls carry no files"
_NO_PROXY = "calls go straight to their host"
_NO_KEYS = "calls bring no certificate of their own"

_VALUES: dict[str, Callable[[Asked, str], None]] = {
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
    "user": set_user,
    "oauth2-bearer": lambda asked, value: asked.header("Authorization", f"Bearer {value}"),
    "user-agent": lambda asked, value: asked.header("User-Agent", value),
    "referer": lambda asked, value: asked.header("Referer", value),
    "cookie": _add_cookie,
    "max-time": _set_time,
    "url": lambda asked, value: asked.urls.append(value),
    "url-query": lambda asked, value: asked.query.append(value),
}
_FLAGS: dict[str, Callable[[Asked], None]] = {
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
