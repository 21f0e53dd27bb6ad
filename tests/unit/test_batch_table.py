"""A table of tasks: every row is read or named with its column; nothing that is sent is a fault."""

from contextlib import suppress
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.model import Invalid
from tests.unit.builders import a_plan, a_step, a_system, an_api, seed_plan
from webapp.batch_table import MOST_BYTES, Table, decoded, example, read_table

ZONE = ZoneInfo("Europe/Berlin")


def plan():
    """`n` has a default, `who` and `code` are needed."""
    return a_plan(a_system("s", n=4), [a_step("s", "a")], [an_api("a", who="string", code="int")])


def table(text: str) -> Table:
    return read_table(plan(), text, ZONE)


def drafts(text: str) -> list[Any]:
    found = table(text)
    assert found.problems == ()
    assert [line.problems for line in found.lines] == [()] * len(found.lines)
    return [line.draft for line in found.lines]


def wrong(text: str) -> list[tuple[int, str, str]]:
    found = table(text)
    problems = [*found.problems, *(problem for line in found.lines for problem in line.problems)]
    return [(problem.row, problem.column, problem.message) for problem in problems]


def test_a_row_is_a_task():
    text = "name,labels,priority,start_at,args.n,who\nOrder 7,urgent|north,9,2026-07-01T09:00,5,Ada\n"
    (draft,) = drafts(text)
    assert (draft.name, draft.labels, draft.priority) == ("Order 7", ["urgent", "north"], 9)
    assert draft.args == {"n": 5, "who": "Ada"}
    assert draft.start_at.isoformat() == "2026-07-01T07:00:00+00:00"


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@pytest.mark.parametrize("mark", ["", "\ufeff"])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_spreadsheets_differ_in_delimiters_marks_and_line_ends(delimiter, mark, end):
    text = mark + end.join([delimiter.join(["name", "who"]), delimiter.join(["x", '"a;b,c"']), ""])
    (draft,) = drafts(decoded(text.encode()))
    assert (draft.name, draft.args) == ("x", {"who": "a;b,c"})


def test_what_is_left_empty_is_left_out_and_empty_rows_are_passed_over():
    text = "name,who,n\n\n,Ada,\n,,\nx,,\n"
    assert [line.row for line in table(text).lines] == [3, 5]
    assert [(draft.name, draft.args) for draft in drafts(text)] == [("", {"who": "Ada"}), ("x", {})]


def test_text_for_a_text_arg_stays_text():
    assert [draft.args["who"] for draft in drafts("who\n0123\n1e5\ntrue\n")] == ["0123", "1e5", "true"]


def test_an_arg_that_the_system_does_not_know_is_given_by_its_full_name():
    assert drafts("args.other\n[1]\n")[0].args == {"other": [1]}


def test_a_column_called_name_is_the_tasks_and_not_an_arg():
    (line,) = read_table(seed_plan(), "name,args.name\nx,abc\n", ZONE).lines
    assert line.draft
    assert (line.draft.name, line.draft.args) == ("x", {"name": "abc"})


def test_text_over_several_lines_is_one_cell():
    (draft,) = drafts('name,who\nx,"a\nb"\n')
    assert draft.args == {"who": "a\nb"}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", [(0, "", "the table is empty")]),
        ("name\n", [(0, "", "there is a header and no row")]),
        ("name,name\nx,y\n", [(1, "name", "2 columns are called name")]),
        ("nmae\nx\n", [(1, "nmae", "nmae is neither a field of a task nor an arg of this system")]),
        ('name\n"x\n', [(0, "", "this is no CSV: unexpected end of data")]),
        ("name,n\nx,four\n", [(2, "n", "this is no JSON: Expecting value: line 1 column 1 (char 0)")]),
        ("name,start_at\nx,soon\ny,2026-03-29T02:30\n",
         [(2, "start_at", "soon is no date with a time"),
          (3, "start_at", "2026-03-29 02:30 does not exist in Europe/Berlin: clocks are set forward over it")]),
        ("name,who\nx,y,z\n", [(2, "", "there are 3 cells under 2 columns")]),
        ("priority\n12\n", [(2, "priority", "input should be less than or equal to 9")]),
    ],
)  # fmt: skip
def test_what_cannot_be_used_has_its_row_and_column(text, expected):
    assert wrong(text) == expected


def test_a_name_that_is_too_long_has_its_column():
    ((row, column, _message),) = wrong(f"who,name\nx,{'y' * 300}\n")
    assert (row, column) == (2, "name")


def test_a_problem_says_what_to_do():
    (problem,) = table("nmae\nx\n").problems
    assert "known: name, labels, priority, start_at, args." in problem.hint
    assert "args.nmae" in problem.hint


def test_a_table_has_an_end():
    assert wrong("name\n" + "x\n" * 1_001) == [(0, "", "there are 1,001 rows, and 1,000 are possible")]
    assert len(drafts("name\n" + "x\n" * 1_000)) == 1_000


def test_bytes_that_are_no_text_are_named_by_their_line():
    with pytest.raises(Invalid, match=r"line 2 is no UTF-8 text \(save it as"):
        decoded("name\nMüller\n".encode("latin-1"))


def test_a_table_that_is_too_large_says_how_large_it_may_be():
    with pytest.raises(Invalid, match="the table has 400,001 bytes, and 400,000 are possible"):
        decoded(b"x" * (MOST_BYTES + 1))


@given(text=st.text(alphabet=st.sampled_from('name,whot_;"\n\r\t\0{}[]1$\ufeff')) | st.text())
def test_whatever_is_pasted_is_read_or_named(text: str):
    found = table(text)
    assert found.problems or found.lines
    assert all(line.draft or line.problems for line in found.lines)


@given(data=st.binary())
def test_whatever_is_uploaded_is_text_or_refused(data: bytes):
    with suppress(Invalid):
        table(decoded(data))


def test_the_example_of_a_system_can_be_read():
    found = read_table(seed_plan(), example(seed_plan()), ZONE)
    assert found.columns == ("name", "labels", "start_at", "args.name")
    assert [line.problems for line in found.lines] == [(), ()]


def test_an_example_holds_no_formula():
    hostile = a_plan(a_system("s", cell="=cmd|' /C calc'!A0"), [a_step("s")])
    assert "=cmd" not in example(hostile)
