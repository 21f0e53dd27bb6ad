"""What an outcome comes to, before the condition is asked: a pure decision (R4, R9)."""

from __future__ import annotations

from dataclasses import dataclass, replace

from engine.call import NoReply, NotSent, Outcome, Replied
from engine.model import Api, Verdict

_QUOTED = 200


@dataclass(frozen=True, slots=True)
class Judged:
    """`text` is the answer as JSON text; `hopeless`: trying again cannot help."""

    verdict: Verdict
    message: str
    outcome: Outcome
    text: str = "null"
    retry_after_s: float | None = None
    hopeless: bool = False

    def but(self, verdict: Verdict, message: str, hopeless: bool = False) -> Judged:
        return replace(self, verdict=verdict, message=message, hopeless=hopeless)


def judge(outcome: Outcome, api: Api) -> Judged:
    """DONE here means: answered well; the condition has the last word."""
    if isinstance(outcome, NotSent):
        return Judged(Verdict.FAILED, outcome.reason, outcome, hopeless=outcome.permanent)
    if isinstance(outcome, NoReply):
        known = api.repeatable or api.on_unknown == "retry"
        return Judged(Verdict.FAILED if known else Verdict.UNKNOWN, outcome.reason, outcome)
    return _judge_reply(outcome)


def _judge_reply(reply: Replied) -> Judged:
    if reply.status >= 400:
        quote = f": {reply.text[:_QUOTED].strip()}" if reply.text.strip() else ""
        message = f"answered {reply.status}{quote}"
        return Judged(Verdict.FAILED, message, reply, retry_after_s=reply.retry_after_s)
    if reply.problem:
        return Judged(Verdict.FAILED, reply.problem, reply, retry_after_s=reply.retry_after_s)
    return Judged(Verdict.DONE, f"answered {reply.status}", reply, reply.text or "null", reply.retry_after_s)
