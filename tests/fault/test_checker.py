"""The checker is put to the test: a history in which all is well, and for each rule one in which something is not."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from engine.model import Attempt, LinkState, LinkStatus, Round, StepInfo, StepStatus, Task, TaskStatus, Verdict
from tests.fault.checker import (
    RULES,
    TAKEN_FOR_LOST_S,
    History,
    Resolution,
    a_silent_worker_is_taken_for_lost,
    check,
    nothing_is_repeated,
    repeats,
)
from tests.fault.diary import Commit, Enlisting, Pause
from tests.fault.exchange import Exchange, Fate
from tests.fault.flows import mixed

FLOW = mixed()
NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
ORDER = ("a/l", "b/first", "b/later", "c/l", "d/l", "e/l", "f/l", "g/l", "h/l")
CALLS = [(place, number) for place in ORDER for number in FLOW.feeds[place]]
APART_S = 10.0


def begin(place: str, number: int = 0) -> float:
    """Each call is asked long after the one before; it is answered half a second later."""
    return CALLS.index((place, number)) * APART_S


def nonce(place: str, number: int) -> str:
    return f"n-1-{CALLS.index((place, number)) + 1}"


def attempt_id(place: str, number: int) -> str:
    return f"t/1/{CALLS.index((place, number)) + 1}"


def an_exchange(place: str, number: int) -> Exchange:
    at = begin(place, number)
    return Exchange(
        asked_at=at,
        task="t",
        place=place,
        key=f"t/{place}/{number}",
        round=number,
        of=tuple(nonce(*source) for source in FLOW.feeds[place][number]),
        worker="w1",
        nonce=nonce(place, number),
        answered_at=at + 0.5,
    )


def a_commit(place: str, number: int) -> Commit:
    return Commit(
        at=begin(place, number) + 0.6, worker="w1", token="token1", task="t", epoch=1,
        attempt=attempt_id(place, number), place=place, round=number, passed=0, verdict="done",
    )  # fmt: skip


def an_attempt(place: str, number: int) -> Attempt:
    step, _, link = place.partition("/")
    at = NOON + timedelta(seconds=begin(place, number))
    return Attempt(
        id=attempt_id(place, number), task="t", step=step, link=link, seq=1, round=number, verdict=Verdict.DONE, at=at,
        last_at=at, body=json.dumps({"ready": True, "nonce": nonce(place, number)}), worker="token1", epoch=1,
    )  # fmt: skip


def a_link(place: str) -> LinkState:
    rounds = {str(number): Round(result=attempt_id(place, number)) for number in FLOW.feeds[place]}
    return LinkState(id=place.partition("/")[2], status=LinkStatus.DONE, rounds=rounds)


def a_step(step: str) -> StepInfo:
    links = [a_link(place) for place in ORDER if place.startswith(f"{step}/")]
    response = {
        key: [nonce(*source) for source in sources] if len(sources) > 1 else nonce(*sources[0])
        for (owner, key), sources in FLOW.published.items()
        if owner == step
    }
    return StepInfo(status=StepStatus.DONE, response=response, api_status={link.id: link for link in links})


def a_task() -> Task:
    return Task(id="t", system="mixed", status=TaskStatus.DONE, step_info={step: a_step(step) for step in "abcdefgh"})


def a_history() -> History:
    """One task, called for without a hitch."""
    return History(
        flow=FLOW,
        exchanges=[an_exchange(*call) for call in CALLS],
        tasks={"t": a_task()},
        attempts=[an_attempt(*call) for call in CALLS],
        commits=[a_commit(*call) for call in CALLS],
    )


def with_exchange(history: History, place: str, number: int = 0, **changes: object) -> History:
    """The same with this call's exchange changed."""
    changed = [replace(one, **changes) if one.call == ("t", place, number) else one for one in history.exchanges]  # type: ignore[arg-type]
    return replace(history, exchanges=changed)


def then(history: History, place: str, after_s: float, number: int = 0, **changes: object) -> History:
    """The same, and this call sent once more so much later, by another worker."""
    (first,) = [one for one in history.exchanges if one.call == ("t", place, number)]
    at = first.asked_at + after_s
    again = replace(first, **{"asked_at": at, "answered_at": at + 0.5, "worker": "w2"} | changes)  # type: ignore[arg-type]
    return replace(history, exchanges=sorted([*history.exchanges, again], key=lambda one: one.asked_at))


def without_commit(history: History, place: str) -> History:
    return replace(history, commits=[commit for commit in history.commits if commit.place != place])


def broken(history: History) -> set[str]:
    return {violation.rule for violation in check(history)}


def test_a_run_in_which_all_went_well_has_no_violation() -> None:
    assert check(a_history()) == []


# -- the end -----------------------------------------------------------------------------------------


def test_a_task_that_is_gone_is_found() -> None:
    assert "ended_right" in broken(replace(a_history(), tasks={"t": None}))


def test_a_task_that_never_ended_is_found() -> None:
    history = a_history()
    assert history.tasks["t"]
    history.tasks["t"].status = TaskStatus.RUNNING
    assert broken(history) == {"ended_right"}


