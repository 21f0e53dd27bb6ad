"""The flow as boxes."""

from engine.model import Attempt, LinkState, Round, StepType, Verdict
from tests.unit.builders import NOW, a_plan, a_step, a_system, a_task, seed_plan, seed_task
from webapp.view.flow import ParallelBox, SequenceBox, StepBox, arg_lines, flow, loop_text, written


def boxes(plan, **fields):
    return flow(a_task(plan, **fields), plan.definition, {}, NOW)


def a_call(**args):
    return Attempt(id="a", task="t", step="s", link="l", seq=1, verdict=Verdict.DONE, at=NOW, last_at=NOW, args=args)


def test_the_seed_is_a_sequence_with_a_parallel_group_in_it():
    plan = seed_plan()
    root = flow(seed_task(), plan.definition, {}, NOW)
    assert isinstance(root, SequenceBox)
    assert [box.kind for box in root.children] == ["step", "parallel", "step"]
    step1 = root.children[0]
    assert isinstance(step1, StepBox)
    assert (step1.name, step1.span, step1.badge.word) == ("step1", "1 d", "READY")
    assert (step1.links[0].id, step1.links[0].callee.word) == ("api1", "GET")
    assert step1.links[0].args[0].bound == "$CODE(loop.index + 1) * '*'"


def test_lists_in_lists_take_turns():
    plan = a_plan(a_system("a", ["b", ["c", "d"]]), [a_step(id_, "api1") for id_ in "abcd"])
    group = boxes(plan).children[1]
    assert isinstance(group, ParallelBox)
    assert [box.kind for box in group.children] == ["step", "sequence"]


def test_a_plan_that_the_task_does_not_know_is_shown_as_not_begun():
    plan = a_plan(a_system("a"), [a_step("a", "api1")])
    box = boxes(plan, step_info={}).children[0]
    assert (box.badge.word, box.links[0].badge.word) == ("READY", "READY")


def test_an_arg_shows_its_binding_and_what_was_sent():
    lines = arg_lines({"name": "$$step1.name", "n": 4, "word": "as it is"}, a_call(name="abc", n=4, word="as it is"))
    assert [(line.name, line.bound, line.resolved) for line in lines] == [
        ("name", "$$step1.name", '"abc"'),
        ("n", "4", None),
        ("word", '"as it is"', None),
    ]


def test_an_arg_from_the_apis_default_shows_once_it_was_sent():
    (line,) = arg_lines({}, a_call(lang="en"))
    assert (line.name, line.bound, line.resolved) == ("lang", "", '"en"')


def test_text_is_quoted_and_a_reference_is_not():
    assert written("x") == '"x"'
    assert written("$TASK.n") == "$TASK.n"
    assert written({"a": None}) == '{"a": null}'


def test_a_loop_tells_its_rounds():
    assert loop_text(LinkState(id="l")) == ""
    loop = LinkState(id="l", type=StepType.LOOP, largs="$TASK.n")
    assert loop_text(loop) == "loop over $TASK.n"
    rounds = {"0": Round(result="a"), "1": Round()}
    assert loop_text(loop.model_copy(update={"total": 4, "rounds": rounds})) == "1 of 4 rounds"
