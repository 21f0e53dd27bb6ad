"""What can be said about a script without running it."""

import pytest

from engine.script import Script, ScriptError, check, names_read, parse_value, references
from tests.integration.hostile.attacks import ATTACKS
from tests.integration.hostile.escapes import ESCAPES

HARMLESS_SYNTAX = {
    "b'abc'",
    "import random\nreturn random._os.system('touch pwned')",
    "'{0.__class__.__init__.__globals__}'.format(result)",
    "g = (g.gi_frame.f_back.f_back for _ in [1])\n"
    "for f in g:\n    return str(f.f_builtins['__import__']('os').environ)",
    "import re\nreturn str(re.enum.sys.modules['os'].environ)",
    "'{r.__class__.__mro__}'.format_map({'r': result})",
    "len",
    "{1, 2}",
    "float('nan')",
}
"""Escapes that look like any script: they are the sandbox's to contain."""


def refusal(script: Script, names=None) -> ScriptError:
    with pytest.raises(ScriptError) as caught:
        check(script, names)
    return caught.value


@pytest.mark.parametrize(("kind", "source"), ESCAPES)
def test_an_escape_is_refused_unless_it_looks_like_any_script(kind, source):
    script = Script(kind, source)
    if source in HARMLESS_SYNTAX:
        check(script, {"result"})
    else:
        assert refusal(script, {"result"}).kind in ("forbidden", "syntax")


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ("import os\nreturn 1", "module 'os' is not available"),
        ("from . import json", "module '.' is not available"),
        ("import json.codecs", "module 'json.codecs' is not available"),
        ("x = 1\nreturn x.__class__", "the name '__class__' is reserved"),
        ("return _sbx_get", "the name '_sbx_get' is reserved"),
        ("def f():\n    nonlocal __x", "the name '__x' is reserved"),
        ("return f(__a=1)", "the name '__a' is reserved"),
        ("global x", "Global is not available"),
        ("with x: pass", "With is not available"),
        ("@f\ndef g(): pass", "decorators are not available"),
        ("json.dumps = 1", "modules are read-only"),
        ("del x", "only `del x[key]`"),
        ("del x[1:2]", "only `del x[key]`"),
        ("return eval('1')", "eval() is not available"),
        ("f = getattr\nreturn f", "getattr() is not available"),
        ("return ...", "Ellipsis is not available"),
    ],
)
def test_what_a_script_may_not_use_is_named(source, message):
    error = refusal(Script.body(source))
    assert error.kind == "forbidden"
    assert error.line is not None
    assert message in str(error)


def test_a_fullwidth_underscore_does_not_hide_a_reserved_name():
    assert refusal(Script.expr("result._\uff3fclass__")).kind == "forbidden"


@pytest.mark.parametrize(
    "source",
    [
        "result._id",
        "result.items",
        "del_ + 1",
        "[x for x in result]",
        "f'{result.a:>{width}}'",
        "json.dumps(1)",
    ],
)
def test_an_ordinary_expression_passes(source):
    check(Script.expr(source), None)


def test_a_denied_name_may_be_the_name_of_a_step():
    check(Script.expr("input.age + 1"), {"input"})
    assert refusal(Script.expr("input.age + 1"), {"step1"}).kind == "forbidden"


def test_a_denied_name_may_be_a_variable():
    check(Script.body("type = 3\nreturn type"), set())


def test_an_unknown_name_is_told_with_the_nearest_known_one():
    error = refusal(Script.body("x = 1\nreturn resut.name"), {"result", "task"})
    assert (error.kind, error.line) == ("name", 2)
    assert str(error) == "there is no 'resut' here; did you mean 'result'? (line 2, column 8: return resut.name)"


@pytest.mark.parametrize(
    ("script", "line", "column"),
    [
        (Script.expr("result.name == = 2"), 1, 16),
        (Script.expr("   result.name == = 2"), 1, 19),
        (Script.expr("result.ok and\n  resut.name"), 2, 3),
        (Script.expr("result.zz == zz"), 1, 14),
        (Script.body("x = 1\nreturn (x"), 2, 8),
        (Script.body("return 1\nimport os"), 2, None),
    ],
    ids=lambda value: value.source if isinstance(value, Script) else "",
)
def test_a_fault_is_told_with_its_line_and_column_in_what_the_user_wrote(script, line, column):
    error = refusal(script, {"result"})
    assert (error.line, error.column) == (line, column)


def test_an_unknown_name_that_resembles_none_is_told_with_what_there_is():
    assert refusal(Script.expr("zzz + 1"), {"task", "loop"}).message == "there is no 'zzz' here; there is loop, task"


def test_names_are_not_judged_when_they_are_not_known():
    check(Script.expr("anything.at.all"), None)


def test_seed_scripts_pass():
    check(Script.expr("result.name != None and len(result.name) != 0"), {"result"})
    check(Script.expr("(loop.index + 1) * '*'"), {"loop", "task"})
    check(Script.body("r = { 'name': '' } \nr['name'] = result[3].name \nreturn r"), {"result", "task", "loop"})


@pytest.mark.parametrize("source", ["-" * 900 + "1", "-" * 5000 + "1", "1+" * 4000 + "1"])
def test_a_script_that_is_nested_too_deeply_is_told_so_and_breaks_nothing(source):
    for ask in (
        lambda script: check(script, None),
        names_read,
        lambda script: references(parse_value("$CODE" + script.source)),
    ):
        with pytest.raises(ScriptError, match="nested too deeply"):
            ask(Script.expr(source))


REFUSED_ATTACKS = {"deep binop", "deep unary", "big source", "exec self", "decimal", "decimal exact"}
"""The validator knows names and shapes; what runs too long or grows too large is the sandbox's to stop."""


@pytest.mark.parametrize(("name", "source"), ATTACKS, ids=[name for name, _ in ATTACKS])
def test_the_validator_alone_ends_for_every_attack_and_refuses_what_it_can_see(name, source):
    try:
        check(Script.body(source), None)
    except ScriptError:
        assert name in REFUSED_ATTACKS
    else:
        assert name not in REFUSED_ATTACKS
