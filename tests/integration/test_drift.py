"""Drift: a worker notes the shapes of answers, and what differs from the sample is told with whom it concerns."""

from __future__ import annotations

from datetime import timedelta

import pytest

from engine.drift import drift_lines, drifts
from engine.model import Sighting, shape_of
from engine.run import Shapes
from engine.run.shapes import KNOWN_FOR, MOST
from tests.clock import START
from tests.stage import Stage

ARGS = {"n": 4, "name": "abc"}


def a_sighting(answer: object, api: str = "api2", minutes: int = 0, attempt: str = "t/1/1") -> Sighting:
    at = START + timedelta(minutes=minutes)
    return Sighting(api, shape_of(answer), at, at, attempt, '{"years": 4}')


def test_answers_that_look_like_their_samples_are_no_drift(stage: Stage, seed):
    stage.load(seed)
    stage.go(stage.start(args=ARGS))
    stage.worker.write_shapes()
    assert {one.api for one in stage.store.shapes.all()} == {"api1", "api2", "api3", "api4", "api5", "api6"}
    assert drifts(stage.store) == {}


def test_what_vanished_is_told_with_who_reads_it_and_how_many_tasks_run(stage: Stage, seed):
    seed["api"][1]["result"] = {"years": 1}
    seed["step"][1]["checklink"][0]["condition"]["val"] = "result.years != 0"
    stage.load(seed)
    stage.set_knobs("api3", not_ready=5)
    task = stage.go(stage.start(args=ARGS))
    stage.worker.write_shapes()
    drift = drifts(stage.store)["api2"]
    vanished = next(one for one in drift.drifted if one.deviation.change == "vanished")
    assert vanished.deviation.path == ".years"
    assert [(read.step, read.link, read.what) for read in vanished.reads] == [("step2", "api2", "condition")]
    assert vanished.attempt.startswith(f"{task.id}/")
    assert drift.systems == ("systemid",)
    assert drift.tasks.number == 1
    assert drift.breaks


def test_a_shape_that_is_known_costs_no_write(stage: Stage, seed):
    stage.load(seed)
    stage.go(stage.start(args=ARGS))
    stage.worker.write_shapes()
    stage.go(stage.start(args=ARGS))
    with stage.worker._shapes.untold() as again:
        assert again == []


def test_what_could_not_be_written_is_written_the_next_time():
    shapes = Shapes()
    shapes.note(START, "api", {"a": 1}, '{"a": 1}', "t/1/1")
    with pytest.raises(OSError, match="away"), shapes.untold():
        raise OSError("away")
    with shapes.untold() as told:
        assert [one.attempt for one in told] == ["t/1/1"]


def test_an_answer_that_looks_different_each_time_is_noted_so_often_and_no_more():
    shapes = Shapes()
    for number in range(MOST * 3):
        shapes.note(START, "api", {f"key{number}": 1}, "{}", "t/1/1")
    with shapes.untold() as told:
        assert len(told) == MOST
    shapes.note(START + timedelta(minutes=1), "api", {"late": 1}, "{}", "t/1/1")
    with shapes.untold() as told:
        assert told == []
    shapes.note(START + 2 * KNOWN_FOR, "api", {"new": 1}, "{}", "t/1/2")
    with shapes.untold() as told:
        assert [one.attempt for one in told] == ["t/1/2"]


def test_of_many_answers_at_once_one_in_ten_is_looked_at():
    shapes = Shapes()
    for _ in range(25):
        shapes.note(START, "api", {"a": 1}, "{}", "t/1/1")
    shapes.note(START, "api", {"b": 1}, "{}", "t/1/2")
    with shapes.untold() as told:
        assert [set(one.shape.kinds) for one in told] == [{"", ".a"}]
    shapes.note(START, "api", {"b": 1}, "{}", "t/1/2")
    with shapes.untold() as told:
        assert [set(one.shape.kinds) for one in told] == [{"", ".b"}]


def test_what_is_there_at_times_is_told_apart_from_what_is_gone(stage: Stage, seed):
    seed["api"][1]["result"] = {"age": 1, "years": 1}
    stage.load(seed)
    stage.store.shapes.add([a_sighting({"age": 1}), a_sighting({"age": 1, "years": 1}, minutes=5)])
    (at_times,) = drifts(stage.store)["api2"].drifted
    stage.store.shapes.forget("api2")
    stage.store.shapes.add([a_sighting({"age": 1}, minutes=5), a_sighting({"age": 1, "years": 1})])
    (gone,) = drifts(stage.store)["api2"].drifted
    assert (at_times.always, gone.always) == (False, True)


def test_drift_is_told_in_lines(stage: Stage, seed):
    seed["api"][1]["result"] = {"age": 1}
    stage.load(seed)
    stage.store.shapes.add([a_sighting({"age": "x"})])
    heading, line = drift_lines(drifts(stage.store))
    assert heading == "api2: concerns 0 running tasks of systemid"
    assert "result.age is of another kind: text, not number" in line
    assert "read by step2/api2 condition, step2/api2 response.age" in line


def test_shapes_that_have_not_come_for_long_are_removed(stage: Stage):
    stage.store.shapes.add([a_sighting({"a": 1}), a_sighting({"b": 1}, minutes=60 * 24 * 8)])
    stage.store.shapes.tidy(START + timedelta(days=8, minutes=1))
    assert [set(one.shape.kinds) for one in stage.store.shapes.of("api2")] == [{"", ".b"}]


def test_shapes_come_back_as_they_were(stage: Stage):
    one = a_sighting({"a.b": [{"$c": None}], "": "\ud800"})
    stage.store.shapes.add([one])
    assert stage.store.shapes.of("api2") == [one]
