"""In a rehearsal other systems answer by their samples, and people by what is written for them."""

from collections.abc import Iterator
from typing import Any

import pytest

from engine.model import Invalid, LinkStatus, Rehearsal, TaskStatus
from engine.plan import Plan
from engine.rehearse import Rehearsed, rehearse
from engine.script import Evaluator

from .builders import NOW, a_step, an_api
from .test_plan_callees import asks, plan_of, runs, system


@pytest.fixture(scope="module")
def evaluator() -> Iterator[Evaluator]:
    one = Evaluator(workers=1)
    yield one
    one.close()


def a_plan(condition: str = "result.ok") -> Plan:
    """`order` runs `bill`, which publishes a total, then asks."""
    steps = [
        a_step("pay", runs("l", "bill"), total="l:result.sum.total"),
        a_step("ask", asks("l", condition, args={"total": "$$pay.total"}), ok="l:result.ok"),
        a_step("sum", "price", total="price"),
    ]
    return plan_of(
        system("order", "pay", "ask"), system("bill", "sum"), steps=steps, apis=[an_api("price", {"total": 3})]
    )


def rehearsed(evaluator: Evaluator, **answers: list[dict[str, Any]]) -> Rehearsed:
    said = {name.replace("_", "/"): script for name, script in answers.items()}
    return rehearse(a_plan(), Rehearsal.model_validate({"answers": said}), evaluator, NOW)


def test_a_system_answers_by_its_samples_and_a_person_as_it_is_written(evaluator: Evaluator) -> None:
    done = rehearsed(evaluator, ask_l=[{"answer": {"ok": True}, "takes_s": 7200}])
    assert done.done, done.message
    assert (done.task.step_info["pay"].response, done.task.step_info["ask"].response) == ({"total": 3}, {"ok": True})
    assert done.took_s == 7200


def test_what_is_written_for_a_link_stands_for_the_other_system(evaluator: Evaluator) -> None:
    answers = {"pay_l": [{"answer": {"sum": {"total": 9}}}], "ask_l": [{"answer": {"ok": True}}]}
    assert rehearsed(evaluator, **answers).task.step_info["pay"].response == {"total": 9}


def test_what_a_person_answers_has_to_be_said(evaluator: Evaluator) -> None:
    with pytest.raises(Invalid, match=r"answers\.ask/l: a person is asked at ask/l: what do they answer\?"):
        rehearsed(evaluator)


def test_an_answer_that_the_condition_does_not_accept_fails_the_link(evaluator: Evaluator) -> None:
    done = rehearsed(evaluator, ask_l=[{"answer": {"ok": False}}])
    assert done.task.status == TaskStatus.FAILED
    assert done.task.step_info["ask"].api_status["l"].status == LinkStatus.FAILED
