"""Where secrets stand in values: recognised whole in args, anywhere in headers, and put in last."""

from __future__ import annotations

import pytest

from engine.script import BadSecret, Sealed, names_in, opened, opened_text, parts_of, sealed_default, whole_secret

A, B = Sealed("a"), Sealed("b-2")
KNOWN = {"a": "alpha", "b-2": "beta"}.__getitem__


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("Bearer $$SECRET.a", ("Bearer ", A)),
        ("$$SECRET.a", (A,)),
        ("$$SECRET.a.$$SECRET.b-2", (A, ".", B)),
        ('k=$$SECRET["a"]-x; q', ("k=", A, "-x; q")),
        (r"\$$SECRET.a", ("$$SECRET.a",)),
        ("$$SECRETARY.a", ("$$SECRETARY.a",)),
        ("$SECRET.a", ("$SECRET.a",)),
        ("plain", ("plain",)),
        ("", ("",)),
    ],
)
def test_a_header_holds_secrets_anywhere_in_its_text(text, parts):
    assert parts_of(text) == parts


@pytest.mark.parametrize("text", ["Bearer $$SECRET", "$$SECRET.", "$$SECRET.1", "$$SECRET[0]", '$$SECRET["a'])
def test_a_secret_without_a_name_is_refused(text):
    with pytest.raises(BadSecret, match=r"write \$\$SECRET\.name"):
        parts_of(text)


def test_a_default_is_a_secret_as_a_whole_or_plain_text():
    default = {"x": ["$$SECRET.a", "see $$SECRET.a", "$$step1.name", 7], "y": None}
    assert sealed_default(default) == {"x": [A, "see $$SECRET.a", "$$step1.name", 7], "y": None}
    with pytest.raises(BadSecret, match="without parts"):
        sealed_default(["$$SECRET.a.part"])


@pytest.mark.parametrize("text", ["", "plain", "$$step1.a", "$$SECRETS.a", r"\$$SECRET.a"])
def test_other_text_is_no_secret(text):
    assert whole_secret(text) is None


def test_secrets_are_put_in_through_dicts_and_lists():
    value = {"x": [A, {"y": B}], "z": 1}
    assert list(names_in(value)) == ["a", "b-2"]
    assert opened(value, KNOWN) == {"x": ["alpha", {"y": "beta"}], "z": 1}
    assert value == {"x": [A, {"y": B}], "z": 1}


def test_a_header_is_put_together_from_its_secrets():
    assert opened_text("Basic $$SECRET.a:$$SECRET.b-2", KNOWN) == "Basic alpha:beta"
