"""The proof (R10): a test per check, each asks for the path and for the words that help."""

import pytest

from engine.model import Problem
from engine.plan import adopt, prove, prove_system, task_args
from tests.unit.builders import NOW, a_link, a_plan, a_step, a_system, a_task, an_api, seed_plan, seed_task


def proof(plan, bindings=None, **fields) -> dict[str, Problem]:
    """The problems by path."""
    task = a_task(plan, bindings, **fields)
    return {problem.path: problem for problem in prove(plan, task, task_args(plan, task))}


def one(plan, bindings=None, **fields) -> Problem:
    (problem,) = proof(plan, bindings, **fields).values()
    return problem


def two_steps(**kinds):
    """s1 publishes age from api a; s2 calls b with the args asked for."""
    steps = [a_step("s1", "a", age="a"), a_step("s2", "b", grade="b")]
    return a_plan(a_system("s1", "s2"), steps, [an_api("a", {"age": ""}), an_api("b", **kinds)])


B_AGE = "step_info.s2.api_status.b.args.age"


def bound(raw):
    return {"s2/b": {"args": {"age": raw}}}


def test_the_seed_passes():
    plan = seed_plan()
    task = adopt(plan, seed_task(n=4), NOW)
    assert prove(plan, task, task_args(plan, task)) == []
    assert prove_system(plan) == []


def test_a_key_that_its_step_never_produces_names_the_step_that_does():
    plan, task = seed_plan(), seed_task(n=4)
    task.step_info["step4"].api_status["api5"].args["sex"] = "$$step3.sex"
    (problem,) = prove(plan, task, task_args(plan, task))
    assert problem.path == "step_info.step4.api_status.api5.args.sex"
    assert problem.message == "$$step3.sex: step3 never produces sex: it produces isold; step2 produces sex"
    assert problem.hint == "write $$step2.sex"


def test_a_key_that_nobody_produces():
    problem = one(two_steps(age="any"), bound("$$s1.aeg"))
    assert "s1 never produces aeg: it produces age" in problem.message
    assert "add aeg to the response of s1; did you mean age?" in problem.hint


def test_a_task_arg_that_is_missing():
    problem = one(two_steps(age="any"), bound("$TASK.conut"), args={"count": 1})
    assert "the task has no arg conut" in problem.message
    assert "did you mean count?" in problem.hint


@pytest.mark.parametrize("name", ["_id", "name", "system", "labels", "priority", "given", "declared"])
def test_task_args_def_args_and_the_tasks_own_fields_can_be_read(name):
    steps = [a_step("s1", a_link("a", args={}))]
    plan = a_plan(a_system("s1", declared=1), steps, [an_api("a", age="any")])
    assert not proof(plan, {"s1/a": {"args": {"age": f"$$TASK.{name}"}}}, args={"given": 1})


def test_a_reference_to_a_step_that_is_not_in_the_system():
    problem = one(two_steps(age="any"), bound("$$s9.age"))
    assert "there is no step called s9 in this system" in problem.message
    assert "s1" in problem.hint


def test_a_reference_to_a_step_that_can_only_come_later():
    plan = a_plan(a_system("s1", "s2"), [a_step("s1", "a"), a_step("s2", "b", x="b")], [an_api("a", x="any")])
    problem = one(plan, {"s1/a": {"args": {"x": "$$s2.x"}}})
    assert "s2 starts only after s1 has ended" in problem.message
    assert "move s2 up" in problem.hint


def test_a_link_that_waits_for_itself():
    problem = one(two_steps(age="any"), bound("$$s2.grade"))
    assert "s2/b would wait for its own result" in problem.message


def test_a_link_that_waits_for_its_whole_step():
    problem = one(two_steps(age="any"), bound("$CODE len(s2)"))
    assert "s2/b would wait for its own result" in problem.message


def test_a_cycle_of_links_is_named():
    steps = [a_step("s1", "a", x="a"), a_step("s2", "b", y="b")]
    plan = a_plan(a_system(["s1", "s2"]), steps, [an_api("a", p="any"), an_api("b", q="any")])
    problem = one(plan, {"s1/a": {"args": {"p": "$$s2.y"}}, "s2/b": {"args": {"q": "$CODE s1.x + 1"}}})
    assert problem.path == "step_info.s1.api_status.a.args.p"
    assert "s1/a → s2/b → s1/a" in problem.message