def test_a_task_that_is_done_without_all_its_links_is_found() -> None:
    history = a_history()
    assert history.tasks["t"]
    history.tasks["t"].step_info["d"].api_status["l"].status = LinkStatus.WAITING
    assert broken(history) == {"ended_right"}


def waiting_for_a_person(place: str) -> History:
    history = a_history()
    task = history.tasks["t"]
    assert task
    step, _, link = place.partition("/")
    task.status, task.attention = TaskStatus.WAITING, "it is not known"
    task.step_info[step].api_status[link].status = LinkStatus.UNKNOWN
    return history


def test_a_task_may_wait_for_a_person_because_of_a_call_that_must_not_be_repeated() -> None:
    assert broken(waiting_for_a_person("d/l")) == set()


def test_a_task_may_not_wait_for_a_person_because_of_a_call_that_can_be_repeated() -> None:
    assert broken(waiting_for_a_person("f/l")) == {"ended_right"}


def test_a_task_that_waits_for_a_person_without_a_word_is_found() -> None:
    history = waiting_for_a_person("d/l")
    assert history.tasks["t"]
    history.tasks["t"].attention = ""
    assert broken(history) == {"ended_right"}


def test_journal_records_that_serve_nobody_are_found() -> None:
    assert broken(replace(a_history(), leftovers=["t/1/1"])) == {"journal_is_tidy"}


# -- results -----------------------------------------------------------------------------------------


def test_an_answer_that_the_oracle_never_gave_is_found() -> None:
    history = a_history()
    history.attempts[4].body = json.dumps({"nonce": "n-1-999"})
    assert broken(history) == {"nonces_are_the_oracle_s"}


def test_an_answer_of_another_call_is_found() -> None:
    history = a_history()
    history.attempts[4].body = history.attempts[3].body
    assert broken(history) == {"nonces_are_the_oracle_s"}


def test_a_published_value_that_is_not_what_was_answered_is_found() -> None:
    history = a_history()
    assert history.tasks["t"]
    history.tasks["t"].step_info["c"].response["nonces"].reverse()
    assert broken(history) == {"values_are_published_unchanged"}


def test_a_call_that_is_made_from_a_wrong_value_is_found() -> None:
    history = with_exchange(a_history(), "f/l", of=(nonce("b/later", 0), nonce("e/l", 0)))
    assert broken(history) == {"calls_are_made_from_the_right_values"}


def test_an_acknowledged_attempt_that_is_gone_is_found() -> None:
    history = a_history()
    lost = replace(history, attempts=[one for one in history.attempts if one.step != "g"])
    assert broken(lost) == {"acknowledged_is_kept"}


def test_an_acknowledged_result_that_does_not_count_is_found() -> None:
    history = a_history()
    assert history.tasks["t"]
    history.tasks["t"].step_info["g"].api_status["l"].rounds["0"].result = "t/2/1"
    assert broken(history) == {"acknowledged_is_kept"}


# -- calls -------------------------------------------------------------------------------------------


def test_a_call_that_is_sent_before_its_value_was_answered_is_found() -> None:
    history = with_exchange(a_history(), "b/first", answered_at=begin("f/l") + 0.1)
    assert "nothing_is_called_before_its_turn" in broken(history)


def test_a_step_that_starts_before_the_one_ahead_of_it_has_ended_is_found() -> None:
    history = with_exchange(a_history(), "h/l", 0, asked_at=begin("c/l", 0) - 1, of=(nonce("b/later", 0),))
    assert broken(history) == {"nothing_is_called_before_its_turn"}


def test_rounds_of_a_loop_out_of_order_are_found() -> None:
    history = with_exchange(a_history(), "c/l", 2, asked_at=begin("c/l", 1) + 0.1)
    assert broken(history) == {"nothing_is_called_before_its_turn"}


def test_a_value_that_nobody_was_given_is_found() -> None:
    history = with_exchange(a_history(), "a/l", fate=Fate.RESET_AFTER, answered_at=None)
    assert "nothing_is_called_before_its_turn" in broken(history)


def test_a_value_that_an_operator_gave_may_be_used() -> None:
    unanswered = with_exchange(a_history(), "d/l", fate=Fate.RESET_AFTER, answered_at=None)
    given = Resolution("t", "d/l", "took effect", begin("d/l") + 3)
    assert broken(replace(without_commit(unanswered, "d/l"), resolutions=[given])) == set()


def test_a_repeat_under_another_key_is_found() -> None:
    history = then(without_commit(a_history(), "f/l"), "f/l", 1, key="t/f/l/0/1")
    assert "a_call_keeps_its_key" in broken(history)


@pytest.mark.parametrize("fate", [Fate.TIMEOUT, Fate.RESET_BEFORE, Fate.RESET_AFTER, Fate.TRUNCATED])
def test_a_blind_repeat_of_what_may_have_had_an_effect_is_found(fate: Fate) -> None:
    history = with_exchange(without_commit(a_history(), "d/l"), "d/l", fate=fate, answered_at=None)
    assert broken(then(history, "d/l", 1, fate=Fate.OK)) == {"nothing_is_blindly_repeated"}


