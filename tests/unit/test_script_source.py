"""A script's text: margins, lines, and what a syntax error says."""

import ast

import pytest

from engine.script.errors import ScriptError
from engine.script.source import MAX_SOURCE_CHARS, Script, parse


def rendered(script: Script) -> str:
    return "\n".join(map(ast.unparse, parse(script).body))


@pytest.mark.parametrize(
    "source",
    [
        "r = {}\nr['x'] = 1\nreturn r",
        "    r = {}\n    r['x'] = 1\n    return r",
        "r = {}\n    r['x'] = 1\n    return r",
        "r = {}\n r['x'] = 1\n   return r   ",
        "\tr = {}\n\tr['x'] = 1\n\treturn r",
    ],
)
def test_a_bodys_margins_do_not_matter(source):
    assert rendered(Script.body(source)) == "r = {}\nr['x'] = 1\nreturn r"


def test_a_block_keeps_its_indentation_when_only_the_first_line_lost_its_margin():
    assert rendered(Script.body("for x in y:\n        z(x)\n    return 1")) == "for x in y:\n    z(x)\nreturn 1"


def test_a_single_block_may_have_a_margin():
    assert rendered(Script.body("    if x:\n        return 1")) == "if x:\n    return 1"


def test_a_text_over_several_lines_is_left_as_it_is():
    assert rendered(Script.body("x = '''a\n   b'''\nreturn x")) == "x = 'a\\n   b'\nreturn x"


def test_an_expression_may_go_on_in_the_next_line():
    assert rendered(Script.expr("  1 +\n 2  ")) == "return 1 + 2"


def test_lines_are_counted_in_the_text_as_the_user_wrote_it():
    assert parse(Script.expr("\n\n  1 +\n 2")).body[0].lineno == 3


@pytest.mark.parametrize("source", ["", "  ", "a = 1", "1; 2", "1 if", "(" * 300, "-" * 5000 + "1", "1+" * 4000 + "1"])
def test_what_is_no_expression_is_a_syntax_error(source):
    with pytest.raises(ScriptError) as caught:
        ast.unparse(parse(Script.expr(source)).body[0])
    assert caught.value.kind == "syntax"


def test_a_syntax_error_shows_the_users_line():
    with pytest.raises(ScriptError) as caught:
        parse(Script.body("x = 1\nif x\nreturn 2"))
    assert (caught.value.line, caught.value.source_line) == (2, "if x")
    assert str(caught.value) == "expected ':' (line 2, column 5: if x)"


def test_the_error_shown_is_that_of_the_text_as_it_stands():
    with pytest.raises(ScriptError, match="unexpected indent"):
        parse(Script.body("  x = = 1"))


def test_a_script_that_is_too_long_is_refused_before_it_is_parsed():
    with pytest.raises(ScriptError, match="longer than 8192"):
        parse(Script.expr("1" * (MAX_SOURCE_CHARS + 1)))


def test_an_odd_escape_in_a_users_text_is_no_warning_of_ours():
    assert rendered(Script.expr(r"'\d'")) == r"return '\\d'"


def test_scripts_of_equal_text_are_equal_and_hashable():
    assert {Script.expr("1"), Script.expr("1"), Script.body("1")} == {Script.expr("1"), Script.body("1")}
