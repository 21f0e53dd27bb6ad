"""What the engine wrote down is told in the reader's language."""

import re

import pytest

from tests.unit.speaking import speaking
from webapp.view.told import told

AT = "2026-03-31 12:00:03 UTC"
ENGLISH = re.compile(r"[a-z]{3,} [a-z]{3,}")
MESSAGES = [
    "every step is done",
    "started",
    "paused by ann",
    "cancelled by ann",
    "waiting for the next try",
    f"starts at {AT}, scheduled by ann",
    "nothing is left that could go on: a value that a call waits for is never produced",
    "in quarantine: 5 workers in a row were lost while they ran it; find out why, then retry it",
    "calling GET http://127.0.0.1/api",
    "done after 1 call",
    "done after 4 calls",
    "round 2 of 4 is answered",
    f"not yet: result.name != None; try 2 at {AT}",
    f"not yet: sum(result) > 3; all rounds again at {AT}",
    f"answered 503: busy; try 3 at {AT}",
    f"step2/api2: connection refused by 127.0.0.1:9: is the API running?; try 2 at {AT}",
    f"the name in api.test cannot be looked up: is it spelled right?; tried again at {AT}",
    f"waits for a place: api1 allows 2 calls at once; looks again at {AT}",
    "step2/api2: answered 500; no more tries: 3 of 3 made; step3/api4: a step failed",
    "127.0.0.1:9 closed the connection without an answer: it is not known whether the call took effect; say what to do",
    "answered 500; given up: the next try would come more than 60 s after the first",
    "skipped by ann",
    "ann said that the call failed",
    "its response was given by hand",
    "step2/api2 retried by ann",
    "ask/l: waits for an operator: 7?",
    "not accepted: result.ok; waits for bob or cy: 7?",
    f"late: waits since {AT} for an editor: 7?",
    "answered by ann: so",
    "answered by ann",
    "begins a task of s1",
    "waits for task t1-b-0123",
    "task t1-b-0123 is done",
    "pay/b: task t1-b-0123 failed: step2/api2: answered 500; repair it there",
    "task t1-b-0123 was cancelled: a retry makes another",
]


@pytest.mark.parametrize("message", MESSAGES)
def test_a_message_of_the_engine_is_told_in_chinese_and_keeps_its_numbers(message):
    with speaking("zh"):
        said = told(message)
    assert not ENGLISH.search(said)
    assert sorted(re.findall(r"\d+", said)) == sorted(re.findall(r"\d+", message))


@pytest.mark.parametrize("message", MESSAGES)
def test_in_english_it_stands_as_it_was_written(message):
    with speaking("en"):
        assert told(message) == message


def test_what_is_not_known_stands_as_it_is():
    with speaking("zh"):
        assert told("teapot <b>short</b> and stout; 100 % %(who)s") == "teapot <b>short</b> and stout; 100 % %(who)s"
