"""The oracle, asked by the engine's own caller: each fate is what it is called, and the log tells of it."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine.call import Call, Caller, NoReply, Outcome, Replied
from tests.fault.exchange import Exchange, Fate, read_exchanges
from tests.fault.oracle import Oracle

PATIENCE_S = {Fate.TIMEOUT: 0.3}


def ask(log: Path, fate: Fate, times: int = 1, **args: object) -> list[Outcome]:
    """Calls an oracle that has this fate alone, under one key."""
    args = {"task": "t", "at": "a/l", "round": 0, "of": ["n-1-7"], "polls": 0} | args
    caller = Caller(user_agent="stepline/w1")
    with Oracle(log, {fate: 1.0}, seed=5) as url:
        call = Call("POST", f"{url}/ask", args, timeout_s=PATIENCE_S.get(fate, 10), idempotency_key="t/a/l/0")
        outcomes = [caller.send(call) for _ in range(times)]
    caller.close()
    return outcomes


def logged(log: Path) -> Exchange:
    return read_exchanges(log)[-1]


@pytest.mark.parametrize("fate", [Fate.OK, Fate.SLOW, Fate.DRIP])
def test_a_good_fate_gives_the_nonce_and_its_log_says_from_what_by_whom_and_when(tmp_path: Path, fate: Fate) -> None:
    (outcome,) = ask(tmp_path / "log", fate)
    exchange = logged(tmp_path / "log")
    assert isinstance(outcome, Replied)
    assert outcome.value == {"ready": True, "nonce": exchange.nonce, "n": 1}
    assert (exchange.key, exchange.of, exchange.worker, exchange.succeeded) == ("t/a/l/0", ("n-1-7",), "w1", True)
    assert exchange.answered_at
    assert exchange.answered_at > exchange.asked_at


def test_one_key_has_one_nonce(tmp_path: Path) -> None:
    outcomes = ask(tmp_path / "log", Fate.OK, times=3)
    assert len({one.value["nonce"] for one in outcomes if isinstance(one, Replied)}) == 1


@pytest.mark.parametrize("fate", [Fate.ERROR, Fate.BUSY, Fate.GARBAGE, Fate.BOMB])
def test_a_refusal_is_a_complete_reply_without_a_value(tmp_path: Path, fate: Fate) -> None:
    (outcome,) = ask(tmp_path / "log", fate)
    assert isinstance(outcome, Replied)
    assert outcome.status >= 400 or outcome.problem
    assert logged(tmp_path / "log").was_put_off


@pytest.mark.parametrize(
    ("fate", "kind"),
    [
        (Fate.TIMEOUT, "timeout"),
        (Fate.RESET_BEFORE, "reset"),
        (Fate.RESET_AFTER, "reset"),
        (Fate.TRUNCATED, "truncated"),
    ],
)
def test_a_broken_answer_is_none_and_is_logged_as_unanswered(tmp_path: Path, fate: Fate, kind: str) -> None:
    (outcome,) = ask(tmp_path / "log", fate)
    assert isinstance(outcome, NoReply)
    assert outcome.kind == kind
    assert logged(tmp_path / "log").answered_at is None


def test_only_what_takes_effect_has_a_nonce(tmp_path: Path) -> None:
    ask(tmp_path / "before", Fate.RESET_BEFORE)
    ask(tmp_path / "after", Fate.RESET_AFTER)
    assert logged(tmp_path / "before").nonce is None
    assert logged(tmp_path / "after").nonce


def test_a_poll_is_not_ready_as_often_as_it_says(tmp_path: Path) -> None:
    outcomes = ask(tmp_path / "log", Fate.OK, times=3, polls=2)
    assert [one.value["ready"] for one in outcomes if isinstance(one, Replied)] == [False, False, True]
    assert [one.was_put_off for one in read_exchanges(tmp_path / "log")] == [True, True, False]
