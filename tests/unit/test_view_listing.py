"""The list: its order, its rows, its filters."""

from datetime import timedelta

from engine.model import StepInfo, StepStatus, TaskStatus
from tests.unit.builders import NOW, seed_task
from webapp.view.listing import ROWS, choose, current_steps, listing, listing_tag, row


def a_row_task(id_="t1", status=TaskStatus.RUNNING, hours=None, **fields):
    deadline = None if hours is None else NOW + timedelta(hours=hours)
    return seed_task().model_copy(update={"id": id_, "status": status, "deadline": deadline, **fields})


def ids(tasks):
    return [task.id for task in tasks]


def test_running_clocks_come_first_then_the_newest_and_none_twice():
    late, soon = a_row_task("late", hours=-1), a_row_task("soon", TaskStatus.WAITING, hours=1)
    ready = a_row_task("ready", TaskStatus.READY)
    assert ids(choose([late, soon], [soon, ready, late], None)) == ["late", "soon", "ready"]


def test_a_paused_clock_does_not_run():
    paused, running = a_row_task("paused", TaskStatus.PAUSED, hours=-9), a_row_task("running", hours=1)
    assert ids(choose([paused, running], [paused, running], None)) == ["running", "paused"]


def test_a_filter_leaves_one_status():
    tasks = [a_row_task("a", TaskStatus.DONE), a_row_task("b", TaskStatus.FAILED)]
    assert ids(choose([], tasks, TaskStatus.FAILED)) == ["b"]


def test_a_list_ends():
    tasks = [a_row_task(f"t{number}", TaskStatus.DONE) for number in range(ROWS + 1)]
    assert len(choose([], tasks, None)) == ROWS


def test_the_tabs_count_and_one_is_here():
    counts = {TaskStatus.DONE: 3, TaskStatus.FAILED: 1}
    shown = listing([], counts, TaskStatus.FAILED, NOW)
    assert [(tab.label, tab.count) for tab in shown.tabs if tab.count] == [("All", 4), ("Failed", 1), ("Done", 3)]
    assert [tab.label for tab in shown.tabs if tab.here] == ["Failed"]
    assert len(shown.tabs) == 1 + len(TaskStatus)
    assert shown.total == 1


def test_the_tag_changes_with_a_revision_a_count_and_the_order():
    one, two = a_row_task("one"), a_row_task("two")
    tags = {
        listing_tag([one, two], {}, "1"),
        listing_tag([two, one], {}, "1"),
        listing_tag([one.model_copy(update={"rev": 1}), two], {}, "1"),
        listing_tag([one, two], {TaskStatus.DONE: 1}, "1"),
        listing_tag([one, two], {}, "2"),
    }
    assert len(tags) == 5
    assert listing_tag([one, two], {}, "1") in tags


def test_a_row_names_a_task_without_a_name_by_its_id_and_shortens_its_message():
    shown = row(a_row_task("t1", name="", process_msg="x" * 500), NOW)
    assert shown.name == "t1"
    assert len(shown.message) < 150
    assert shown.whole_message == "x" * 500


def test_the_current_steps_are_those_that_run_else_those_that_failed():
    steps = {name: StepInfo(status=StepStatus.RUNNING) for name in ("step1", "step2", "step3")}
    task = a_row_task(step_info=steps | {"step4": StepInfo(status=StepStatus.FAILED)})
    assert current_steps(task) == ["step1", "step2", "step3"]
    assert row(task, NOW).steps == "step1, step2 +1"
    assert current_steps(a_row_task(step_info={"step4": StepInfo(status=StepStatus.FAILED)})) == ["step4"]


def test_progress_counts_what_is_done_or_skipped():
    steps = {"a": StepInfo(status=StepStatus.DONE), "b": StepInfo(status=StepStatus.SKIPPED), "c": StepInfo()}
    assert row(a_row_task(step_info=steps), NOW).progress.text == "2 of 3"
