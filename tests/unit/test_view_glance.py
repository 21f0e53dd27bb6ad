"""What needs a person, in a sentence each; the workers in numbers."""

from datetime import timedelta

from engine.model import StepStatus, TaskStatus
from engine.overview import WorkerFacts, WorkerState
from engine.store import Count, Found, WorkerInfo
from tests.unit.builders import NOW, a_plan, a_step, a_system, a_task
from webapp.view.glance import InNeed, bounded, home_page, home_tag, late_reason

PLAN = a_plan(a_system("s1"), [a_step("s1", "api1")])
NOBODY = Found([], Count(0))
CREW: list[tuple[str, WorkerState, int]] = [("a", "alive", 3), ("b", "ending", 1), ("c", "lost", 7)]
COUNTS = dict.fromkeys(TaskStatus, Count(0))


def late_task(**fields):
    task = a_task(PLAN, {"s1/api1": {"procmmsg": "not yet: result.ok"}}, status="RUNNING", **fields)
    task.step_info["s1"].status = StepStatus.RUNNING
    task.step_info["s1"].deadline = NOW - timedelta(hours=2, minutes=10)
    return task


def need(**found):
    return InNeed(**({"attention": NOBODY, "failed": NOBODY, "late": NOBODY, "will_miss": NOBODY} | found))


def page(found, counts=None, workers=()):
    return home_page(found, COUNTS | (counts or {}), {}, workers, NOW)


def test_counts_that_end_say_so():
    assert [bounded(Count(0)), bounded(Count(1234)), bounded(Count(1000, exact=False))] == ["0", "1,234", "1,000+"]


def test_who_is_late_says_which_step_by_how_much_and_what_it_waits_for():
    assert late_reason(late_task(), NOW) == "s1 is late by 2 h 10 m. not yet: result.ok"


def test_only_sections_that_need_somebody_are_shown():
    shown = page(need(late=Found([late_task()], Count(1)))).sections
    assert [(section.key, section.count, len(section.lines)) for section in shown] == [("late", "1", 1)]


def test_all_well_is_told_from_nothing_there():
    assert (page(need()).sections, page(need()).any_task) == ((), False)
    assert page(need(), {TaskStatus.DONE: Count(1)}).any_task


def test_workers_are_counted_by_their_state():
    workers = [WorkerFacts(WorkerInfo(name, 1, 30.0, held=held, capacity=10), state, 0.0) for name, state, held in CREW]
    crew = page(need(), workers=workers).crew
    assert (crew.alive, crew.ending, crew.lost, crew.held, crew.capacity) == (2, 1, 1, 4, 20)


def test_the_tag_changes_with_what_is_shown():
    tags = [
        home_tag(need(), COUNTS, {}, (), "1"),
        home_tag(need(late=Found([late_task()], Count(1))), COUNTS, {}, (), "1"),
        home_tag(need(late=Found([late_task(rev=2)], Count(1))), COUNTS, {}, (), "1"),
        home_tag(need(), COUNTS | {TaskStatus.DONE: Count(1)}, {}, (), "1"),
        home_tag(need(), COUNTS, {}, (), "2"),
    ]
    assert len(set(tags)) == len(tags)
