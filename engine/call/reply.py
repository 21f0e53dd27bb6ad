"""From a response on the wire to what is said about it."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import urllib3

from .body import TooLarge, parse, quote, read, text_of
from .mask import NO_MASK, Mask
from .outcome import Replied
from .wait import retry_after_s

REDIRECTS = frozenset({301, 302, 303, 307, 308})


def read_reply(response: Any, max_bytes: int, mask: Mask = NO_MASK) -> Replied:
    """Reads the body of a `requests.Response`. Raises what the wire raises while the body arrives.

    Secrets are hidden before anything is quoted: half of one could not be found any more.
    """
    try:
        content = read(response.raw, max_bytes)
    except TooLarge as large:
        text = mask.beginning(text_of(large.beginning))
        return _reply(response, text, None, f"the answer is larger than {max_bytes:,} bytes: {quote(text)}")
    except urllib3.exceptions.DecodeError:
        encoding = mask.text(response.headers.get("Content-Encoding", ""))
        return _reply(response, "", None, f"the answer says it is {encoding} and cannot be decompressed")
    text = _without_secrets(text_of(content), mask) if mask else text_of(content)
    return _reply(response, text, *_meaning(response, text, mask))


def _without_secrets(text: str, mask: Mask) -> str:
    """JSON stays JSON. Escapes may hide a secret from a look at the text, so that JSON with any is written anew."""
    value, problem = parse(text)
    if problem:
        return mask.text(text)
    return json.dumps(mask.value(value), ensure_ascii=False) if "\\" in text or mask.finds(text) else text


def _meaning(response: Any, text: str, mask: Mask) -> tuple[Any, str | None]:
    """(value, problem)."""
    if not text and (response.status_code == 204 or response.request.method == "HEAD"):
        return None, None
    value, problem = parse(text)
    if problem and response.status_code in REDIRECTS and (there := response.headers.get("Location")):
        problem = f"the answer is a redirect to {quote(mask.text(there))}: let the api follow redirects"
    return value, problem


def _reply(response: Any, text: str, value: Any, problem: str | None) -> Replied:
    wait = response.headers.get("Retry-After")
    wait_s = None if wait is None else retry_after_s(wait, datetime.now(UTC))
    return Replied(response.status_code, response.headers, text, value, problem, wait_s)
