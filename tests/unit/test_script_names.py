"""Which names a script reads from outside."""

import pytest

from engine.script import NameRead, Script, names_read


def reads_of(script: Script) -> list[tuple[str, tuple]]:
    return [(read.name, read.path) for read in names_read(script)]


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("step2.age[0] + 1", [("step2", ("age", 0))]),
        ("step2['a b'].c[-1]", [("step2", ("a b", "c", -1))]),
        ("step2.a[i].b", [("step2", ("a",)), ("i", ())]),
        ("step2.name.upper()", [("step2", ("name",))]),
        ("len(step1.name) + len('x')", [("step1", ("name",))]),
        ("step1.a + step1.a + step1.b", [("step1", ("a",)), ("step1", ("b",))]),
        ("step1[True]", [("step1", ())]),
        ("step1[1:2].x", [("step1", ())]),
        ("f'{task.name}'", [("task", ("name",))]),
        ("json.dumps(math.pi)", []),
        ("filter.age", [("filter", ("age",))]),
        ("input.age", [("input", ("age",))]),
        ("str.upper('a')", []),
        ("{'a': step1}[step2.k]", [("step1", ()), ("step2", ("k",))]),
    ],
)
def test_a_free_name_is_listed_with_its_constant_path(source, expected):
    assert reads_of(Script.expr(source)) == expected


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("[x.a for x in step1.list if x]", [("step1", ("list",))]),
        ("[x for x in x.list]", [("x", ("list",))]),
        ("[x for x in a.b] + [x.c]", [("a", ("b",)), ("x", ("c",))]),
        ("{k: v for k, v in step1.items()}", [("step1", ())]),
        ("[y for x in a for y in x]", [("a", ())]),
        ("lambda x, *y, z=step1.a: x + y + z + w", [("step1", ("a",)), ("w", ())]),
        ("(y := step1.a) + y", [("step1", ("a",))]),
        ("any((y := x) for x in a) and y", [("a", ())]),
    ],
)
def test_a_name_bound_in_an_expression_is_not_free_where_it_is_bound(source, expected):
    assert sorted(reads_of(Script.expr(source))) == sorted(expected)


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("r = {}\nr['x'] = result[3].name\nreturn r", [("result", (3, "name"))]),
        ("def f(a):\n    return a + b\nreturn f(task.n)", [("b", ()), ("task", ("n",))]),
        ("try:\n    pass\nexcept ValueError as e:\n    return e", []),
        ("import math as m\nreturn m.pi", []),
        ("for i, x in enumerate(result):\n    total = x\nreturn total", [("result", ())]),
        ("def f():\n    local = 1\nreturn local", [("local", ())]),
        ("task.x = 1", [("task", ("x",))]),
    ],
)
def test_a_name_bound_in_a_body_is_not_free(source, expected):
    assert reads_of(Script.body(source)) == expected


def test_a_read_knows_its_line():
    assert names_read(Script.body("x = 1\nreturn result.a")) == (NameRead("result", ("a",), 2),)
