"""The list: its tabs, heads and rows."""

from datetime import timedelta

from werkzeug.datastructures import MultiDict

from engine.model import LinkState, StepInfo, StepStatus, TaskStatus
from engine.store import Count, Place, TaskPage
from tests.unit.builders import NOW, seed_task
from webapp.view.listing import attempts, current_steps, listing, listing_tag, row, slack
from webapp.view.task_query import read_query

MINUTE = timedelta(minutes=1)


def a_row_task(id_="t1", status=TaskStatus.RUNNING, **fields):
    return seed_task().model_copy(update={"id": id_, "status": status, **fields})


def shown(address="", tasks=(), counts=None, before=None, after=None):
    query = read_query(MultiDict(pair.split("=", 1) for pair in address.split("&") if pair))
    return listing(query, TaskPage(list(tasks), before, after, len(tasks), cut_short=False), counts or {}, NOW)


def test_the_tabs_count_up_to_a_bound_and_one_is_here():
    tabs = shown(
        "q=status:FAILED", counts={TaskStatus.DONE: Count(1000, exact=False), TaskStatus.FAILED: Count(1)}
    ).tabs
    assert [(tab.label, tab.count_text) for tab in tabs if tab.count.number] == [
        ("All", "1,001+"), ("Failed", "1"), ("Done", "1,000+")
    ]  # fmt: skip
    assert [tab.label for tab in tabs if tab.here] == ["Failed"]
    assert len(tabs) == 1 + len(TaskStatus)


def test_a_tab_with_another_filter_is_not_the_one_one_is_on():
    assert [tab.label for tab in shown("q=status:FAILED late:yes").tabs if tab.here] == []
    assert [tab.label for tab in shown().tabs if tab.here] == ["All"]


def test_the_column_that_sorts_says_so_and_the_others_do_not():
    heads = {head.name: head for head in shown("sort=-slack").heads}
    assert heads["slack"].direction == "descending"
    assert heads["remaining"].direction == "none"
    assert (heads["progress"].sort, heads["progress"].direction) == ("", "")


def test_the_pages_beside_this_one_have_addresses_with_the_filter():
    list_ = shown("q=late:yes", after=Place(0, NOW, "t"))
    assert list_.newer == ""
    assert list_.older.startswith("q=late%3Ayes&after=")


def test_the_tag_changes_with_a_revision_a_count_the_order_and_the_address():
    one, two = a_row_task("one"), a_row_task("two")
    tags = {
        listing_tag([one, two], {}, "1", "q="),
        listing_tag([two, one], {}, "1", "q="),
        listing_tag([one.model_copy(update={"rev": 1}), two], {}, "1", "q="),
        listing_tag([one, two], {TaskStatus.DONE: Count(1)}, "1", "q="),
        listing_tag([one, two], {}, "2", "q="),
        listing_tag([one, two], {}, "1", "q=x"),
    }
    assert len(tags) == 6
    assert listing_tag([one, two], {}, "1", "q=") in tags


def test_a_row_names_a_task_without_a_name_by_its_id_and_shortens_its_message():
    one = row(a_row_task("t1", name="", process_msg="x" * 500), NOW)
    assert one.name == "t1"
    assert len(one.message) < 150
    assert one.whole_message == "x" * 500


def test_the_current_steps_are_those_that_run_else_those_that_failed():
    steps = {name: StepInfo(status=StepStatus.RUNNING) for name in ("step1", "step2", "step3")}
    task = a_row_task(step_info=steps | {"step4": StepInfo(status=StepStatus.FAILED)})
    assert current_steps(task) == ["step1", "step2", "step3"]
    assert row(task, NOW).steps == "step1, step2 +1"
    assert current_steps(a_row_task(step_info={"step4": StepInfo(status=StepStatus.FAILED)})) == ["step4"]


def test_progress_counts_what_is_done_or_skipped():
    steps = {"a": StepInfo(status=StepStatus.DONE), "b": StepInfo(status=StepStatus.SKIPPED), "c": StepInfo()}
    assert row(a_row_task(step_info=steps), NOW).progress.text == "2 of 3"


def test_attempts_are_the_calls_of_all_links():
    links = {name: LinkState(id=name, tries=tries) for name, tries in (("a", 3), ("b", 4))}
    assert attempts(a_row_task(step_info={"s": StepInfo(api_status=links)})) == 7


def test_slack_stands_until_it_ends_and_then_shrinks_with_the_clock():
    task = a_row_task(slack_s=600.0, slack_ends_at=NOW + 20 * MINUTE)
    texts = [slack(task, NOW + minutes * MINUTE) for minutes in (0, 10, 15, 30)]
    assert [(one.text, one.short) for one in texts if one] == [
        ("10 m", False), ("10 m", False), ("5 m", False), ("10 m short", True)
    ]  # fmt: skip


def test_the_slack_of_what_is_paused_stands_still():
    paused = a_row_task(status=TaskStatus.PAUSED, paused_at=NOW, slack_s=600.0, slack_ends_at=NOW + 20 * MINUTE)
    assert slack(paused, NOW + timedelta(days=9)) == slack(paused, NOW)


def test_what_has_not_started_or_is_over_has_no_slack():
    assert slack(a_row_task(status=TaskStatus.READY), NOW) is None
    assert slack(a_row_task(status=TaskStatus.DONE, slack_s=5.0), NOW) is None
    assert slack(a_row_task(), NOW) is None, "a task of an older version"


def test_the_menu_of_a_row_has_what_can_be_done_and_no_more():
    names = {action.name for action in row(a_row_task(status=TaskStatus.PAUSED), NOW).actions}
    assert names == {"resume", "cancel"}
