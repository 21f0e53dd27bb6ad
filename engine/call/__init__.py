"""One HTTP call: its parts, where it may go, its limits, and what came of it. Decides nothing about trying again.

Imports the standard library, gevent, requests and urllib3; nothing of ours.
"""

from .args import BadArg, coerce
from .call import Call, InvalidCall, Request, header_fault, request_of, url_fault, without_credentials
from .caller import Caller
from .curl import holds_credential, redacted_request, render_curl, secret_instead, shown_header
from .curl_options import BadCurl
from .egress import EgressPolicy
from .mask import NO_MASK, SHORTEST, Mask
from .outcome import NoReply, NotSent, Outcome, Replied
from .pasted import PastedCall, read_curl
from .wait import retry_after_s

__all__ = [
    "NO_MASK",
    "SHORTEST",
    "BadArg",
    "BadCurl",
    "Call",
    "Caller",
    "EgressPolicy",
    "InvalidCall",
    "Mask",
    "NoReply",
    "NotSent",
    "Outcome",
    "PastedCall",
    "Replied",
    "Request",
    "coerce",
    "header_fault",
    "holds_credential",
    "read_curl",
    "redacted_request",
    "render_curl",
    "request_of",
    "retry_after_s",
    "secret_instead",
    "shown_header",
    "url_fault",
    "without_credentials",
]
