"""Why a task is where it is, in one sentence."""

from datetime import timedelta
from typing import Any

from engine.model import Attempt, Definition, LinkStatus, StepStatus, Task, TaskStatus, Verdict
from engine.overview import Unclaimed
from tests.clock import START
from tests.systems import a_link, a_step, an_api
from webapp.view.reason import Reason, more_text, reason

CONDITION = "result.name != None and len(result.name) > 2"
DEFINITION = Definition.model_validate(
    {
        "system": {"_id": "s", "step": [[{"_id": "one"}, {"_id": "two"}]]},
        "steps": {
            "one": a_step("one", a_link("a", condition=CONDITION), response={"age": "a result.age"}),
            "two": a_step("two", a_link("b", args={"age": "$$one.age"})),
        },
        "apis": {"api1": an_api("http://x")},
    }
)


def a_task(state: dict[str, Any] | None = None, step: StepStatus = StepStatus.RUNNING, **fields: Any) -> Task:
    """one polls; two waits for its value."""
    one: dict[str, Any] = {"_id": "a", "status": "WAITING", "tries": 3} | (state or {})
    links: dict[str, Any] = {"one": one, "two": {"_id": "b", "args": {"age": "$$one.age"}}}
    info = {name: {"status": step, "api_status": {link["_id"]: link}} for name, link in links.items()}
    return Task.model_validate({"_id": "t", "system": "s", "status": "WAITING", "step_info": info} | fields)


def the_reason(task: Task, body: str | None = None, unclaimed: Unclaimed | None = None) -> Reason:
    place: dict[str, Any] = {"task": "t", "step": "one", "link": "a", "seq": 1, "at": START, "last_at": START}
    verdict = Verdict.NOT_YET if body else Verdict.FAILED
    last = Attempt(id="t/1/1", verdict=verdict, body=body, message="answered 500", **place)
    return reason(task, DEFINITION, {"t/1/1": last}, START, unclaimed)


def test_a_poll_tells_the_part_of_its_condition_that_does_not_hold_and_when_it_is_tried_again() -> None:
    at = START + timedelta(seconds=5)
    found = the_reason(a_task({"last": "t/1/1", "next_try_at": at}), '{"name": null}')
    assert found.text == "one/a waits until result.name != None; now result.name = null."
    assert (found.step, found.link, found.tries, found.next_try.text) == ("one", "a", 3, "00:00:05")


def test_a_part_that_holds_is_not_what_is_waited_for() -> None:
    found = the_reason(a_task({"last": "t/1/1"}), '{"name": "ab"}')
    assert found.text == "one/a waits until len(result.name) > 2; now len(result.name) = 2."


def test_a_failed_try_tells_what_the_answer_was() -> None:
    assert the_reason(a_task({"last": "t/1/1"})).text == "one/a is tried again: answered 500"


def test_a_missing_value_is_told_only_when_nothing_nearer_to_the_cause_is_there() -> None:
    found = the_reason(a_task({"status": LinkStatus.DONE}))
    assert found.text == "two/b waits for one.age, which one/a publishes."
    assert the_reason(a_task({"last": "t/1/1"}), '{"name": null}').more == 1


def test_of_two_causes_the_one_whose_deadline_comes_first_is_told() -> None:
    task = a_task({"last": "t/1/1"})
    two = task.step_info["two"].api_status["b"]
    two.status, two.procmmsg = LinkStatus.WAITING, "busy"
    task.step_info["one"].deadline = START + timedelta(hours=2)
    task.step_info["two"].deadline = START + timedelta(hours=1)
    assert the_reason(task).text == "two/b is tried again: busy"


def test_a_failure_names_the_call_and_what_it_said() -> None:
    found = the_reason(a_task({"status": LinkStatus.FAILED, "procmmsg": "answered 500"}, status=TaskStatus.FAILED))
    assert (found.text, found.tone) == ("one/a failed: answered 500", "bad")


def test_an_unknown_outcome_goes_before_all_else() -> None:
    found = the_reason(a_task({"status": LinkStatus.UNKNOWN}, attention="it is not known"))
    assert found.unknown
    assert found.text.startswith("Nobody knows whether the call of one/a took effect")


def test_a_quarantine_tells_itself() -> None:
    assert the_reason(a_task(crashes=5, attention="five workers were lost")).text == "five workers were lost"


def test_a_request_tells_who_asked() -> None:
    assert the_reason(a_task(request="pause", requested_by="bob")).text.startswith("bob asked for a pause")


def test_a_pause_tells_who_and_when() -> None:
    task = a_task(status=TaskStatus.PAUSED, paused_at=START, requested_by="bob")
    assert the_reason(task).text.startswith("bob paused it, ")


def test_a_draft_says_that_nobody_has_started_it() -> None:
    assert "draft" in the_reason(a_task(status=TaskStatus.READY)).text


def test_a_draft_that_lacks_something_says_what() -> None:
    assert the_reason(a_task(status=TaskStatus.READY, attention="cannot be started yet: x")).text.endswith("yet: x")


def test_a_done_task_tells_how_long_it_took() -> None:
    task = a_task(status=TaskStatus.DONE, started_at=START, ended_at=START + timedelta(minutes=3))
    assert the_reason(task).text == "Every step has passed; it took 3 m."


def test_a_task_that_nobody_has_although_it_is_due_tells_why() -> None:
    assert the_reason(a_task(), unclaimed=Unclaimed.NO_WORKER).text.startswith("No worker runs")


def test_between_two_calls_a_worker_has_it() -> None:
    assert the_reason(a_task(step=StepStatus.READY, status=TaskStatus.RUNNING)).text.startswith("A worker has it")


def test_a_call_in_flight_is_told() -> None:
    assert the_reason(a_task({"status": LinkStatus.RUNNING})).text == "one/a is being called."


def test_the_other_calls_that_wait_are_counted() -> None:
    assert (more_text(0), more_text(1), more_text(2)) == ("", "1 more call waits.", "2 more calls wait.")
