"""Secrets as people keep them: every act is told without the text, and of two at once neither is lost."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine.command import ChangedMeanwhile, NamedSecrets, NotFound, Refused
from engine.model import Invalid
from engine.store import Store
from engine.vault import KEPT_S, Keyring, NotSet, Unreadable, Vault
from tests.clock import TurnedClock

CANARY = "c4n4ry-text"


@pytest.fixture
def clock() -> TurnedClock:
    return TurnedClock()


@pytest.fixture
def keyring(tmp_path: Path) -> Keyring:
    return Keyring(path=tmp_path / "secret_keys")


@pytest.fixture
def secrets(store: Store, keyring: Keyring, clock: TurnedClock) -> NamedSecrets:
    return NamedSecrets(store, keyring, clock, "ann")


@pytest.fixture
def vault(store: Store, keyring: Keyring, clock: TurnedClock) -> Vault:
    return Vault(store, keyring, clock.monotonic)


def told(secrets: NamedSecrets, name: str = "token") -> list[tuple[str, str, object, object]]:
    return [(event.who, event.what, event.before, event.after) for event in secrets.events(name)]


def test_each_act_is_told_with_who_and_what_and_never_the_text(store, secrets):
    secrets.set("token", CANARY, "of the shop")
    secrets.set("token", CANARY + "2")
    secrets.describe("token", "of the bank")
    secrets.remove("token")
    secrets.set("token", CANARY + "3")
    assert told(secrets) == [
        ("ann", "secret set", None, {"note": "of the shop"}),
        ("ann", "secret replaced", None, {"note": "of the shop"}),
        ("ann", "secret described", {"note": "of the shop"}, {"note": "of the bank"}),
        ("ann", "secret removed", {"note": "of the bank"}, None),
        ("ann", "secret set", None, None),
    ]
    assert CANARY not in "\n".join(store.dump())


def test_a_secret_is_had_by_its_name_as_it_is_now(secrets, vault, clock):
    secrets.set("token", CANARY)
    assert vault.value("token") == CANARY
    secrets.set("token", "another")
    clock.turn(KEPT_S)
    assert vault.value("token") == "another"
    secrets.remove("token")
    clock.turn(KEPT_S)
    with pytest.raises(NotSet, match=r"app\.py secret set token"):
        vault.value("token")


def test_what_was_read_is_forgotten_in_seconds_though_nobody_asks(secrets, vault, clock):
    secrets.set("token", CANARY)
    vault.value("token")
    clock.turn(KEPT_S)
    vault.forget()
    assert CANARY not in repr(vars(vault))


def test_one_that_is_removed_is_not_listed_and_not_there(store, secrets):
    secrets.set("token", CANARY)
    secrets.remove("token")
    assert (store.secrets.all(), store.secrets.names()) == ([], frozenset())
    for act in (secrets.secret, secrets.remove):
        with pytest.raises(NotFound):
            act("token")


def test_an_act_that_was_decided_on_another_revision_changes_nothing(store, secrets):
    first = secrets.set("token", CANARY, seen=0)
    secrets.set("token", CANARY + "2", seen=first.revision)
    before = store.secrets.get("token")
    for act in (lambda: secrets.set("token", "mine", seen=0), lambda: secrets.remove("token", seen=first.revision)):
        with pytest.raises(ChangedMeanwhile, match="'token' was changed meanwhile"):
            act()
    assert store.secrets.get("token") == before


@pytest.mark.parametrize(
    ("name", "value", "path"),
    [
        ("", CANARY, "name"),
        ("1st", CANARY, "name"),
        ("a.b", CANARY, "name"),
        ("a" * 65, CANARY, "name"),
        ("token\n", CANARY, "name"),
        ("token", "abc", "value"),
        ("token", " abc \n", "value"),
        ("token", "", "value"),
        ("token", "c4n4" * 5_000, "value"),
        ("token", CANARY + "\0", "value"),
        ("token", CANARY + "\ud800", "value"),
    ],
)
def test_what_cannot_be_kept_is_refused_without_quoting_it(store, secrets, name, value, path):
    with pytest.raises(Invalid) as refused:
        secrets.set(name, value)
    assert [problem.path for problem in refused.value.problems] == [path]
    assert "c4n4" not in str(refused.value)
    assert store.secrets.all() == []


def test_a_rotation_encrypts_all_anew_and_they_stay_what_they_are(store, secrets, keyring, vault):
    secrets.set("a", CANARY)
    secrets.set("b", "another")
    old = {secret.id: secret.key for secret in store.secrets.all()}
    keyring.add_key()
    assert (secrets.rotate(), secrets.rotate()) == (2, 0)
    assert all(secret.key != old[secret.id] for secret in store.secrets.all())
    assert (vault.value("a"), vault.value("b")) == (CANARY, "another")
    keyring.path.write_text(keyring.path.read_text().splitlines()[0])
    assert vault.value("a") == CANARY


def test_a_rotation_does_what_it_can_and_names_what_no_key_opens(store, secrets, keyring):
    secrets.set("lost", CANARY)
    keyring.path.unlink()
    secrets.set("kept", CANARY)
    keyring.add_key()
    with pytest.raises(Refused, match=r"no key here opens lost: .* \(1 others"):
        secrets.rotate()
    assert secrets.readable(secrets.secret("kept"))
    assert not secrets.readable(secrets.secret("lost"))


def test_a_backup_brings_secrets_back_for_whoever_has_the_keys(store, secrets, keyring, tmp_path):
    secrets.set("token", CANARY)
    lines = list(store.dump())
    store.db.client.drop_database(store.db.name)
    store.prepare()
    store.restore(lines)
    assert Vault(store, keyring).value("token") == CANARY
    with pytest.raises(Unreadable):
        Vault(store, Keyring(path=tmp_path / "elsewhere")).value("token")
