"""Why a link waits: the parts of its condition, or the value that is missing and who publishes it."""

from typing import Any

from engine.model import Attempt, Definition, LinkStatus, StepStatus, Task, TaskStatus, Verdict
from tests.clock import START
from tests.systems import a_link, a_step, an_api
from webapp.view.needs import Need
from webapp.view.why import NOTHING, PartLine, Why, why_link

CONDITION = "result.age != None and result.n >= task.n"
DEFINITION = Definition.model_validate(
    {
        "system": {"_id": "s", "def_args": {"n": 4}, "step": [{"_id": "one"}, {"_id": "two"}]},
        "steps": {
            "one": a_step("one", a_link("a", condition=CONDITION), response={"age": "a result.age"}),
            "two": a_step("two", a_link("b", args={"age": "$$one.age"})),
        },
        "apis": {"api1": an_api("http://x")},
    }
)


def a_task(step: str = "one", link: str = "a", state: dict[str, Any] | None = None, **fields: Any) -> Task:
    info = {
        "one": {"api_status": {"a": {"_id": "a", "status": LinkStatus.WAITING}}, "status": StepStatus.RUNNING},
        "two": {"api_status": {"b": {"_id": "b", "args": {"age": "$$one.age"}}}, "status": StepStatus.RUNNING},
    }
    info[step]["api_status"][link] |= state or {}  # type: ignore[index]
    return Task.model_validate({"_id": "t", "system": "s", "status": TaskStatus.WAITING, "step_info": info} | fields)


def an_answer(body: str | None, verdict: Verdict = Verdict.NOT_YET) -> Attempt:
    place: dict[str, Any] = {"task": "t", "step": "one", "link": "a", "seq": 1}
    return Attempt(id="t/1/1", verdict=verdict, at=START, last_at=START, body=body, **place)


def why(task: Task, step: str = "one", last: Attempt | None = None) -> Why:
    (link,) = DEFINITION.steps[step].checklink
    return why_link(task, DEFINITION, step, link, last)


def test_each_part_of_the_condition_is_shown_with_what_it_read_and_came_to() -> None:
    assert why(a_task(), last=an_answer('{"n": 5}')) == Why(
        parts=(
            PartLine("result.age != None", ("result.age = null",), False),
            PartLine("result.n >= task.n", ("result.n = 5", "task.n = 4"), True),
        )
    )


def test_the_task_s_own_args_go_before_the_system_s() -> None:
    found = why(a_task(args={"n": 9}), last=an_answer('{"n": 5}'))
    assert found.parts[1].holds is False


def test_a_condition_reads_the_task_as_it_does_when_it_is_judged() -> None:
    (link,) = DEFINITION.steps["one"].checklink
    asked = link.model_copy(update={"condition": link.condition.model_copy(update={"val": "task.priority == 9"})})
    found = why_link(a_task(priority=9), DEFINITION, "one", asked, an_answer("{}"))
    assert found.parts == (PartLine("task.priority == 9", ("task.priority = 9",), True),)


def test_an_answer_that_was_not_kept_whole_is_not_judged() -> None:
    assert why(a_task(), last=an_answer('{"n": 5, "lo')) == NOTHING
    assert why(a_task(), last=an_answer(None)) == NOTHING


def test_a_failed_try_has_its_message_and_no_parts() -> None:
    assert why(a_task(), last=an_answer("{}", Verdict.FAILED)) == NOTHING


def test_a_call_that_waits_for_a_value_says_which_and_who_publishes_it() -> None:
    assert why(a_task(), step="two").missing == (Need("one", "age", "a", "WAITING", False),)


def test_a_value_that_is_there_is_not_waited_for() -> None:
    task = a_task()
    task.step_info["one"].response["age"] = 7
    assert why(task, step="two") == NOTHING


def test_what_does_not_run_waits_for_nothing() -> None:
    assert why(a_task(status=TaskStatus.PAUSED), last=an_answer("{}")) == NOTHING
    ready = a_task()
    ready.step_info["two"].status = StepStatus.READY
    assert why(ready, step="two") == NOTHING
