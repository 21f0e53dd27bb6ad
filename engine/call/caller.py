"""Sends calls and says what came of each. Never raises for anything that the network or the data do."""

from __future__ import annotations

import time
from dataclasses import replace

import requests
from requests.models import PreparedRequest
from requests.structures import CaseInsensitiveDict

from .call import Call, InvalidCall, Request, request_of
from .egress import EgressPolicy
from .mask import Mask
from .outcome import NoReply, NotSent, Outcome, Replied
from .redirect import redirected
from .reply import REDIRECTS, read_reply
from .transport import Adapter, Wire, on_the_wire
from .trouble import TROUBLES, causes, explain

_HOPS = 5


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
        except InvalidCall as error:
            return _masked(NotSent(str(error), "invalid", permanent=True), call.mask)
        with on_the_wire(call.timeout_s) as wire:
            outcome = self._ask(request, call, wire)
        return replace(_masked(outcome, call.mask), duration_s=time.monotonic() - began)

    def _ask(self, request: Request, call: Call, wire: Wire, hops: int = _HOPS) -> Outcome:
        outcome = self._try(request, call, wire)
        if not isinstance(outcome, Replied) or not call.follow_redirects or not _leads_on(outcome):
            return outcome
        if not hops:
            return replace(outcome, value=None, problem=f"the answer is a redirect, the {_HOPS + 1}th in a row")
        try:
            onward = redirected(request, outcome)
        except ValueError:
            return replace(outcome, value=None, problem="the answer is a redirect to what is no url")
        return _behind_redirect(self._ask(onward, call, wire, hops - 1), call)

    def _try(self, request: Request, call: Call, wire: Wire) -> Outcome:
        """A connection that was kept alive may have been closed meanwhile: what may be repeated is sent once more."""
        try:
            return self._exchange(request, wire, call)
        except TROUBLES as error:
            if call.may_repeat and _was_stale(error, wire):
                wire.wants_new = True
                return self._try(request, call, wire)
            return explain(error, wire, request.url)

    def _exchange(self, request: Request, wire: Wire, call: Call) -> Replied:
        wire.begin()
        prepared = _prepared(request)
        adapter = self._session.get_adapter(request.url)
        response = adapter.send(prepared, stream=True, timeout=(wire.left_s, wire.left_s), verify=True)
        wire.answering = True
        try:
            reply = read_reply(response, call.max_bytes, call.mask)
            wire.check()  # a stream that the deadline ended looks like one that ended by itself
        finally:
            _let_go(response, wire)
        return reply


def _masked(outcome: Outcome, mask: Mask) -> Outcome:
    """The last look: what was read of an answer is without secrets already, and its headers led on as they were."""
    if not mask:
        return outcome
    if isinstance(outcome, Replied):
        return replace(outcome, headers=CaseInsensitiveDict(mask.value(dict(outcome.headers))))
    return replace(outcome, reason=mask.text(outcome.reason))


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


def _let_go(response: requests.Response, wire: Wire) -> None:
    """The connection may be another call's from here on."""
    wire.hold(None)
    if wire.cut or not response.raw.isclosed():  # what was not read would be taken for the next answer
        response.raw.close()
    response.raw.release_conn()


def _was_stale(error: Exception, wire: Wire) -> bool:
    return wire.reused and not wire.answering and any(isinstance(cause, ConnectionError) for cause in causes(error))


def _leads_on(reply: Replied) -> bool:
    return reply.status in REDIRECTS and bool(reply.headers.get("Location"))


def _behind_redirect(outcome: Outcome, call: Call) -> Outcome:
    """The call itself was sent, and answered by a redirect, whatever became of it behind that."""
    if isinstance(outcome, NotSent) and not call.may_repeat:
        return NoReply(f"the answer was a redirect, and behind it: {outcome.reason}", "redirect")
    return outcome