def test_a_cycle_through_the_flow_is_named():
    steps = [a_step("a", "la"), a_step("b", "lb", y="lb"), a_step("c", "lc"), a_step("d", "ld", x="ld")]
    plan = a_plan(a_system([["a", "b"], ["c", "d"]]), steps, [an_api("la", x="any"), an_api("lc", y="any")])
    problem = one(plan, {"a/la": {"args": {"x": "$$d.x"}}, "c/lc": {"args": {"y": "$$b.y"}}})
    assert "a/la → d/ld → c/lc → b/lb → a/la" in problem.message


def test_a_cycle_of_largs_is_found_too():
    steps = [a_step("s1", "a", x="a"), a_step("s2", "b", y="b")]
    plan = a_plan(a_system(["s1", "s2"]), steps, [an_api("a", p="any")])
    reduce = "return result[0]"
    loop = {"type": "LOOP", "largs": "$$s1.x", "lresult": reduce}
    assert "s1/a → s2/b → s1/a" in one(plan, {"s1/a": {"args": {"p": "$$s2.y"}}, "s2/b": loop}).message


def test_links_of_one_step_may_wait_for_each_other_in_one_direction():
    plan = a_plan(a_system("s"), [a_step("s", "a", "b", x="a")], [an_api("b", x="any")])
    assert not proof(plan, {"s/b": {"args": {"x": "$$s.x"}}})


def test_a_link_may_read_a_parallel_step():
    steps = [a_step("s1", "a", x="a"), a_step("s2", "b")]
    assert not proof(a_plan(a_system(["s1", "s2"]), steps, [an_api("b", x="any")]), {"s2/b": {"args": {"x": "$$s1.x"}}})


def test_an_arg_with_no_value_anywhere():
    problem = one(a_plan(a_system("s"), [a_step("s", "a")], [an_api("a", age="int")]))
    assert problem.path == "step_info.s.api_status.a.args.age"
    assert "age of s/a has no value anywhere" in problem.message


def test_an_arg_with_two_candidates_asks_for_a_choice():
    steps = [a_step("s1", "a", age="a"), a_step("s2", "b", age="b"), a_step("s3", "c")]
    problem = one(a_plan(a_system("s1", "s2", "s3"), steps, [an_api("c", age="any")]))
    assert "age could come from 2 steps: s1, s2" in problem.message
    assert problem.hint == "choose one: $$s1.age or $$s2.age"


def test_a_default_of_the_api_is_a_value():
    assert not proof(a_plan(a_system("s"), [a_step("s", "a")], [an_api("a", age=("int", 3))]))


def test_a_default_that_its_type_cannot_take():
    found = proof(a_plan(a_system("s"), [a_step("s", "a")], [an_api("a", age=("int", "old"))]))
    assert "text 'old': that can never be read as int" in found["api.a.args.age.val"].message


def test_an_arg_that_is_null_is_no_value():
    assert "set to nothing" in one(two_steps(age=("int", 1)), bound(None)).message


def test_an_arg_that_the_api_does_not_declare():
    problem = one(two_steps(age=("int", 1)), {"s2/b": {"args": {"agee": 1}}})
    assert "b has no arg called agee" in problem.message
    assert "did you mean age?" in problem.hint


@pytest.mark.parametrize("raw", ["$$", "$$s1", "$$s1.", "$TASK.", "$CODE", {"deep": ["$$s1"]}])
def test_a_text_that_is_no_value(raw):
    problem = one(two_steps(age="any"), bound(raw))
    assert problem.path.startswith(B_AGE)
    assert "\\$" in problem.hint


def test_the_path_of_a_problem_leads_into_the_value():
    problem = one(two_steps(age="any"), bound({"deep": [1, "$$s9.x"]}))
    assert problem.path == f"{B_AGE}.deep[1]"


