"""The search over events: its words, its days, its rows and files."""

import csv
import json
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from engine.model import Event
from tests.unit.builders import NOW
from webapp.view.event_search import as_csv, as_json, event_row, read_query, read_span


def an_event(**fields):
    told: dict[str, Any] = {"id": "e", "task": "t1", "seq": 1, "at": NOW, "who": "ann", "what": "edited"}
    return Event(**(told | {"where": "step1/api1"} | fields))


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("", True),
        ("who:ann", True),
        ("who:an", False),
        ("who:people", True),
        ("who:worker", False),
        ("what:EDIT task:t1", True),
        ("task:t", False),
        ("step1 api1", True),
        ("step1 step2", False),
        ('what:"signed in"', False),
        ("who: ann", False),
        ("é€ 中文 :::: what:", False),
    ],
)
def test_words_find_events(text, found):
    assert read_query(text).matches(an_event()) is found


def test_values_before_and_after_are_searched_too():
    assert read_query("secret-7").matches(an_event(before={"a": ["secret-7"]}))


def test_workers_are_told_from_people():
    event = an_event(who="worker 12ab")
    assert (read_query("who:worker").matches(event), read_query("who:people").matches(event)) == (True, False)


def test_only_a_name_is_asked_of_the_index():
    assert [read_query(text).exact_who for text in ("who:ann", "who:people", "x")] == ["ann", "", ""]


def test_days_are_the_reader_s_and_the_last_one_counts():
    span = read_span("2026-03-01", "2026-03-01", ZoneInfo("Asia/Shanghai"))
    assert span.since == datetime(2026, 2, 28, 16, tzinfo=UTC)
    assert span.until == datetime(2026, 3, 1, 16, tzinfo=UTC)


@pytest.mark.parametrize("text", ["x", "2026-13-01", "9999-12-31"])
def test_what_is_no_day_is_refused(text):
    with pytest.raises((ValueError, OverflowError)):
        read_span("", text, UTC)


@pytest.mark.parametrize(
    ("task", "subject", "about"),
    [("t1", "task", "t1"), ("user/ann", "user", "ann"), ("definitions/all", "definitions", "definitions")],
)
def test_a_row_says_what_it_is_about(task, subject, about):
    row = event_row(an_event(task=task), NOW)
    assert (row.subject, row.about) == (subject, about)


def test_a_long_change_is_cut_in_the_line_and_whole_below():
    row = event_row(an_event(before="x" * 500, after=1), NOW)
    assert row.change.endswith("…")
    assert (len(row.before), row.after) == (502, "1")


def test_a_save_names_each_definition_and_its_revision():
    names = {"api/a": (None, 1), "step/b": (2, 3), "system/c": (4, None)}
    before, after = ({name: pair[side] for name, pair in names.items()} for side in (0, 1))
    row = event_row(an_event(task="definitions/all", before=before, after=after), NOW)
    assert [(one.room, one.id, one.number, one.text) for one in row.saved] == [
        ("apis", "a", 1, "new"), ("steps", "b", 3, "2 → 3"), ("systems", "c", 5, "removed"),
    ]  # fmt: skip
    assert row.change == row.before == row.after == ""


def test_a_file_has_every_event_and_no_formula():
    lines = list(csv.reader("".join(as_csv([an_event(what="=cmd|' /C calc'!A0", before={"a": 1})])).splitlines()))
    assert lines[1] == [NOW.isoformat(), "ann", "'=cmd|' /C calc'!A0", "t1", "step1/api1", '{"a": 1}', ""]


@pytest.mark.parametrize("count", [0, 1, 3])
def test_a_json_file_is_a_list(count):
    events = json.loads("".join(as_json([an_event(after="\ud800")] * count)))
    assert len(events) == count
