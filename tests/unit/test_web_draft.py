"""The form for a new task: what was typed is kept, what is wrong is named."""

import pytest

from engine.model import Invalid, System
from webapp.draft import DraftForm, blank_form, read_draft, read_form

SYSTEMS = {
    "orders": System.load({"_id": "orders", "def_args": {"n": 4}}),
    "other": System.load({"_id": "other", "def_args": {"m": "é"}}),
}
ORDERS = '{\n  "n": 4\n}'


def test_a_blank_form_has_the_first_systems_args():
    assert blank_form(SYSTEMS) == DraftForm(system="orders", args=ORDERS)
    assert blank_form({}) == DraftForm(system="", args="{}")


def test_args_that_nobody_typed_follow_the_system():
    form = read_form({"system": "other", "name": "x", "args": ORDERS.replace("\n", "\r\n")}, SYSTEMS)
    assert form == DraftForm("other", "x", '{\n  "m": "é"\n}', start=False)


def test_a_link_to_the_form_of_a_system_is_as_blank_as_the_first():
    assert read_form({"system": "other"}, SYSTEMS) == DraftForm("other", "", '{\n  "m": "é"\n}', start=True)


def test_args_that_somebody_typed_stay():
    assert read_form({"system": "other", "args": '{"n": 5'}, SYSTEMS).args == '{"n": 5'


def test_a_form_makes_a_draft():
    draft = read_draft(DraftForm("orders", " Order 7 ", '{"n": 2}'))
    assert (draft.system, draft.name, draft.args) == ("orders", "Order 7", {"n": 2})


@pytest.mark.parametrize(
    ("args", "message"),
    [
        ('{"n": ', "is no JSON"),
        ("[1]", "dictionary"),
        ('{"n": NaN}', "NaN is no JSON value"),
        ("[" * 100_000, "is no JSON"),
        ("9" * 10_000, "is no JSON"),
    ],
)
def test_args_that_cannot_be_used_are_named(args, message):
    with pytest.raises(Invalid) as caught:
        read_draft(DraftForm("orders", "", args))
    (problem,) = caught.value.problems
    assert problem.path == "args"
    assert message in problem.message


def test_all_that_is_wrong_is_said_at_once():
    with pytest.raises(Invalid) as caught:
        read_draft(DraftForm("no such id!", "x" * 300, "[]"))
    assert {problem.path for problem in caught.value.problems} == {"system", "name", "args"}