def test_a_syntax_error_in_code_is_told_with_its_line():
    problem = one(two_steps(age="any"), bound("$CODE (1 +"))
    assert "$CODE cannot be used" in problem.message
    assert "line 1" in problem.message


def test_a_forbidden_word_in_code():
    assert "$CODE cannot be used" in one(two_steps(age="any"), bound("$CODE __import__('os').system('x')")).message


def test_a_name_in_code_that_is_no_step():
    assert "there is no step called colour" in one(two_steps(age="any"), bound("$CODE colour.red")).message


def test_loop_is_there_in_a_loop_only():
    problem = one(two_steps(age="any"), bound("$CODE loop.index"))
    assert "loop is only there in a LOOP" in problem.message
    assert not proof(two_steps(age="any"), looped(largs=3, args={"age": "$CODE loop.index"}))


def test_a_secret_may_be_of_any_type_and_none_is_missed_where_nobody_knows_them():
    assert not proof(two_steps(age="int"), bound("$$SECRET.token"))


@pytest.mark.parametrize(
    ("raw", "message", "hint"),
    [
        ("$$SECRET.tokn", "$$SECRET.tokn: there is no secret called tokn", "did you mean token?"),
        ({"in": ["$$SECRET.x"]}, "$$SECRET.x: there is no secret called x", "secret set x"),
        ("$$SECRET.token.part", "$$SECRET.token.part: a secret is one text without parts", "write $$SECRET.token"),
        ("$CODE SECRET.token", "$CODE SECRET.token: a script cannot read secrets", "to an arg of its own"),
    ],
)
def test_a_secret_that_cannot_be_had_is_told_with_its_path(raw, message, hint):
    plan = two_steps(age="any")
    task = a_task(plan, bound(raw))
    (problem,) = prove(plan, task, task_args(plan, task), {"token"})
    assert problem.path.startswith(B_AGE)
    assert problem.message == message
    assert hint in problem.hint


def test_a_text_with_an_escaped_dollar_is_a_text():
    assert not proof(two_steps(age="string"), bound("\\$$s9.x"))


SAMPLES_THAT_CANNOT = [
    ("int", "abc"), ("int", {}), ("int", []), ("int", 1.5), ("float", "x"), ("float", {}), ("bool", "maybe"),
    ("bool", []), ("list", 3), ("list", {}), ("list", "abc"), ("object", []), ("object", True), ("object", "[1]"),
]  # fmt: skip
SAMPLES_THAT_CAN = [
    ("int", "7"), ("int", 7.0), ("int", None), ("int", ""), ("float", "1e3"), ("bool", "true"), ("bool", 0),
    ("list", "[1]"), ("object", '{"a": 1}'), ("object", ""), ("string", {}), ("any", []), ("string", True),
]  # fmt: skip


def sampled(kind, sample):
    steps = [a_step("s1", "a", age="a"), a_step("s2", "b")]
    return a_plan(a_system("s1", "s2"), steps, [an_api("a", {"age": sample}), an_api("b", age=kind)])


@pytest.mark.parametrize(("kind", "sample"), SAMPLES_THAT_CANNOT)
def test_a_type_that_cannot_fit_the_sample(kind, sample):
    problem = one(sampled(kind, sample), bound("$$s1.age"))
    assert problem.path == B_AGE
    assert "by the sample, $$s1.age is" in problem.message
    assert f"never be read as {kind}" in problem.message


@pytest.mark.parametrize(("kind", "sample"), SAMPLES_THAT_CAN)
def test_a_sample_that_fits_or_says_nothing(kind, sample):
    assert not proof(sampled(kind, sample), bound("$$s1.age"))


def test_the_sample_is_followed_into_its_depth():
    problem = one(sampled("int", {"years": ["old"]}), bound("$$s1.age.years[0]"))
    assert "text 'old'" in problem.message
    assert not proof(sampled("int", {"years": [3]}), bound("$$s1.age.years[0]"))


def test_a_literal_that_its_type_cannot_take():
    assert "text 'abc': that can never be read as int" in one(two_steps(age="int"), bound("abc")).message
    assert not proof(two_steps(age="int"), bound("12"))


