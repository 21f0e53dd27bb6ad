"""The head of a task's page, its sections, and the marks of its repair forms."""

import pytest

from engine.model import LinkState, LinkStatus, Span, StepInfo, StepStatus
from engine.plan import Impact
from tests.unit.builders import a_plan, a_step, a_system, a_task
from tests.unit.test_view_timeline import at
from webapp.view.page import known_section, sections, slack, task_tag
from webapp.view.repair import Typed, bindings_mark, impact_mark, skip_mark, span_mark, unknown_mark

PLAN = a_plan(a_system("a"), [a_step("a", "x")])


def test_one_section_is_here_and_all_are_known() -> None:
    assert [one.name for one in sections("values") if one.here] == ["values"]
    assert all(known_section(one.name) for one in sections("flow"))
    assert not known_section("nope")


@pytest.mark.parametrize(
    ("seconds", "text", "late"),
    [(7_800, "2 h 10 m", False), (-61, "will be 1 m 1 s late", True), (-60, "0 s", False)],
)
def test_slack_is_what_is_left_or_by_how_much_it_will_be_late(seconds: float, text: str, late: bool) -> None:
    found = slack(seconds)
    assert found
    assert (found.text, found.late) == (text, late)
    assert slack(None) is None


def test_only_a_timeline_changes_by_itself() -> None:
    task = a_task(PLAN)
    assert task_tag(task, "v", "flow", at(0)) == task_tag(task, "v", "flow", at(60))
    assert task_tag(task, "v", "timeline", at(0)) != task_tag(task, "v", "timeline", at(60))
    assert task_tag(task, "v", "flow", at(0)) != task_tag(task, "v", "json", at(0))


# -- marks -------------------------------------------------------------------------------------------


def test_polls_leave_the_mark_of_the_args_and_an_edit_does_not() -> None:
    state = LinkState(id="l", args={"n": 1})
    polled = state.model_copy(update={"tries": 9, "seq": 3, "same": 4, "status": LinkStatus.WAITING})
    assert bindings_mark(polled) == bindings_mark(state)
    assert bindings_mark(state.model_copy(update={"args": {"n": 2}})) != bindings_mark(state)


def test_a_step_that_passed_or_published_has_another_mark() -> None:
    info = StepInfo(api_status={"l": LinkState(id="l")})
    passed = info.model_copy(update={"status": StepStatus.DONE})
    assert skip_mark(passed, None) != skip_mark(info, None)
    assert skip_mark(info.model_copy(update={"response": {"a": 1}}), "l") != skip_mark(info, "l")
    assert span_mark(info.model_copy(update={"expect_span": Span(day=3)})) != span_mark(info)


def test_more_to_lose_by_a_re_run_is_another_mark() -> None:
    task = a_task(PLAN)
    assert impact_mark(task, Impact("a", ("a",), (), {})) != impact_mark(task, Impact("a", ("a",), ("a",), {}))


def test_the_next_unknown_call_has_another_mark_even_if_it_came_to_the_same() -> None:
    state = LinkState(id="l", status=LinkStatus.UNKNOWN, seq=1)
    assert unknown_mark(state.model_copy(update={"same": 2})) != unknown_mark(state)


def test_what_was_typed_stands_in_its_own_form_alone_beside_the_state_now() -> None:
    typed = Typed("skip", {"reason": "mine"}, changed=True)
    assert (typed.said("skip", "reason", ""), typed.said("span", "reason", "old")) == ("mine", "old")
    assert typed.beside("skip", {"a": 1}) == '{\n  "a": 1\n}'
    assert typed.beside("span", {"a": 1}) == Typed("skip", {}).beside("skip", {"a": 1}) == ""
