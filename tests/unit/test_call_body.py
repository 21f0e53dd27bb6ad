"""Bodies are JSON that we can live with, or a problem that quotes them."""

import json

import pytest

from engine.call.body import parse, quote, text_of


def problem_of(text: str) -> str:
    value, problem = parse(text)
    assert value is None
    assert problem
    return problem


@pytest.mark.parametrize("text", ['{"a": [1, 2.5, null, true, "x"]}', "[]", "0", '"text"', " {} \n", "null"])
def test_json_is_read(text):
    assert parse(text) == (json.loads(text), None)


def test_big_integers_are_kept_exactly():
    assert parse("[12345678901234567890123456789]") == ([12345678901234567890123456789], None)


def test_an_integer_beyond_pythons_limit_is_a_problem_without_advice_for_programmers():
    value, problem = parse("9" * 5_000)
    assert value is None
    assert problem is not None
    assert problem
    assert "4300 digits" in problem
    assert "sys." not in problem


@pytest.mark.parametrize("text", ["NaN", "[Infinity]", '{"a": -Infinity}', "[1e999]", "[-1e400]"])
def test_numbers_that_json_lacks_are_refused(text):
    assert text in problem_of(text)


@pytest.mark.parametrize("text", ["", " \r\n\t"])
def test_an_empty_body_is_no_json(text):
    assert parse(text) == (None, "the answer is no JSON: the body is empty")


def test_the_problem_quotes_the_beginning_on_one_line():
    problem = problem_of("<html>\n<h1>Bad  gateway</h1>" + "x" * 5000)
    assert "<html> <h1>Bad gateway</h1>x" in problem
    assert len(problem) < 250


def test_64_levels_are_read_and_65_are_not():
    assert parse("[" * 64 + "]" * 64)[1] is None
    assert "nested more than 64 deep" in problem_of("[" * 65 + "]" * 65)
    assert "nested more than 64 deep" in problem_of('{"a":' * 65 + "1" + "}" * 65)


def test_nesting_without_end_is_a_problem_too():
    assert "nested more than 64 deep" in problem_of("[" * 200_000)


def test_many_brackets_side_by_side_are_not_deep():
    assert parse(json.dumps([[{}]] * 500))[1] is None


def test_brackets_in_strings_are_not_deep():
    assert parse(json.dumps("[" * 500)) == ("[" * 500, None)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-32"])
def test_every_encoding_of_json_is_told_by_its_first_bytes(encoding):
    assert text_of('{"é": "漢"}'.encode(encoding)) == '{"é": "漢"}'


def test_bytes_that_are_no_text_are_replaced():
    assert text_of(b'{"a": "\xff"}') == '{"a": "\ufffd"}'


def test_a_short_text_is_quoted_whole():
    assert quote("a b") == "a b"