def test_a_task_arg_that_its_type_cannot_take():
    problem = one(two_steps(age="int"), bound("$TASK.n"), args={"n": "many"})
    assert "$TASK.n is text 'many'" in problem.message


def looped(**settings):
    """The link s2/b, whose result s2 publishes as `result.grade`, as a loop."""
    settings = {"type": "LOOP", "lresult": "return result[0]", **settings}
    return {"s2/b": settings}


@pytest.mark.parametrize("largs", [0, 4, "4", [], [1, 2], "$TASK.n", "$$s1.age", "$CODE task.n * 2"])
def test_largs_that_can_be_counted(largs):
    assert not proof(two_steps(), looped(largs=largs), args={"n": 4})


@pytest.mark.parametrize("largs", [-1, True, 1.5, {}, "four", "-3", 10_001])
def test_largs_that_cannot_be_counted(largs):
    problem = one(two_steps(), looped(largs=largs))
    assert problem.path == "step_info.s2.api_status.b.largs"
    assert "largs" in problem.message


def test_largs_from_a_task_arg_that_is_no_count():
    problem = one(two_steps(), looped(largs="$TASK.n"), args={"n": -2})
    assert "$TASK.n: largs asks for -2 rounds" in problem.message


def test_a_loop_without_largs():
    assert "a LOOP needs largs" in one(two_steps(), looped()).message


def test_largs_cannot_read_loop():
    assert "there is no loop yet" in one(two_steps(), looped(largs="$CODE loop.index")).message


@pytest.mark.parametrize("field", [{"largs": 2}, {"lresult": "return result"}, {"lparallel": 2}])
def test_loop_settings_without_a_loop(field):
    problem = one(two_steps(), {"s2/b": field})
    assert "its type is API" in problem.message
    assert "set its type to LOOP" in problem.hint


def test_a_syntax_error_in_lresult():
    problem = one(two_steps(), looped(largs=2, lresult="x = result[0]\nreturn x x"))
    assert "lresult cannot be used" in problem.message
    assert "line 2" in problem.message


def test_lresult_reads_no_steps():
    assert "there is no 's1' here" in one(two_steps(), looped(largs=2, lresult="return s1.age")).message


def test_a_list_that_is_read_like_an_object():
    problem = one(two_steps(), {"s2/b": {"type": "LOOP", "largs": 3}})
    assert "the response key grade of s2 reads result.grade, but the result of a LOOP is a list" in problem.message


def test_steps_and_links_that_the_task_lacks_or_has_too_many():
    plan = two_steps()
    task = a_task(plan)
    task.step_info["s9"] = task.step_info.pop("s1")
    task.step_info["s2"].api_status["c"] = task.step_info["s2"].api_status.pop("b")
    found = {problem.path: problem.message for problem in prove(plan, task, {})}
    assert found == {
        "step_info.s9": "the plan has no step called s9 here",
        "step_info.s1": "the task lacks the step s1",
        "step_info.s2.api_status.c": "the plan has no link called c here",
        "step_info.s2.api_status.b": "the task lacks the link b",
    }


def test_all_problems_come_at_once():
    plan = two_steps(age="int", name="string", size="int")
    found = proof(plan, {"s2/b": {"args": {"age": "abc", "name": "$$s9.x", "more": 1}, "largs": 2}})
    base = "step_info.s2.api_status.b"
    assert set(found) == {f"{base}.args.{name}" for name in ("age", "name", "more", "size")} | {f"{base}.largs"}


def system_problems(*links, **apis) -> list[str]:
    steps = [a_step("s1", "a", age="a"), a_step("s2", *links)]
    return [str(p) for p in prove_system(a_plan(a_system("s1", "s2"), steps, [an_api("b", **apis)]))]


def test_a_definition_alone_is_not_blamed_for_what_a_task_may_bring():
    assert system_problems(a_link("b", op="LOOP", args={"n": "$TASK.n"}), n="int", other="int") == []


def test_the_bindings_of_a_definition_are_proven():
    (problem,) = system_problems(a_link("b", args={"age": "$$s1.aeg"}), age="int")
    assert problem.startswith("step.s2.checklink.b.api.val.args.age: $$s1.aeg: s1 never produces aeg")
