"""One HTTP call: its parts, where it may go, its limits, and what came of it. Decides nothing about trying again.

Imports the standard library, gevent, requests and urllib3; nothing of ours.
"""

from .args import BadArg, coerce
from .call import Call, InvalidCall, Request, request_of, without_credentials
from .caller import Caller
from .curl import redacted_request, render_curl, shown_header
from .egress import EgressPolicy
from .mask import NO_MASK, SHORTEST, Mask
from .outcome import NoReply, NotSent, Outcome, Replied
from .wait import retry_after_s

__all__ = [
    "NO_MASK",
    "SHORTEST",
    "BadArg",
    "Call",
    "Caller",
    "EgressPolicy",
    "InvalidCall",
    "Mask",
    "NoReply",
    "NotSent",
    "Outcome",
    "Replied",
    "Request",
    "coerce",
    "redacted_request",
    "render_curl",
    "request_of",
    "retry_after_s",
    "shown_header",
    "without_credentials",
]
