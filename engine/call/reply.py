"""From a response on the wire to what is said about it."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import urllib3

from .body import TooLarge, parse, quote, read, text_of
from .outcome import Replied
from .wait import retry_after_s

REDIRECTS = frozenset({301, 302, 303, 307, 308})


def read_reply(response: Any, max_bytes: int) -> Replied:
    """Reads the body of a `requests.Response`. Raises what the wire raises while the body arrives."""
    try:
        content = read(response.raw, max_bytes)
    except TooLarge as large:
        text = text_of(large.beginning)
        return _reply(response, text, None, f"the answer is larger than {max_bytes:,} bytes: {quote(text)}")
    except urllib3.exceptions.DecodeError:
        encoding = response.headers.get("Content-Encoding")
        return _reply(response, "", None, f"the answer says it is {encoding} and cannot be decompressed")
    text = text_of(content)
    return _reply(response, text, *_meaning(response, text))


def _meaning(response: Any, text: str) -> tuple[Any, str | None]:
    """(value, problem)."""
    if not text and (response.status_code == 204 or response.request.method == "HEAD"):
        return None, None
    value, problem = parse(text)
    if problem and response.status_code in REDIRECTS and (there := response.headers.get("Location")):
        problem = f"the answer is a redirect to {quote(there)}: let the api follow redirects"
    return value, problem


def _reply(response: Any, text: str, value: Any, problem: str | None) -> Replied:
    wait = response.headers.get("Retry-After")
    wait_s = None if wait is None else retry_after_s(wait, datetime.now(UTC))
    return Replied(response.status_code, response.headers, text, value, problem, wait_s)
