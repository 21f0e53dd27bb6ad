"""A call as a line for a shell, for people to try it by hand."""

from __future__ import annotations

import re
import shlex
from dataclasses import replace

from .call import Call, InvalidCall, Request, request_of

_CREDENTIAL = re.compile(r"auth|cookie|token|secret|password|credential|session|signature|(?<!idempotency-)key", re.I)
_NAMED_SECRET = re.compile(r"(?:[A-Za-z]{1,16} )?(?:\$\$SECRET\.[A-Za-z0-9_-]{1,64}|<secret [A-Za-z0-9_-]{1,64}>)")
"""`Bearer $$SECRET.token`, and how the call that carried it is kept."""
_CURLS_OWN = frozenset({"Accept-Encoding", "User-Agent"})


def render_curl(call: Call) -> str:
    """The call as a curl command; of headers that may hold a credential, only the name. For one that cannot be sent,
    a shell comment that says why."""
    try:
        request = request_of(call.shown, "")
    except InvalidCall as error:
        return f"# {' '.join(str(error).split())}"
    words = ["curl", *_method(request.method), "--compressed", "--max-time", f"{call.timeout_s:g}"]
    words += ["--location", "--max-redirs", "5"] if call.follow_redirects else []
    for name, value in request.headers.items():
        words += [] if name in _CURLS_OWN else ["--header", f"{name}: {shown_header(name, value)}"]
    words += [] if request.body is None else ["--data-raw", request.body.decode()]
    return shlex.join([*words, "--globoff", request.url])


def redacted_request(call: Call) -> Request:
    """What goes over the wire, for people: of headers that may hold a credential, only the name. Raises
    `InvalidCall`."""
    request = request_of(call.shown, "stepline")
    headers = {name: shown_header(name, value) for name, value in request.headers.items()}
    return replace(request, headers=headers)


def _method(method: str) -> list[str]:
    return ["--head"] if method == "HEAD" else ["--request", method]


def shown_header(name: str, value: str) -> str:
    """The value as people may see it; the name of a secret is none."""
    return "<redacted>" if holds_credential(name) and not _NAMED_SECRET.fullmatch(value) else value


def secret_instead(header: str, value: str) -> str:
    """What should stand in a header instead of a credential: `Bearer $$SECRET.authorization`."""
    scheme, space, _rest = value.partition(" ")
    name = re.sub(r"\W+", "_", header.strip().lower()).strip("_")
    return f"{scheme} $$SECRET.{name}" if space and scheme.isalpha() else f"$$SECRET.{name}"


def holds_credential(name: str) -> bool:
    """Whether a header of that name may hold one."""
    return bool(_CREDENTIAL.search(name))
