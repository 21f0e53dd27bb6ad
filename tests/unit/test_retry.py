"""When to try again is a pure decision."""

from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from engine.model import Api, ApiUse
from engine.run.retry import GiveUp, Policy, TryAt, decide, policy_of, wait_s
from tests.clock import START

policies = st.builds(
    Policy,
    interval_s=st.floats(0, 1e5),
    backoff=st.floats(1, 10),
    max_interval_s=st.none() | st.floats(0.1, 1e6),
    jitter=st.floats(0, 1),
)


@given(policies, st.integers(1, 10_000), st.floats(0, 0.99))
def test_a_wait_is_never_shorter_than_the_interval(policy: Policy, tries: int, chance: float) -> None:
    assert wait_s(policy, tries, chance) >= policy.interval_s


@given(policies, st.integers(1, 500), st.floats(0, 1e9))
def test_retry_after_can_make_a_wait_longer_never_shorter(policy: Policy, tries: int, asked: float) -> None:
    plain = decide(policy, tries, START, START, None, 0)
    longer = decide(policy, tries, START, START, asked, 0)
    assert isinstance(plain, TryAt)
    assert isinstance(longer, TryAt)
    assert longer.at >= plain.at


def test_waits_double_up_to_the_ceiling() -> None:
    policy = Policy(interval_s=5, backoff=2, max_interval_s=30)
    assert [wait_s(policy, tries, 0) for tries in (1, 2, 3, 4, 5)] == [5, 10, 20, 30, 30]


def test_without_limits_it_is_tried_for_days() -> None:
    assert isinstance(decide(Policy(), 1_000_000, START, START + timedelta(days=90), None, 0), TryAt)


def test_the_last_of_max_attempts_gives_up() -> None:
    policy = Policy(max_attempts=3)
    assert isinstance(decide(policy, 2, START, START, None, 0), TryAt)
    assert decide(policy, 3, START, START, None, 0) == GiveUp("no more tries: 3 of 3 made")


def test_a_try_that_would_come_after_give_up_after_s_is_not_made() -> None:
    policy = Policy(interval_s=5, give_up_after_s=60)
    assert isinstance(decide(policy, 9, START, START + timedelta(seconds=54), None, 0), TryAt)
    assert isinstance(decide(policy, 9, START, START + timedelta(seconds=56), None, 0), GiveUp)


def test_the_link_s_word_goes_before_the_api_s() -> None:
    api = Api(id="a", url="http://x", interval=5, max_attempts=3)
    assert policy_of(ApiUse(id="a", interval=9), api) == Policy(interval_s=9, max_attempts=3)


def test_an_interval_of_nothing_is_five_seconds_and_zero_is_zero() -> None:
    assert policy_of(ApiUse(id="a"), Api(id="a", url="http://x")).interval_s == 5
    assert policy_of(ApiUse(id="a", interval=0), Api(id="a", url="http://x")).interval_s == 0
