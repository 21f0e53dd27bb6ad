"""Roles in their order, names, and passwords that will do."""

import pytest
from pydantic import ValidationError

from engine.command.password import problems_of_password
from engine.model import Role, User
from engine.settings import read_settings
from tests.unit.builders import NOW


def test_each_role_may_all_that_those_before_it_may():
    order = list(Role)
    for place, role in enumerate(order):
        assert [role.covers(other) for other in order] == [True] * (place + 1) + [False] * (len(order) - place - 1)


@pytest.mark.parametrize("name", ["a", "ann", "ann.lee@example.org", "0x", "x" * 64])
def test_a_name_may_be_a_mail_address(name):
    assert User(id=name, role=Role.VIEWER, created_at=NOW).id == name


@pytest.mark.parametrize("name", ["", "Ann", "a b", ".a", "-a", "a/b", "a$b", "x" * 65, "command line", "ann\n", "é"])
def test_a_name_that_could_be_taken_for_another_is_none(name):
    with pytest.raises(ValidationError):
        User(id=name, role=Role.VIEWER, created_at=NOW)


def test_a_user_does_not_print_their_password():
    assert "secret" not in repr(User(id="a", role=Role.VIEWER, created_at=NOW, password="secret"))


@pytest.mark.parametrize(
    ("password", "why"),
    [("eleven char", "too short"), ("x" * 201, "too long"), ("annabella123", "your name"), ("twelve chars", "")],
)
def test_a_password_needs_length_and_more_than_the_name(password, why):
    said = "; ".join(map(str, problems_of_password(password, "annabella")))
    assert why in said
    assert bool(said) == bool(why)


@pytest.mark.parametrize(
    ("host", "proxies", "local"), [("127.0.0.1", 0, True), ("::1", 1, False), ("10.0.0.1", 0, False)]
)
def test_pages_are_local_when_nobody_else_reaches_them(host, proxies, local):
    assert read_settings(host=host, proxies=proxies).local is local
