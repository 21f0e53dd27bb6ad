"""Test calls: an API that may not be saved yet is called once, for whoever writes it.

The same room sends it as a worker's calls, through the same egress guard; but it may not take long, and few are sent at
once, so that nobody waits for it but who asked.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from gevent.lock import BoundedSemaphore

from engine.call import BadArg, Call, Caller, Mask, Outcome, Replied, coerce
from engine.model import Api, ArgType, Event, Invalid, Problem
from engine.run import Clock, Judged, judge
from engine.script import BadSecret, opened, opened_text, sealed_default
from engine.store import Store
from engine.vault import SecretError

from .operator import Refused
from .subject import DEFINITIONS

LONGEST_S = 10.0
"""A call that may take longer is cut off here all the same: somebody sits and waits."""
AT_ONCE = 4
HARMLESS = frozenset({"GET", "HEAD", "OPTIONS"})
"""Methods whose calls change nothing."""


@dataclass(frozen=True, slots=True)
class Probed:
    """What was sent, and what came of it."""

    call: Call
    outcome: Outcome
    judged: Judged


class Prober:
    """Of one process."""

    def __init__(self, store: Store, caller: Caller, clock: Clock) -> None:
        self._store, self._caller, self._clock = store, caller, clock
        self._places = BoundedSemaphore(AT_ONCE)

    def send(self, api: Api, args: Mapping[str, Any], secret: Callable[[str], str], who: str) -> Probed:
        """`secret`: name → plain text; none is in what comes back.

        Raises `Invalid` for args that do not fit, `Refused` when too many calls are under way.
        """
        call = probe_call(api, args, secret)
        if not self._places.acquire(blocking=False):
            raise Refused(f"{AT_ONCE} test calls are under way just now: try again in a few seconds")
        try:
            outcome = self._caller.send(call)
        finally:
            self._places.release()
        probed = Probed(call.shown, outcome, judge(outcome, api))
        self._tell(api, probed, who)
        return probed

    def _tell(self, api: Api, probed: Probed, who: str) -> None:
        reply = probed.outcome
        came_of_it = reply.status if isinstance(reply, Replied) else reply.reason
        event = Event(
            id=f"{DEFINITIONS}/{secrets.token_hex(8)}", task=DEFINITIONS, seq=0, at=self._clock.now(), who=who,
            what="test call sent", where=f"api/{api.id}",
            after={"method": probed.call.method, "url": _origin_and_path(probed.call.url), "answer": came_of_it},
        )  # fmt: skip
        self._store.history.add_events([event])


def probe_call(api: Api, args: Mapping[str, Any], secret: Callable[[str], str]) -> Call:
    """With these args and the api's defaults. Raises `Invalid`: a path is `args.<name>` or `headers.<name>`."""
    values = {name: args.get(name, arg.val) for name, arg in api.args.items()}
    opener = _Opener(secret)
    found = {name: opener.arg(name, value, api.args[name].type) for name, value in values.items()}
    headers = {name: opener.header(name, text) for name, text in api.headers.items()}
    if opener.problems:
        raise Invalid(opener.problems)
    return Call(
        api.method, api.url, found, api.send, headers, min(api.timeout_s, LONGEST_S),
        follow_redirects=api.follow_redirects, repeatable=api.repeatable, mask=Mask(opener.carried),
    )  # fmt: skip


class _Opener:
    """Puts secrets in, and remembers which: they are hidden in all that is shown of the call."""

    def __init__(self, secret: Callable[[str], str]) -> None:
        self._secret = secret
        self.carried: dict[str, str] = {}
        self.problems: list[Problem] = []

    def arg(self, name: str, value: Any, type_: ArgType) -> Any:
        if value is None:
            self.problems.append(Problem(f"args.{name}", "it has no value: the call needs one"))
            return None
        try:
            return coerce(opened(sealed_default(value), self._known), type_)
        except BadArg:
            self.problems.append(Problem(f"args.{name}", f"the value is no {type_}"))
        except (BadSecret, SecretError) as error:
            self.problems.append(Problem(f"args.{name}", str(error)))
        return None

    def header(self, name: str, text: str) -> str:
        try:
            return opened_text(text, self._known)
        except (BadSecret, SecretError) as error:
            self.problems.append(Problem(f"headers.{name}", str(error)))
            return ""

    def _known(self, name: str) -> str:
        self.carried[name] = self._secret(name)
        return self.carried[name]


def _origin_and_path(url: str) -> str:
    """What is behind a question mark, or before an @, may be a credential."""
    bare = url.partition("?")[0]
    scheme, _, rest = bare.partition("://")
    host, slash, path = rest.partition("/")
    return f"{scheme}://{host.rpartition('@')[2]}{slash}{path}"
