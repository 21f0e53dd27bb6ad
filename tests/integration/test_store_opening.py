"""Opening the store at an address: what is wrong with the database is said there and then, all of it."""

import logging
from collections.abc import Iterator

import pytest

from engine.store import Finding, Store, StoreUnavailable, connect, inspection
from engine.store.embedded import Embedded


@pytest.fixture(scope="module")
def guarded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A server that asks for a password; `reader` and `writer` may do what their names say, in one database."""
    with Embedded(tmp_path_factory.mktemp("guarded")) as running:
        with connect(running.uri).client as client:
            for user, role in (("reader", "read"), ("writer", "readWrite")):
                client.admin.command("createUser", user, pwd="p", roles=[{"role": role, "db": "stepline"}])
        yield running.uri


def with_user(uri: str, user: str) -> str:
    return f"mongodb://{user}{uri.partition('@')[2]}"


def test_a_sound_database_is_opened_with_its_indexes_and_without_a_word(
    guarded: str, caplog: pytest.LogCaptureFixture
) -> None:
    store = Store.at(guarded)
    assert "wake_at_1" in store.db.task.index_information()
    assert caplog.messages == []
    store.close()


def test_what_it_lacks_is_logged_once_for_each(
    guarded: str, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    lacks = [Finding("the clock is slow", "warn", "wind it"), Finding("it is a standalone", "warn", "add two")]
    monkeypatch.setattr(inspection, "inspect", lambda _: lacks)
    with caplog.at_level(logging.WARNING):
        Store.at(guarded).close()
    assert caplog.messages == ["database_lacks"] * 2
    assert [(vars(record)["what"], vars(record)["advice"]) for record in caplog.records] == [
        ("the clock is slow", "wind it"),
        ("it is a standalone", "add two"),
    ]


def test_all_that_is_wrong_is_in_the_refusal(guarded: str, monkeypatch: pytest.MonkeyPatch) -> None:
    lacks = [Finding("it is old", "refuse", "upgrade it"), Finding("the clock is slow", "warn", "wind it")]
    monkeypatch.setattr(inspection, "inspect", lambda _: lacks)
    with pytest.raises(StoreUnavailable, match=r"(?s)cannot be used.*it is old: upgrade it.*the clock is slow: wind"):
        Store.at(guarded)


def test_to_read_and_write_in_its_database_is_all_that_a_user_needs(guarded: str) -> None:
    store = Store.at(with_user(guarded, "writer:p@"))
    store.tasks.counts()
    store.close()


@pytest.mark.parametrize(
    ("user", "says"),
    [
        ("somebody:wrong@", "refuses the user or the password"),
        ("", "does not let us write .*requires authentication.*name a user who may readWrite in 'stepline'"),
        ("reader:p@", "does not let us write .*not authorized.*name a user who may readWrite in 'stepline'"),
    ],
)
def test_a_user_who_may_not_use_the_database_is_told_what_is_missing(guarded: str, user: str, says: str) -> None:
    with pytest.raises(StoreUnavailable, match=f"(?s){says}"):
        Store.at(with_user(guarded, user))
