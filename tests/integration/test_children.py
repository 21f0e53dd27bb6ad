"""Links that run another system: made once, waited for without holding anything, told of the end, mended in place."""

from typing import Any

import gevent
import gevent.event
import pytest

from engine.command import Catalog, read_documents
from engine.command.repair import _ANEW
from engine.model import Invalid, LinkStatus, StepType, Task, TaskStatus
from engine.plan import TaskDraft
from engine.run import Children, child_id
from engine.run.child import _LOOKS
from engine.run.link import _KINDS
from engine.worker import Worker
from tests.stage import Stage
from tests.systems import a_link, a_step, an_api, documents, runs

LEASE_S, LOOKS_S = 35, 5


def load(stage: Stage, condition: str = "", child_condition: str = "", **api: Any) -> None:
    """`order` runs `bill` with a name; that calls api1, and publishes what it says."""
    inner = a_step("sum", a_link(condition=child_condition), response={"total": "l result.name"})
    outer = a_step(
        "pay", runs("b", "bill", condition), response={"paid": "b result.sum.total", "by": "b result.args.name"}
    )
    after = a_step("end", a_link(args={"name": "$$pay.paid"}))
    found = documents([an_api(stage.mock.url, **api)], [inner, outer, after], [{"_id": "pay"}, {"_id": "end"}])
    found["system"][0] |= {"_id": "order", "def_args": {"name": "ann"}}
    found["system"].append({"_id": "bill", "step": [{"_id": "sum"}]})
    stage.load(found)


def child_of(task: Task, passed: int = 0) -> str:
    return child_id(task.id, "pay", "b", passed)


def kill(worker: Worker) -> None:
    """As kill -9 does: nothing more is run or written."""
    gevent.killall(list(worker._running.values()))
    worker._writer.kill()
    worker.held.clear()


def after_the_lease(stage: Stage) -> Worker:
    other = stage.another_worker()
    for _ in range(0, LEASE_S, LOOKS_S):
        stage.worker.renew()
        other.renew()
        other.look_around()
        stage.clock.turn(LOOKS_S)
    other.look_around()
    return other


def run_all(worker: Worker) -> None:
    while worker.step():
        pass


def children(stage: Stage) -> list[Task]:
    return [task for task in stage.store.tasks.all() if task.parent]


def test_each_table_of_kinds_has_every_kind() -> None:
    assert set(_KINDS) == set(_ANEW) == set(StepType)


def test_a_child_runs_and_its_response_is_the_links(stage: Stage) -> None:
    load(stage)
    task = stage.go(stage.start("order"))
    assert task.status == TaskStatus.DONE
    assert task.step_info["pay"].response == {"paid": "ann", "by": "ann"}
    assert [call["args"]["name"] for call in stage.calls()] == ["ann", "ann"]
    assert task.step_info["pay"].api_status["b"].procmmsg == f"task {child_of(task)} is done"


def test_parent_and_child_know_each_other(stage: Stage) -> None:
    load(stage)
    task = stage.go(stage.start("order", labels=["urgent"], priority=8))
    child = stage.task(child_of(task))
    assert child.to_json()["parent"] == {"task": task.id, "step": "pay", "link": "b", "pass": 0}
    assert (child.labels, child.priority, child.system) == (["urgent"], 8, "bill")
    assert [attempt.kind for attempt in stage.history(task, "pay", "b")] == ["child", "child"]


def test_while_the_child_runs_nobody_holds_the_parent(stage: Stage) -> None:
    stage.set_knobs("api1", not_ready=1)
    load(stage, child_condition="result.name != None")
    task = stage.go(stage.start("order"))
    assert (task.status, task.owner) == (TaskStatus.WAITING, None)
    assert task.process_msg.startswith(f"waits for task {child_of(task)}")
    assert stage.go(task, seconds=5).status == TaskStatus.DONE


def test_a_running_task_keeps_the_child_definition_that_it_was_made_with(stage: Stage) -> None:
    load(stage)
    task = stage.start("order")
    load(stage, args=["name", "colour"], child_condition="False")
    done = stage.go(task)
    assert done.status == TaskStatus.DONE
    assert stage.task(child_of(task)).plan == stage.operator.plan_of(done).child_of("pay", "b").hash


