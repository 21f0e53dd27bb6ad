"""The promise, under each fault in its short form: `python -m tests.fault` does the same for longer."""

from dataclasses import replace

import pytest

from tests.fault.faults import FAULTS
from tests.fault.finding import Finding
from tests.fault.ground import Ground

ROUNDS = 3
"""Of the control, at the most: what workers without fences do to each other is a matter of chance."""
OF_THE_JUDGE = {"acknowledged_is_kept", "results_are_not_asked_for_again", "nothing_is_blindly_repeated"}


def found(ground: Ground, fault: str) -> Finding:
    return FAULTS[fault].run(ground, FAULTS[fault].short)


def assert_promise(finding: Finding) -> None:
    """Nothing lost, nothing out of order, nothing blindly repeated, one key; and the fault did happen."""
    assert [*map(str, finding.violations)] == [], finding.notes
    assert finding.times
    assert finding.nonces
    assert finding.same_key


def test_workers_that_are_killed_at_any_moment_break_no_promise(ground: Ground) -> None:
    assert_promise(found(ground, "kills"))


def test_workers_that_are_killed_at_every_named_point_break_no_promise(ground: Ground) -> None:
    finding = found(ground, "points")
    assert_promise(finding)
    assert finding.notes == []


def test_workers_that_are_told_to_end_under_load_cause_no_call_to_be_repeated(ground: Ground) -> None:
    finding = found(ground, "rolling")
    assert_promise(finding)
    assert (finding.repeats, finding.notes) == (0, [])


def test_a_task_that_kills_its_workers_is_quarantined_and_its_neighbours_end_well(ground: Ground) -> None:
    assert_promise(found(ground, "poison"))


def test_workers_that_are_stopped_for_longer_than_their_lease_break_no_promise(ground: Ground) -> None:
    assert_promise(found(ground, "stops"))


@pytest.mark.fault
def test_workers_whose_hub_is_blocked_for_longer_than_their_lease_break_no_promise(ground: Ground) -> None:
    assert_promise(found(ground, "blocked"))


@pytest.mark.fault
def test_clocks_that_are_an_hour_apart_break_no_promise_and_cause_no_repeat(ground: Ground) -> None:
    assert_promise(found(ground, "clocks"))


def test_a_database_that_is_killed_loses_nothing_that_it_acknowledged(ground: Ground) -> None:
    assert_promise(found(ground, "database"))


def test_writes_whose_reply_is_lost_are_neither_lost_nor_made_twice(ground: Ground) -> None:
    assert_promise(found(ground, "lost-replies"))


@pytest.mark.fault
def test_a_way_to_the_database_that_is_cut_and_blocked_breaks_no_promise(ground: Ground) -> None:
    assert_promise(found(ground, "lines"))


@pytest.mark.fault
def test_apis_that_misbehave_break_no_promise(ground: Ground) -> None:
    assert_promise(found(ground, "chaos"))


def test_workers_without_fences_are_found_out(ground: Ground) -> None:
    seeds = range(ground.seed, ground.seed + ROUNDS)
    findings = (found(replace(ground, seed=seed), "control") for seed in seeds)
    assert any(OF_THE_JUDGE & {one.rule for one in finding.violations} for finding in findings)
