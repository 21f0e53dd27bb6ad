"""Every value and where it came from."""

from typing import Any

from engine.model import Attempt, StepStatus, Verdict
from tests.unit.builders import NOW, a_link, a_plan, a_step, a_system, a_task
from webapp.view.flow import StepBox, flow
from webapp.view.needs import Reader, needs_of, readers, values_read
from webapp.view.values import Origin, StepValues, step_values, task_values, value_rows

PLAN = a_plan(a_system("one", "two", n=1), [a_step("one", "a", age="a"), a_step("two", a_link("b", "a"))])
BINDINGS = {"one/a": {"args": {"n": "$TASK.n"}, "last": "t1/1/1", "result": "t1/1/1"}}
BINDINGS |= {"two/b": {"args": {"age": "$$one.age", "deep": {"x": ["$CODE one.age + 1"]}, "word": "x"}}}


def the_task(**fields: Any) -> Any:
    return a_task(PLAN, BINDINGS, **fields)


def an_attempt(**fields: Any) -> Attempt:
    base = {"_id": "t1/1/1", "task": "t1", "step": "one", "link": "a", "seq": 7, "at": NOW, "last_at": NOW}
    return Attempt.model_validate(base | {"verdict": Verdict.DONE} | fields)


def values(task: Any, *attempts: Attempt) -> dict[str, StepValues]:
    found = step_values(task, PLAN.definition, {one.id: one for one in attempts}, PLAN.steps)
    return {one.step: one for one in found}


def test_references_are_found_through_lists_dicts_and_code_each_once() -> None:
    assert values_read([{"a": "$$one.age"}, "$CODE one.age + task.n", "$TASK.n", "plain"]) == (
        ("one", "age"), ("TASK", "n"),
    )  # fmt: skip


def test_a_secret_is_no_value_of_a_step() -> None:
    assert values_read(["$$SECRET.token", "$$one.age"]) == (("one", "age"),)


def test_what_cannot_be_read_reads_nothing() -> None:
    assert values_read("$$") == ()
    assert values_read("$CODE (") == ()


def test_a_value_knows_who_reads_it() -> None:
    found = readers(the_task())
    assert found["one", "age"] == (Reader("two", "b", "age"), Reader("two", "b", "deep"))
    assert found["TASK", "n"] == (Reader("one", "a", "n"),)


def test_a_need_names_the_link_that_publishes_it_and_whether_it_is_there() -> None:
    task = the_task()
    (need,) = needs_of(task, PLAN.definition, task.step_info["two"].api_status["b"])
    assert (need.value, need.place, need.there) == ("one.age", "one/a", False)
    task.step_info["one"].response["age"] = 3
    assert needs_of(task, PLAN.definition, task.step_info["two"].api_status["b"])[0].there


def test_the_task_s_own_args_go_before_the_system_s() -> None:
    (default,) = task_values(the_task(), PLAN.definition)
    assert (default.value, default.own) == ("1", False)
    (own,) = task_values(the_task(args={"n": 5}), PLAN.definition)
    assert (own.value, own.own, own.readers) == ("5", True, (Reader("one", "a", "n"),))


def test_a_published_value_names_the_path_and_the_attempt_that_made_it() -> None:
    task = the_task()
    task.step_info["one"].response["age"] = 3
    (published,) = values(task, an_attempt())["one"].published
    assert (published.value, published.link, published.path, published.attempt) == ("3", "a", "result.age", 7)


def test_a_value_that_is_not_there_has_no_attempt() -> None:
    (published,) = values(the_task(), an_attempt())["one"].published
    assert (published.value, published.attempt) == (None, None)


def test_a_value_that_was_given_by_hand_has_no_attempt_either() -> None:
    task = the_task()
    task.step_info["one"].status, task.step_info["one"].response = StepStatus.SKIPPED, {"age": 9}
    task.step_info["one"].api_status["a"].result = None
    (published,) = values(task)["one"].published
    assert (published.value, published.attempt) == ("9", None)


def test_an_arg_shows_what_was_sent_and_what_it_names() -> None:
    (arg,) = values(the_task(), an_attempt(args={"n": 1}))["one"].args
    assert (arg.name, arg.written, arg.sent, arg.origins, arg.attempt) == ("n", "$TASK.n", "1", (Origin("", "n"),), 7)


def test_an_arg_from_the_api_s_default_has_no_text() -> None:
    args = values(the_task(), an_attempt(args={"n": 1, "lang": "en"}))["one"].args
    assert [(arg.name, arg.written, arg.sent) for arg in args] == [("n", "$TASK.n", "1"), ("lang", "", '"en"')]


def test_every_step_says_how_many_rows_it_takes() -> None:
    assert value_rows(the_task(), PLAN.definition) == {"one": 2, "two": 3}


# -- in the flow -------------------------------------------------------------------------------------


def test_a_step_shows_every_key_it_will_publish_and_who_uses_it() -> None:
    one = flow(the_task(), PLAN.definition, {}, NOW).children[0]  # type: ignore[union-attr]
    assert isinstance(one, StepBox)
    (line,) = one.response
    assert (line.key, line.value, line.source, [reader.link for reader in line.readers]) == (
        "age",
        None,
        "a",
        ["b", "b"],
    )


def test_in_a_long_flow_only_what_needs_looking_at_is_unfolded() -> None:
    steps = [a_step(f"s{n}", "x") for n in range(61)]
    plan = a_plan(a_system(*(step.id for step in steps)), steps)
    task = a_task(plan)
    task.step_info["s3"].status = StepStatus.FAILED
    box = flow(task, plan.definition, {}, NOW, "s5")
    unfolded = [child.id for child in box.children if not child.folded]  # type: ignore[union-attr]
    assert unfolded == ["s3", "s5"]
