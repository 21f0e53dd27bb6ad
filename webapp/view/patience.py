"""How patiently an API is called, told in a sentence that follows the fields of its form. Pure."""

from __future__ import annotations

from datetime import UTC, datetime

from flask_babel import gettext as _
from flask_babel import ngettext

from engine.run import GiveUp, Policy, decide, wait_s

from .moment import MINUTE_S, duration_text, short_time_text

_SHOWN = 5
_COUNTED = 2_000
_ANY_TIME = datetime(2000, 1, 1, tzinfo=UTC)


def retry_sentence(policy: Policy) -> str:
    """`Tried again every 5 s, doubling to 5 m, for 2 d.`"""
    if policy.max_attempts == 1:
        return _("Tried once: the first failure counts.")
    return _("Tried again %(pace)s, %(end)s.", pace=_pace(policy), end=_end(policy))


def first_waits(policy: Policy) -> tuple[str, ...]:
    """How long the first few waits are, chance left out; nothing when all are alike."""
    if policy.backoff <= 1:
        return ()
    most = _SHOWN if policy.max_attempts is None else min(_SHOWN, policy.max_attempts - 1)
    return tuple(_time(wait_s(policy, tries, 0.0)) for tries in range(1, most + 1))


def tries_text(policy: Policy) -> str:
    """How many tries there are when none succeeds; empty for without end."""
    if policy.max_attempts is None and policy.give_up_after_s is None:
        return ""
    tries = _tries(policy)
    if tries is None:
        return _("more than %(count)s tries in all", count=f"{_COUNTED:,}")
    return ngettext("%(num)d try in all", "%(num)d tries in all", tries)


def _pace(policy: Policy) -> str:
    wait, longest = _time(policy.interval_s), policy.max_interval_s
    grows = policy.backoff > 1 and (longest is None or longest > policy.interval_s)
    if not policy.interval_s:
        pace = _("at once")
    elif not grows:
        pace = _("every %(wait)s", wait=wait)
    elif longest is not None:
        pace = _growing_to(policy.backoff, wait, _time(longest))
    elif policy.backoff == 2:
        pace = _("every %(wait)s, doubling each time", wait=wait)
    else:
        pace = _("every %(wait)s, each wait %(factor)s times the one before", wait=wait, factor=f"{policy.backoff:g}")
    if not policy.jitter or not policy.interval_s:
        return pace
    return _("%(pace)s (up to %(share)s %% more by chance)", pace=pace, share=f"{policy.jitter * 100:.3g}")


def _growing_to(factor: float, wait: str, longest: str) -> str:
    if factor == 2:
        return _("every %(wait)s, doubling to %(longest)s", wait=wait, longest=longest)
    said = {"wait": wait, "factor": f"{factor:g}", "longest": longest}
    return _("every %(wait)s, each wait %(factor)s times the one before, to %(longest)s", **said)


def _end(policy: Policy) -> str:
    time = _time(policy.give_up_after_s) if policy.give_up_after_s is not None else ""
    most = policy.max_attempts
    if most is not None and time:
        return _("for %(time)s or %(most)s tries, whichever comes first", time=time, most=f"{most:,}")
    if most is not None:
        return _("until %(most)s tries are made", most=f"{most:,}")
    return _("for %(time)s", time=time) if time else _("without end")


def _tries(policy: Policy) -> int | None:
    """None when there are very many."""
    now = _ANY_TIME
    for tries in range(1, _COUNTED + 1):
        decision = decide(policy, tries, _ANY_TIME, now, None, 0.0)
        if isinstance(decision, GiveUp):
            return tries
        now = decision.at
    return None


def _time(seconds: float) -> str:
    return short_time_text(seconds) if seconds < MINUTE_S and seconds % 1 else duration_text(seconds)