def test_the_parent_says_that_its_child_failed_and_goes_on_when_it_is_mended(stage: Stage) -> None:
    stage.set_knobs("api1", status=500)
    load(stage, max_attempts=1)
    task = stage.go(stage.start("order"))
    assert task.status == TaskStatus.WAITING
    assert task.attention.startswith(f"pay/b: task {child_of(task)} failed: sum/l: answered 500")
    assert task.attention.endswith("repair it there")
    stage.set_knobs("api1")
    stage.repair.retry(child_of(task))
    done = stage.go(task)
    assert (done.status, done.attention) == (TaskStatus.DONE, "")


def test_a_condition_that_the_child_does_not_meet_fails_the_link_and_a_retry_makes_another(stage: Stage) -> None:
    load(stage, condition="result.sum.total == 'bob'")
    task = stage.go(stage.start("order"))
    assert task.status == TaskStatus.FAILED
    assert "does not hold: result.sum.total == 'bob'" in task.attention
    stage.repair.edit_args(task.id, {"name": "bob"})
    stage.repair.retry(task.id)
    assert stage.go(task).status == TaskStatus.DONE
    assert [child.id for child in children(stage)] == [child_of(task), child_of(task, 1)]


def test_a_cancelled_child_fails_the_link_and_a_retry_makes_another(stage: Stage) -> None:
    stage.set_knobs("api1", not_ready=1)
    load(stage, child_condition="result.name != None")
    task = stage.go(stage.start("order"))
    stage.operator.cancel(child_of(task))
    failed = stage.go(task)
    assert (failed.status, "was cancelled" in failed.attention) == (TaskStatus.FAILED, True)
    stage.set_knobs("api1")
    stage.repair.retry(task.id)
    assert stage.go(task).status == TaskStatus.DONE


def test_what_cannot_be_made_fails_the_link_with_the_problem(stage: Stage) -> None:
    """Only the run tells that the name is nothing."""
    load(stage)
    first = a_step("zero", a_link(args={"name": "x"}), response={"none": "l result.none"})
    outer = a_step("pay", runs("b", "bill", name="$$zero.none"))
    found = documents([], [first, outer], [{"_id": "zero"}, {"_id": "pay"}])
    stage.load(found | {"system": [*found["system"], {"_id": "order", "step": ["zero"]}]})
    failed = stage.go(stage.start("s"))
    assert (failed.status, children(stage)) == (TaskStatus.FAILED, [])
    assert "no task of bill can be made: step_info.sum.api_status.l.args.name" in failed.attention


def test_pause_resume_and_cancel_reach_the_child(stage: Stage) -> None:
    stage.set_knobs("api1", not_ready=9)
    load(stage, child_condition="result.name != None")
    task = stage.go(stage.start("order"))
    stage.operator.pause(task.id)
    assert stage.task(child_of(task)).status == TaskStatus.PAUSED
    stage.operator.resume(task.id)
    assert stage.go(child_of(task)).status == TaskStatus.WAITING
    stage.operator.cancel(task.id)
    assert (stage.task(task).status, stage.task(child_of(task)).status) == (TaskStatus.CANCELLED,) * 2


