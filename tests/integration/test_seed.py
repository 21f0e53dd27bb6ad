"""The user's own document, run end to end; and the ten points that a hasty reading gets wrong, each by its name."""

from typing import Any

import pytest

from engine.command import read_documents
from engine.model import Invalid, LinkStatus, Step, StepStatus, Task, TaskStatus
from tests.stage import Stage


def create(stage: Stage, seed: dict[str, Any], args: dict[str, Any] | None = None) -> Task:
    stage.load(seed)
    (document,) = read_documents(seed).tasks.values()
    task = stage.operator.create_from_document(document.model_copy(update={"args": args or {"n": 4}}))
    return stage.operator.start(task.id)


def run(stage: Stage, seed: dict[str, Any], args: dict[str, Any] | None = None) -> Task:
    return stage.go(create(stage, seed, args))


def test_the_document_s_own_task_runs_to_done(stage: Stage, seed: dict[str, Any]) -> None:
    task = run(stage, seed)
    assert task.status == TaskStatus.DONE
    assert {info.status for info in task.step_info.values()} == {StepStatus.DONE}
    assert task.step_info["step1"].response == {"name": "****"}
    assert set(task.step_info["step4"].response) == {"grade", "msg"}
    assert all(task.step_info["step4"].response.values())


def test_a_task_wired_by_name_runs_to_done_with_the_document_s_bindings(stage: Stage, seed: dict[str, Any]) -> None:
    stage.load(seed)
    loop = {"type": "LOOP", "largs": "$TASK.n", "args": {"name": "$CODE(loop.index + 1) * '*'"}}
    loop["lresult"] = seed["task"][0]["step_info"]["step1"]["api_status"]["api1"]["lresult"]
    task = stage.start(args={"n": 4}, step_info={"step1": {"api_status": {"api1": loop}}})
    for step, info in seed["task"][0]["step_info"].items():
        for link, state in info["api_status"].items():
            assert stage.link(task, step, link).args == state["args"]
    assert stage.go(task).status == TaskStatus.DONE


def test_point_1_everything_behind_code_is_one_expression(stage: Stage, seed: dict[str, Any]) -> None:
    run(stage, seed)
    assert [call["args"]["name"] for call in stage.calls("api1")] == ["*", "**", "***", "****"]


def test_point_2_api4_starts_when_age_is_there_though_api3_is_not_done(stage: Stage, seed: dict[str, Any]) -> None:
    stage.set_knobs("api3", not_ready=1)
    task = run(stage, seed)
    assert stage.link(task, "step2", "api3").status == LinkStatus.WAITING
    assert stage.link(task, "step3", "api4").status == LinkStatus.DONE
    assert stage.go(task, seconds=5).status == TaskStatus.DONE


def test_point_3_an_absent_key_is_none_and_no_error(stage: Stage, seed: dict[str, Any]) -> None:
    task = run(stage, seed)
    assert stage.link(task, "step3", "api4").status == LinkStatus.DONE  # `result.age != 0` on `{"isold": …}`


def test_point_4_a_key_that_its_step_never_produces_is_refused(stage: Stage, seed: dict[str, Any]) -> None:
    seed["task"][0]["step_info"]["step4"]["api_status"]["api5"]["args"]["sex"] = "$$step3.sex"
    with pytest.raises(Invalid) as caught:
        create(stage, seed)
    (problem,) = caught.value.problems
    assert problem.path == "step_info.step4.api_status.api5.args.sex"
    assert "step3" in problem.message
    assert "sex" in problem.message


@pytest.mark.parametrize("reference", ["$TASK.n", "$$TASK.n"])
def test_point_5_one_or_two_dollars_read_a_task_parameter(stage: Stage, seed: dict[str, Any], reference: str) -> None:
    seed["system"][0]["def_args"] = {"n": 4, "other": 1}
    seed["task"][0]["step_info"]["step1"]["api_status"]["api1"]["largs"] = reference
    task = run(stage, seed, {"other": 2})
    assert task.status == TaskStatus.DONE
    assert len(stage.calls("api1")) == 4


def test_point_6_with_n_of_three_the_task_fails_and_says_where_and_why(stage: Stage, seed: dict[str, Any]) -> None:
    task = run(stage, seed, {"n": 3})
    assert task.status == TaskStatus.FAILED
    for part in ("step1", "api1", "lresult", "line 2", "result[3].name", "list of 3"):
        assert part in task.process_msg


def test_point_7_stray_spaces_around_the_lines_of_lresult_do_no_harm(stage: Stage, seed: dict[str, Any]) -> None:
    lines = "  r = { 'name': '' }  \n  r['name'] = result[3].name \t\n  return r  "
    seed["task"][0]["step_info"]["step1"]["api_status"]["api1"]["lresult"] = lines
    assert run(stage, seed).status == TaskStatus.DONE


def test_point_8_an_age_that_comes_as_text_is_sent_as_a_whole_number(stage: Stage, seed: dict[str, Any]) -> None:
    seed["step"][1]["response"]["age"]["key"] = "str(result.age)"
    task = run(stage, seed)
    assert isinstance(task.step_info["step2"].response["age"], str)
    assert stage.history(task, "step3", "api4")[-1].args == {"age": int(task.step_info["step2"].response["age"])}


def test_point_9_a_list_in_a_parallel_group_is_a_sequence(stage: Stage, seed: dict[str, Any]) -> None:
    flow = seed["system"][0]["step"]
    seed["system"][0]["step"] = [flow[0], [flow[1][0], [flow[1][1], flow[2]]]]
    task = run(stage, seed)
    assert task.status == TaskStatus.DONE
    started = {step: info.started_at for step, info in task.step_info.items()}
    ended = {step: info.ended_at for step, info in task.step_info.items()}
    assert ended["step3"] <= started["step4"]  # type: ignore[operator]


def test_point_10_a_step_polls_its_api_for_days_until_its_condition_holds(stage: Stage, seed: dict[str, Any]) -> None:
    stage.set_knobs("api4", not_ready=40)
    for step in seed["step"]:
        for link in step["checklink"]:
            link["api"]["val"]["interval"] = 6 * 3600
    seed["step"][2]["checklink"][0]["condition"]["val"] = "result.isold != None"
    task = create(stage, seed)
    for _ in range(40):
        assert stage.go(task, seconds=6 * 3600).status == TaskStatus.WAITING
    assert stage.go(task, seconds=6 * 3600).status == TaskStatus.DONE
    assert len(stage.calls("api4")) == 41


def test_a_parked_task_is_in_nobody_s_hands(stage: Stage, seed: dict[str, Any]) -> None:
    stage.set_knobs("api4", status=503)
    task = run(stage, seed)
    assert (task.status, task.owner, stage.worker.held) == (TaskStatus.WAITING, None, {})
    assert task.wake_at == stage.link(task, "step3", "api4").next_try_at
    assert "answered 503" in stage.link(task, "step3", "api4").procmmsg


def test_the_seed_s_steps_load_with_their_spans(seed: dict[str, Any]) -> None:
    assert [Step.load(raw).expect_span.seconds for raw in seed["step"]] == [86_400] * 4
