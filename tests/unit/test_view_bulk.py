"""What one act would make of many tasks."""

from engine.command import Seen
from engine.model import TaskStatus
from tests.unit.builders import seed_task
from webapp.view.bulk import preview, read_seen


def tasks(**counts):
    return [
        seed_task().model_copy(
            update={"id": f"{status}{number}", "name": "", "status": TaskStatus[status], "rev": number}
        )
        for status, count in counts.items()
        for number in range(count)
    ]


def test_a_preview_counts_by_status_and_says_why_not():
    seen = preview("pause", tasks(DONE=2, RUNNING=3, WAITING=1))
    assert [(share.badge.value, share.count, bool(share.refusal)) for share in seen.shares] == [
        ("RUNNING", 3, False), ("WAITING", 1, False), ("DONE", 2, True)
    ]  # fmt: skip
    assert "only a running or waiting task" in seen.shares[-1].refusal
    assert seen.total == 6


def test_a_preview_names_a_few_and_counts_the_rest():
    (share,) = preview("start", tasks(READY=15)).shares
    assert share.names[:2] == ("READY0", "READY1")
    assert share.names[-1] == "and 9 more"


def test_a_form_names_the_able_tasks_as_they_were_seen():
    seen = preview("resume", tasks(PAUSED=2, DONE=1))
    assert read_seen(seen.text, 10) == [Seen("PAUSED0", 0), Seen("PAUSED1", 1)]


def test_what_a_form_should_not_say_is_left_out():
    assert read_seen('a:1 b :2 c:x d:-1 {"$ne":""} e:٣ f:4', 10) == [Seen("a", 1), Seen("f", 4)]
    assert read_seen("a:1 b:2 c:3", 2) == [Seen("a", 1), Seen("b", 2)]