@pytest.mark.parametrize(("act", "status"), [("pause", TaskStatus.PAUSED), ("cancel", TaskStatus.CANCELLED)])
def test_a_child_that_was_not_told_of_its_parents_end_sees_it(
    stage: Stage, act: str, status: TaskStatus, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The process was killed behind the write to the parent."""
    stage.set_knobs("api1", not_ready=9)
    load(stage, child_condition="result.name != None")
    task = stage.go(stage.start("order"))
    monkeypatch.setattr(stage.operator, "_with_children", lambda _act, found: found)
    getattr(stage.operator, act)(task.id)
    assert stage.task(child_of(task)).status == TaskStatus.WAITING
    child = stage.go(child_of(task), seconds=5)
    assert (child.status, child.requested_by) == (status, f"its parent, task {task.id}")


def test_a_skip_cancels_the_child_and_goes_on_with_the_given_response(stage: Stage) -> None:
    stage.set_knobs("api1", not_ready=1)
    load(stage, child_condition="result.name != None")
    task = stage.go(stage.start("order"))
    stage.repair.skip_link(task.id, "pay", "b", {"paid": "bob", "by": "hand"})
    assert stage.task(child_of(task)).status == TaskStatus.CANCELLED
    assert stage.go(task).status == TaskStatus.DONE


def test_a_rerun_makes_a_new_child_and_cancels_the_one_before(stage: Stage) -> None:
    stage.set_knobs("api1", not_ready=1)
    load(stage, child_condition="result.name != None")
    task = stage.go(stage.start("order"))
    stage.set_knobs("api1")
    stage.repair.rerun(task.id, "pay")
    assert stage.task(child_of(task)).status == TaskStatus.CANCELLED
    done = stage.go(task)
    assert done.status == TaskStatus.DONE
    assert stage.task(child_of(task, 1)).status == TaskStatus.DONE


def test_other_args_make_another_child(stage: Stage) -> None:
    stage.set_knobs("api1", not_ready=1)
    load(stage, child_condition="result.name != None")
    task = stage.go(stage.start("order"))
    stage.set_knobs("api1")
    stage.repair.edit_link(task.id, "pay", "b", {"args": {"name": "bob"}})
    done = stage.go(task)
    assert done.step_info["pay"].response["paid"] == "bob"
    assert stage.task(child_of(task)).status == TaskStatus.CANCELLED


def test_a_retry_of_a_waiting_parent_keeps_its_child(stage: Stage) -> None:
    stage.set_knobs("api1", not_ready=1)
    load(stage, child_condition="result.name != None")
    task = stage.go(stage.start("order"))
    stage.repair.retry(task.id)
    assert stage.go(task, seconds=5).status == TaskStatus.DONE
    assert len(children(stage)) == 1


# -- kill -9 -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("line", ["before", "behind"])
def test_a_worker_killed_around_the_making_of_a_child_makes_one(
    stage: Stage, line: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    load(stage)
    task = stage.start("order")
    doomed = stage.another_worker()
    make, reached = Children._keep, gevent.event.Event()

    def killed(self: Children, *about: Any) -> None:
        if line == "behind":
            make(self, *about)
        reached.set()
        gevent.sleep(60)

    monkeypatch.setattr(Children, "_keep", killed)
    doomed.sweep()
    reached.wait()
    kill(doomed)
    monkeypatch.undo()
    run_all(after_the_lease(stage))
    assert stage.task(task).status == TaskStatus.DONE
    assert [child.id for child in children(stage)] == [child_of(task)]
    assert [event.what for event in stage.store.history.events(child_of(task))].count("created") == 1


def test_a_parent_that_was_not_told_of_the_end_looks_by_itself(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    stage.set_knobs("api1", not_ready=1)
    load(stage, child_condition="result.name != None")
    task = stage.go(stage.start("order"))
    monkeypatch.setattr(Children, "tell_parent", lambda *_about: None)
    waiting = stage.go(task, seconds=5)
    assert (waiting.status, stage.task(child_of(task)).status) == (TaskStatus.WAITING, TaskStatus.DONE)
    assert stage.go(task, seconds=60).status == TaskStatus.DONE


@pytest.mark.parametrize("act", ["fail", "cancel"])
def test_a_child_that_is_ended_by_a_forced_drain_tells_its_parent_at_once(stage: Stage, act: str) -> None:
    """A call of it is in flight still, and whoever waits for that call is not the one who sets the task down."""
    stage.set_knobs("api1", latency_ms=60_000)
    steps = [a_step("pay", runs("b", "bill")), a_step("bad", a_link("l", "api2")), a_step("slow", a_link())]
    apis = [an_api(stage.mock.url, args=[]), an_api(f"{stage.mock.url}/nowhere", "api2", args=[], max_attempts=1)]
    found = documents(apis, steps, ["pay"])
    flow = [["bad", "slow"]] if act == "fail" else ["slow"]
    stage.load(found | {"system": [*found["system"], {"_id": "bill", "step": flow}]})
    task = stage.start("s")
    stage.worker.step()
    child, doomed = child_of(task), stage.another_worker(grace_s=0.05)
    doomed.sweep()
    while not stage.mock.mock.log(0, "api1") or (act == "fail" and stage.link(child, "bad", "l").status != "FAILED"):
        gevent.sleep(0.01)
    if act == "cancel":
        stage.operator.cancel(child)
        doomed.read_requests()
    doomed.drain()
    assert stage.task(child).status == (TaskStatus.FAILED if act == "fail" else TaskStatus.CANCELLED)
    assert stage.task(task).wake_at == stage.clock.now()


def test_an_end_that_comes_while_the_parent_is_set_down_is_not_missed(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The parent has looked, and its child ends before the parent is written as waiting."""
    load(stage)
    task = stage.start("order")
    second = stage.another_worker()
    found: list[Task] = []

    def look_then_let_the_child_end(place: Any, child: Task) -> None:
        if not found:
            found.append(child)
            run_all(second)

    monkeypatch.setitem(_LOOKS, TaskStatus.READY, look_then_let_the_child_end)
    assert stage.go(task).status == TaskStatus.DONE


def test_an_end_that_comes_while_the_parent_is_held_is_not_missed(stage: Stage) -> None:
    """Another of its calls is in flight meanwhile."""
    stage.set_knobs("api1", latency_ms=300)
    steps = [a_step("pay", runs("b", "bill")), a_step("slow", a_link(args={"name": "x"})), a_step("sum")]
    found = documents([an_api(stage.mock.url)], steps, [["pay", "slow"]])
    stage.load(found | {"system": [*found["system"], {"_id": "bill", "step": ["sum"]}]})
    task, second = stage.start("s"), stage.another_worker()
    stage.worker.sweep()
    while not children(stage):
        gevent.sleep(0.005)
    run_all(second)
    head = stage.store.tasks.head(task.id)
    assert head
    assert head.request == "look"
    stage.worker.read_requests()
    gevent.joinall(list(stage.worker._running.values()))
    assert stage.go(task).status == TaskStatus.DONE


def test_a_child_of_a_pass_that_is_over_cancels_itself(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    """The process was killed between the re-run and the cancel of the child before."""
    stage.set_knobs("api1", not_ready=9)
    load(stage, child_condition="result.name != None")
    task = stage.go(stage.start("order"))
    monkeypatch.setattr(stage.repair._operator, "cancel_all", lambda _ids: None)
    stage.repair.rerun(task.id, "pay")
    assert stage.go(child_of(task), seconds=5).status == TaskStatus.CANCELLED


# -- definitions -------------------------------------------------------------------------------------


def test_a_child_that_has_not_begun_is_not_exported(stage: Stage) -> None:
    load(stage)
    task = stage.start("order")
    stage.worker.step()
    assert stage.task(child_of(task)).status == TaskStatus.READY
    assert Catalog(stage.store).ready_tasks() == []


def test_what_a_child_needs_is_missed_when_the_parent_is_made(stage: Stage) -> None:
    load(stage)
    Catalog(stage.store).save(read_documents({"system": [{"_id": "bare", "step": ["pay"]}]}))
    with pytest.raises(Invalid, match="arg name of pay/b has no value"):
        stage.operator.create(TaskDraft(system="bare"))


def test_a_change_that_breaks_what_runs_a_system_is_refused_and_so_is_its_removal(stage: Stage) -> None:
    load(stage)
    published = {"paid": "b result.sum.total", "by": "b result.args.name"}
    stage.load({"step": [a_step("pay", runs("b", "bill", name=[1]), response=published)]})
    number = an_api(stage.mock.url) | {"args": {"name": {"type": "int"}}}
    with pytest.raises(Invalid, match=r"val\.args\.name: a list"):
        stage.load({"api": [number]})
    with pytest.raises(Invalid, match="it is used by step pay"):
        Catalog(stage.store).save(read_documents({}), removed=[("system", "bill")])


def test_three_levels_end_one_after_the_other(stage: Stage) -> None:
    leaf = a_step("leaf", a_link(args={"name": "x"}), response={"v": "l result.name"})
    steps = [
        leaf,
        a_step("mid", runs("m", "low"), response={"v": "m result.leaf.v"}),
        a_step("pay", runs("b", "middle")),
    ]
    found = documents([an_api(stage.mock.url)], steps, [{"_id": "pay"}])
    found["system"] += [{"_id": "middle", "step": ["mid"]}, {"_id": "low", "step": ["leaf"]}]
    stage.load(found)
    task = stage.go(stage.start("s"))
    assert task.status == TaskStatus.DONE
    assert task.step_info["pay"].api_status["b"].status == LinkStatus.DONE
