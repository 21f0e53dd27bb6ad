"""Paths into JSON: writing and reading them."""

import pytest

from engine.script.path import PathError, parse_text, read, show


@pytest.mark.parametrize(
    ("text", "path"),
    [
        ("", ()),
        (".name", ("name",)),
        (".a.b[0]", ("a", "b", 0)),
        (".list[-1].x", ("list", -1, "x")),
        ('["a b"].c', ("a b", "c")),
        ("['名字']", ("名字",)),
        (".名字", ("名字",)),
        (".Content-Type", ("Content-Type",)),
        (".0", ("0",)),
        ("._id", ("_id",)),
    ],
)
def test_a_path_is_read_from_its_text(text, path):
    assert parse_text(text) == path


@pytest.mark.parametrize("text", [".", "name", ".a b", ".a.", ".a[", ".a[x]", ".a[0", "[]", ".a..b", "['a\"]", ".a "])
def test_what_is_no_path_is_none(text):
    assert parse_text(text) is None


@pytest.mark.parametrize("path", [("a", 0, "b c"), ("_id",), (-1, "名字", "x-y")])
def test_a_path_that_is_shown_reads_back(path):
    assert parse_text(show(path)) == path


def test_an_absent_key_reads_as_none():
    assert read({"a": {}}, ("a", "b")) is None


def test_an_object_has_no_items_by_number():
    assert read({"a": 1}, (0,)) is None


def test_a_text_and_a_list_have_items_from_either_end():
    assert (read("abc", (0,)), read([1, 2], (-1,)), read([1, 2], (-2,))) == ("a", 2, 1)


@pytest.mark.parametrize(
    ("value", "path", "message"),
    [
        ({}, ("a", "b"), "cannot read 'b' of None"),
        ([1], ("name",), "cannot read 'name' of a list"),
        ("abc", ("name",), "cannot read 'name' of a text"),
        (True, ("name",), "cannot read 'name' of a boolean"),
        (1.5, (0,), "cannot read 0 of a number"),
        ([1, 2, 3], (3,), "there is no [3] in a list of 3"),
        ([], (-1,), "there is no [-1] in a list of 0"),
        ("ab", (2,), "there is no [2] in a text of 2"),
    ],
)
def test_what_cannot_be_read_says_why(value, path, message):
    with pytest.raises(PathError) as caught:
        read(value, path)
    assert str(caught.value) == message
