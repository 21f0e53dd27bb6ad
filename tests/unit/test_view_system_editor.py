"""What the editor of a system shows: its tree, the values that cross it, what is missing and what is wrong."""

from __future__ import annotations

from typing import Any

import pytest

from engine.model import Problem, System
from tests.unit.builders import a_link, a_step, an_api, seed_plan
from webapp.view.library import Library
from webapp.view.system_editor import EditorPage, GroupItem, MapStep, StepItem, editor_page

ASK, SAY = a_step("ask", "ask", name="ask"), a_step("say", "say", day=2)
APIS = {"ask": an_api("ask"), "say": an_api("say", name="string")}


def a_library(*systems: System, **steps: Any) -> Library:
    known = {"ask": ASK, "say": SAY} | steps
    return Library({system.id: system for system in systems}, known, APIS)


def a_page(
    flow: list[Any], library: Library | None = None, problems: Any = (), query: str = "", **system: Any
) -> EditorPage:
    one = System.load({"_id": "sys", "step": flow} | system)
    return editor_page(flow, one, library or a_library(), problems, query)


def steps_in(items: Any) -> list[StepItem]:
    return [step for item in items for step in ([item] if isinstance(item, StepItem) else steps_in(item.children))]


def boxes(shape: Any) -> dict[str, MapStep]:
    if isinstance(shape, MapStep):
        return {shape.step: shape}
    return {step: box for child in shape.children for step, box in boxes(child).items()}


def reads(page: EditorPage, step: str) -> list[tuple[str, str, str]]:
    return [(read.arg, read.value, read.how) for read in boxes(page.map)[step].reads]


def test_the_seed_s_values_cross_its_steps_as_its_document_says():
    plan = seed_plan()
    library = Library({}, plan.definition.steps, plan.definition.apis)
    page = editor_page(plan.system.step, plan.system, library, (), "")
    assert reads(page, "step3") == [("age", "step2.age", "named")]
    assert ("isold", "step3.isold", "named") in reads(page, "step4")
    assert [(one.name, one.wanted_by, one.late) for one in page.missing] == [("name", "step1/api1", "")]
    assert page.span == "3 d"


def test_a_value_that_is_bound_is_told_from_one_that_is_found():
    bound = a_step("say", a_link("say", args={"name": "$$ask.name"}))
    assert reads(a_page(["ask", "say"], a_library(say=bound)), "say") == [("name", "ask.name", "given")]
    assert reads(a_page(["ask", "say"]), "say") == [("name", "ask.name", "named")]


def test_the_longest_way_is_marked():
    page = a_page(["ask", ["say", "end"]], a_library(end=a_step("end", day=1)))
    assert [step.step for step in steps_in(page.tree) if step.critical] == ["ask", "say"]
    assert page.span == "3 d"


def test_what_nothing_provides_is_told_unless_the_system_declares_it():
    (missing,) = a_page(["say"]).missing
    assert (missing.name, missing.wanted_by, missing.late) == ("name", "say/say", "")
    assert a_page(["say"], def_args={"name": None}).missing == ()
    assert a_page(["say", "ask"]).missing[0].late == "ask"


def test_an_arg_of_the_task_that_a_loop_counts_by_is_missed_too():
    loop = a_step("say", a_link("say", op="LOOP", largs="$TASK.n", args={"name": "$TASK.who"}))
    assert {one.name for one in a_page(["say"], a_library(say=loop)).missing} == {"n", "who"}


def test_a_value_of_two_steps_is_to_be_chosen():
    other = a_step("other", "ask", name="ask")
    (choice,) = a_page(["ask", "other", "say"], a_library(other=other)).choices
    assert (choice.place, choice.could) == ("say/say", ("$$ask.name", "$$other.name"))


def test_an_entry_can_be_moved_where_there_is_room():
    (first, group) = a_page(["ask", ["say", "end"]], a_library(end=a_step("end"))).tree
    assert isinstance(group, GroupItem)
    assert (first.moves.up, first.moves.down, first.moves.nest, first.moves.unnest) == (False, True, False, False)
    inner = group.children[1].moves
    assert (inner.up, inner.down, inner.nest, inner.unnest, inner.beside) == (True, False, True, True, False)
    assert group.moves.beside


def test_a_step_says_which_other_systems_use_it():
    others = [System.load({"_id": id_, "name": id_.upper(), "step": ["ask"]}) for id_ in ("sys", "b", "c")]
    (item,) = steps_in(a_page(["ask"], a_library(*others)).tree)
    assert item.also == (("b", "B"), ("c", "C"))


def test_a_tree_is_shown_whatever_is_wrong_with_it():
    page = a_page(["gone", "ask", "ask", {"x": 1}, []])
    known = {step.key: (step.known, step.twice) for step in steps_in(page.tree[:3])}
    assert known == {"gone": (False, False), "ask": (True, False), "ask.2": (True, True)}
    assert page.map is None


def test_steps_to_add_are_those_that_are_not_there_and_match_every_word():
    library = a_library(end=a_step("end", "say", result="say"))
    assert [step.id for step in a_page(["ask"], library).finding.steps] == ["end", "say"]
    assert [step.id for step in a_page(["ask"], library, query="SAY result").finding.steps] == ["end"]
    assert a_page(["ask", "say"]).finding.any_there is False


def test_the_step_that_is_called_as_somebody_types_is_offered_first():
    library = a_library(**{id_: a_step(id_) for id_ in ("a-pay", "pay", "payment", "repay")})
    finding = a_page(["ask"], library, query="Pay").finding
    assert [step.id for step in finding.steps] == ["pay", "payment", "a-pay", "repay"]


def test_no_more_steps_are_offered_than_can_be_looked_through():
    many = {f"s{n:03}": a_step(f"s{n:03}") for n in range(40)}
    finding = a_page(["ask"], a_library(**many)).finding
    assert (len(finding.steps), finding.more) == (8, 33)


@pytest.mark.parametrize(
    ("path", "field", "step", "api"),
    [
        ("step.say.checklink.say.api.val.args.name", "item.say", "say", ""),
        ("step.gone.response", "", "gone", ""),
        ("system.sys.step[1]", "item.say", "", ""),
        ("system.sys.step[7][1]", "tree", "", ""),
        ("system.sys.step", "tree", "", ""),
        ("system.other.step[1]", "", "", ""),
        ("arg.0", "arg.0", "", ""),
        ("api.ask.url", "", "", "ask"),
        ("limit", "limit", "", ""),
    ],
)
def test_a_problem_leads_to_where_it_is_mended(path, field, step, api):
    (line,) = a_page(["ask", "say"], problems=[Problem(path, "wrong")]).problems
    assert (line.field, line.step, line.api) == (field, step, api)
