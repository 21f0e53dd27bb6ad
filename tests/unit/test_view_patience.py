"""How patiently an API is called, in a sentence."""

import pytest

from engine.run import Policy
from tests.unit.speaking import speaking
from webapp.view.patience import first_waits, retry_sentence, tries_text


@pytest.mark.parametrize(
    ("policy", "sentence"),
    [
        (Policy(), "Tried again every 5 s, without end."),
        (Policy(5, backoff=2, max_interval_s=300, give_up_after_s=172_800),
         "Tried again every 5 s, doubling to 5 m, for 2 d."),
        (Policy(0), "Tried again at once, without end."),
        (Policy(5, backoff=1.5), "Tried again every 5 s, each wait 1.5 times the one before, without end."),
        (Policy(5, backoff=3, max_interval_s=60),
         "Tried again every 5 s, each wait 3 times the one before, to 1 m, without end."),
        (Policy(5, backoff=2, max_interval_s=3), "Tried again every 5 s, without end."),
        (Policy(5, jitter=0.2, max_attempts=4),
         "Tried again every 5 s (up to 20 % more by chance), until 4 tries are made."),
        (Policy(1.5, max_attempts=4, give_up_after_s=60),
         "Tried again every 1.5 s, for 1 m or 4 tries, whichever comes first."),
        (Policy(5, max_attempts=1), "Tried once: the first failure counts."),
    ],
)  # fmt: skip
def test_a_policy_is_one_sentence(policy, sentence):
    with speaking("en"):
        assert retry_sentence(policy) == sentence


@pytest.mark.parametrize(
    ("policy", "waits", "tries"),
    [
        (Policy(5, backoff=2, max_interval_s=15, max_attempts=4), ("5 s", "10 s", "15 s"), "4 tries in all"),
        (Policy(60, give_up_after_s=120), (), "3 tries in all"),
        (Policy(5), (), ""),
        (Policy(0.01, give_up_after_s=1e9), (), "more than 2,000 tries in all"),
        (Policy(5, max_attempts=1), (), "1 try in all"),
        (Policy(5, backoff=1e300), ("5 s", *("366 d",) * 4), ""),
    ],
)
def test_the_first_waits_and_the_number_of_tries_are_told(policy, waits, tries):
    with speaking("en"):
        assert first_waits(policy) == waits
        assert tries_text(policy) == tries
