"""Attempts and events as lines."""

from engine.model import Attempt, Event, LinkState, StepType, Verdict
from tests.unit.builders import NOW
from webapp.view.history import ATTEMPTS, event_lines, link_history


def an_attempt(seq, **fields):
    base = {"id": f"a{seq}", "task": "t", "step": "s", "link": "l", "seq": seq, "at": NOW, "last_at": NOW}
    return Attempt.model_validate({**base, "verdict": Verdict.DONE, **fields})


def test_the_newest_comes_first_and_the_result_is_the_answer_that_counts():
    attempts = [an_attempt(1, verdict=Verdict.FAILED, body="oops"), an_attempt(2, body='{"age": 3}')]
    history = link_history(LinkState(id="l", result="a2"), attempts, NOW)
    assert [line.number for line in history.attempts] == [2, 1]
    assert history.result == '{\n  "age": 3\n}'


def test_without_a_result_none_is_shown():
    assert link_history(LinkState(id="l"), [an_attempt(1, body="{}")], NOW).result == ""


def test_older_ones_are_counted_not_shown():
    history = link_history(LinkState(id="l"), [an_attempt(seq) for seq in range(ATTEMPTS + 7)], NOW)
    assert (len(history.attempts), history.hidden) == (ATTEMPTS, 7)


def test_only_a_loop_has_rounds():
    loop = LinkState(id="l", type=StepType.LOOP)
    assert link_history(loop, [an_attempt(1, round=3)], NOW).attempts[0].round == "round 3"
    assert link_history(LinkState(id="l"), [an_attempt(1)], NOW).attempts[0].round == ""


def test_identical_polls_stand_in_one_line():
    line = link_history(LinkState(id="l"), [an_attempt(1, count=9)], NOW).attempts[0]
    assert line.count == 9
    assert line.last_at


def test_an_event_tells_what_was_before_and_after():
    event = Event(id="e", task="t", seq=1, at=NOW, who="ann", what="edited", before={"n": 1}, after={"n": 2})
    (line,) = event_lines([event], NOW)
    assert (line.who, line.what, line.change) == ("ann", "edited", '{"n": 1} → {"n": 2}')
