"""Why a condition does not hold: its parts with what each came to, and what it read."""

import pytest

from engine.script import ConditionPart, RawJson, Read, Script, explain


def parts(condition: str, result: str) -> list[tuple[str, bool | None, dict[str, object]]]:
    found = explain(Script.expr(condition), {"result": RawJson(result), "task": {"n": 4}})
    return [(part.text, part.holds, {read.text: read.value for read in part.reads}) for part in found]


def test_each_part_says_what_it_came_to_and_what_it_read() -> None:
    assert parts("result.name != None and len(result.name) != 0", '{"name": ""}') == [
        ("result.name != None", True, {"result.name": ""}),
        ("len(result.name) != 0", False, {"len(result.name)": 0}),
    ]


def test_an_absent_key_is_none() -> None:
    assert parts("result.age != None", "{}") == [("result.age != None", False, {"result.age": None})]


def test_a_part_that_raises_has_no_verdict() -> None:
    assert parts("len(result.name) > 0", "{}") == [("len(result.name) > 0", None, {})]


def test_what_joins_them_is_taken_apart() -> None:
    texts = [text for text, _, _ in parts("not (result.a or result.b) and (result.c == 1 or result.d)", "{}")]
    assert texts == ["result.a", "result.b", "result.c == 1", "result.d"]


def test_every_name_is_read() -> None:
    assert parts("result.count >= task.n", '{"count": 3}') == [
        ("result.count >= task.n", False, {"result.count": 3, "task.n": 4})
    ]


def test_a_path_is_shown_once() -> None:
    assert parts("result.n > 1 == result.n", '{"n": 1}')[0][2] == {"result.n": 1}


def test_what_only_the_sandbox_can_do_stays_without_a_verdict_and_its_reads_are_shown() -> None:
    (part,) = explain(Script.expr("result.name.startswith('a')"), {"result": RawJson('{"name": "b"}')})
    assert part == ConditionPart("result.name.startswith('a')", None, (Read("result.name", "b"),))
    (part,) = explain(Script.expr("sorted(result.list) == [1]"), {"result": RawJson('{"list": [2]}')})
    assert Read("result.list", [2]) in part.reads


@pytest.mark.parametrize("script", ["", "1 +", "x = 1", "__import__('os')", "(" * 200 + ")" * 200])
def test_what_is_no_condition_has_no_parts_or_none_with_a_verdict(script: str) -> None:
    assert all(part.holds is None for part in explain(Script.expr(script), {}))