def test_a_repeat_of_what_was_answered_well_is_blind_too() -> None:
    assert broken(then(without_commit(a_history(), "d/l"), "d/l", 1)) == {"nothing_is_blindly_repeated"}


@pytest.mark.parametrize("fate", [Fate.ERROR, Fate.BUSY, Fate.GARBAGE, Fate.BOMB])
def test_what_was_refused_may_be_sent_again(fate: Fate) -> None:
    history = with_exchange(without_commit(a_history(), "d/l"), "d/l", fate=fate)
    assert broken(then(history, "d/l", 1, fate=Fate.OK)) == set()


def test_what_an_operator_wants_repeated_may_be_sent_again() -> None:
    history = with_exchange(without_commit(a_history(), "d/l"), "d/l", fate=Fate.TIMEOUT, answered_at=None)
    asked = Resolution("t", "d/l", "repeat", begin("d/l") + 0.9)
    assert broken(replace(then(history, "d/l", 1, fate=Fate.OK), resolutions=[asked])) == set()


def test_a_call_whose_result_was_acknowledged_is_not_to_be_sent_again() -> None:
    assert broken(then(a_history(), "f/l", 1)) == {"results_are_not_asked_for_again"}


def test_a_call_that_left_a_worker_that_had_stood_still_is_nobody_s_fault() -> None:
    pause = Pause("w2", begin("f/l") - 1, begin("f/l") + 0.9)
    assert broken(replace(then(a_history(), "f/l", 1), pauses=[pause])) == set()


def test_a_call_long_after_the_worker_woke_is_its_fault() -> None:
    pause = Pause("w2", begin("f/l") - 1, begin("f/l") + 0.9)
    assert broken(replace(then(a_history(), "f/l", 2), pauses=[pause])) == {"results_are_not_asked_for_again"}


def put_off(fate: Fate, ready: bool, rest_s: float) -> History:
    """The last call of all was put off, which was recorded, and sent again after that rest."""
    place, number = CALLS[-1]
    history = with_exchange(a_history(), place, number, fate=fate, ready=ready, nonce=None)
    again = then(history, place, 0.5 + rest_s, number, fate=Fate.OK, ready=True, nonce=nonce(place, number))
    verdict = "not yet" if fate == Fate.OK else "failed"
    recorded = replace(a_commit(place, number), verdict=verdict, at=begin(place, number) + 0.51)
    return replace(again, commits=[*again.commits[:-1], recorded])


@pytest.mark.parametrize(
    ("fate", "ready", "rest_s"), [(Fate.OK, False, 0.3), (Fate.ERROR, True, 0.3), (Fate.BUSY, True, 1.0)]
)
def test_a_try_that_comes_too_early_is_found_and_one_in_time_is_not(fate: Fate, ready: bool, rest_s: float) -> None:
    assert "intervals_are_kept" in broken(put_off(fate, ready, rest_s - 0.05))
    assert "intervals_are_kept" not in broken(put_off(fate, ready, rest_s))


def test_a_repeat_of_what_was_never_recorded_may_come_at_once() -> None:
    history = put_off(Fate.ERROR, True, 0.1)
    assert "intervals_are_kept" not in broken(replace(history, commits=history.commits[:-1]))


# -- holders -----------------------------------------------------------------------------------------


def test_two_holders_of_one_epoch_are_found() -> None:
    history = a_history()
    history.attempts[3].worker = "token2"
    assert broken(history) == {"an_epoch_has_one_holder"}


def test_a_holder_who_goes_on_when_the_next_has_begun_is_found() -> None:
    history = a_history()
    history.attempts[3].epoch, history.attempts[3].worker = 2, "token2"
    commits = [replace(one, epoch=2, token="token2") if one.attempt == "t/1/4" else one for one in history.commits]
    assert broken(replace(history, commits=commits)) == {"epochs_follow_one_another"}


def test_a_worker_that_stood_still_and_lost_nothing_is_found() -> None:
    stopped = replace(a_history(), pauses=[Pause("w1", 200, 200 + TAKEN_FOR_LOST_S + 0.1)])
    rule = a_silent_worker_is_taken_for_lost
    assert {one.rule for one in check(stopped, also=[rule])} == {rule.__name__}
    assert check(replace(stopped, enlisted=[Enlisting("w1", 210)]), also=[rule]) == []


# -- figures -----------------------------------------------------------------------------------------


def test_a_call_that_was_put_off_is_no_repeat_when_it_comes_again() -> None:
    assert repeats(put_off(Fate.ERROR, True, 0.3)) == []


def test_a_call_whose_answer_was_not_used_is_a_repeat() -> None:
    history = then(without_commit(a_history(), "f/l"), "f/l", 1)
    assert [(before.worker, after.worker) for before, after in repeats(history)] == [("w1", "w2")]
    assert {one.rule for one in check(history, also=[nothing_is_repeated])} == {"nothing_is_repeated"}


def test_every_rule_is_known_by_the_tests_above() -> None:
    source = Path(__file__).read_text(encoding="utf-8")
    assert [rule.__name__ for rule in RULES if f'"{rule.__name__}"' not in source] == []
