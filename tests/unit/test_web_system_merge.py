"""Two edits of one system made into one form, and told beside one another."""

from __future__ import annotations

from datetime import UTC, datetime

from engine.model import Revision, System
from webapp.system_form import fields_of, read_system
from webapp.system_merge import Versions, merged_fields
from webapp.view.system_conflict import outline, system_conflict

BEFORE = System.load({"_id": "s", "name": "Old", "step": ["a"], "def_args": {"x": 1, "y": 2}})


def edited(**fields: object) -> System:
    return BEFORE.model_copy(update=fields)


def versions(theirs: System, mine: System, **typed: str) -> Versions:
    return Versions(fields_of(BEFORE), fields_of(theirs), fields_of(mine) | typed)


def test_each_field_is_taken_from_who_changed_it():
    theirs = edited(desc="Theirs", def_args={"y": 2, "z": None}, step=["a", "b"])
    both = read_system(merged_fields(versions(theirs, edited(name="Mine", def_args={"y": 3, "x": 1}))), None).system
    assert both
    assert (both.name, both.desc, both.step) == ("Mine", "Theirs", ["a", "b"])
    assert both.def_args == {"y": 3, "z": None}


def test_a_row_that_names_no_arg_is_not_lost():
    typed = {"arg.0.name": "", "arg.0.value": "kept", "arg.1.name": "x", "arg.1.value": "1"}
    both = merged_fields(versions(edited(name="Theirs"), BEFORE, **typed))
    assert ("", "kept") in {(both[f"arg.{n}.name"], both[f"arg.{n}.value"]) for n in range(2)}
    assert both["name"] == "Theirs"


def test_what_they_changed_is_told_beside_what_was_typed():
    saved = Revision(kind="system", of="s", number=2, save=2, at=datetime(2026, 3, 1, tzinfo=UTC), who="bob")
    theirs = edited(name="Theirs", def_args={"x": 1, "y": 2, "z": None}, step=["a", ["b", "c"]])
    told = system_conflict(saved, versions(theirs, edited(name="Mine")), datetime(2026, 3, 2, tzinfo=UTC))
    assert [(one.label, one.before, one.theirs, one.mine, one.both) for one in told.fields.changed] == [
        ("Name", "Old", "Theirs", "Mine", True),
        ("Arg z", "", "the task gives it", "", False),
    ]
    assert [line.text for line in told.theirs if line.kind == "added"] == ["in parallel:", "  b", "  c"]
    assert told.mine == ()


def test_a_flow_is_outlined_line_by_line():
    flow = ["a", [{"_id": "b", "name": "Second"}, ["c", "d"]], 5]
    assert outline(flow).splitlines() == [
        "a", "in parallel:", "  b “Second”", "  one after the other:", "    c", "    d", "5"
    ]  # fmt: skip
