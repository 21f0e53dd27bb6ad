"""When to try again, or never: a pure decision."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from engine.model import Api, ApiUse

DEFAULT_INTERVAL_S = 5.0
_LONGEST_S = 366 * 86_400.0


@dataclass(frozen=True, slots=True)
class Policy:
    """How patient a link is: what the link says, else what its api says."""

    interval_s: float = DEFAULT_INTERVAL_S
    max_attempts: int | None = None
    give_up_after_s: float | None = None
    backoff: float = 1.0
    max_interval_s: float | None = None
    jitter: float = 0.0


@dataclass(frozen=True, slots=True)
class TryAt:
    at: datetime


@dataclass(frozen=True, slots=True)
class GiveUp:
    reason: str


def policy_of(use: ApiUse, api: Api) -> Policy:
    """The link's word goes before the api's."""

    def said(field: str, otherwise: float | None) -> float | None:
        for source in (use, api):
            if (value := getattr(source, field)) is not None:
                return float(value)
        return otherwise

    attempts = said("max_attempts", None)
    return Policy(
        interval_s=said("interval", DEFAULT_INTERVAL_S) or 0.0,
        max_attempts=None if attempts is None else int(attempts),
        give_up_after_s=said("give_up_after_s", None),
        backoff=said("backoff", 1.0) or 1.0,
        max_interval_s=said("max_interval_s", None),
        jitter=said("jitter", 0.0) or 0.0,
    )


def wait_s(policy: Policy, tries: int, chance: float) -> float:
    """Seconds to wait after try number `tries` (from 1); `chance` is in [0, 1)."""
    ceiling = max(policy.max_interval_s or float("inf"), policy.interval_s)
    try:
        grown = policy.interval_s * policy.backoff ** (tries - 1)
    except OverflowError:
        grown = _LONGEST_S
    return min(grown, ceiling, max(_LONGEST_S, policy.interval_s)) * (1 + policy.jitter * chance)


def decide(
    policy: Policy, tries: int, since: datetime, now: datetime, retry_after_s: float | None, chance: float
) -> TryAt | GiveUp:
    """After try number `tries`, the first of which began at `since`.

    `Retry-After` can make a wait longer, never shorter.
    """
    if policy.max_attempts is not None and tries >= policy.max_attempts:
        return GiveUp(f"no more tries: {tries} of {policy.max_attempts} made")
    at = now + timedelta(seconds=min(max(wait_s(policy, tries, chance), retry_after_s or 0.0), _LONGEST_S))
    if policy.give_up_after_s is not None and (at - since).total_seconds() > policy.give_up_after_s:
        return GiveUp(f"given up: the next try would come more than {policy.give_up_after_s:g} s after the first")
    return TryAt(at)
