"""The user's own document, run end to end against the mock APIs."""

from typing import Any

from engine.command import read_documents
from engine.model import LinkStatus, StepStatus, TaskStatus
from tests.stage import Stage


def run_the_document_s_task(stage: Stage, seed: dict[str, Any], n: int = 4) -> Any:
    stage.load(seed)
    (document,) = read_documents(seed).tasks.values()
    task = stage.operator.create_from_document(document.model_copy(update={"args": {"n": n}}))
    stage.operator.start(task.id)
    return stage.go(task)


def test_the_document_s_own_task_runs_to_done(stage: Stage, seed: dict[str, Any]) -> None:
    task = run_the_document_s_task(stage, seed)
    assert task.status == TaskStatus.DONE
    assert {info.status for info in task.step_info.values()} == {StepStatus.DONE}
    assert task.step_info["step1"].response == {"name": "****"}
    assert set(task.step_info["step4"].response) == {"grade", "msg"}
    assert all(task.step_info["step4"].response.values())
