"""The keys of secrets: made once, for their owner's eyes, and none lost when a new one comes."""

from __future__ import annotations

import stat
from datetime import UTC, datetime
from pathlib import Path

import gevent
import pytest

from engine.model import Invalid, Secret
from engine.settings import read_settings
from engine.vault import BadKeys, Keyring, Unreadable, new_key

AT = datetime(2026, 1, 1, tzinfo=UTC)


def sealed(keyring: Keyring, name: str = "token", value: str = "plain text") -> Secret:
    sealing = keyring.seal(name, value)
    return Secret(id=name, sealed=sealing.text, key=sealing.key, changed_at=AT, changed_by="ann")


@pytest.fixture
def keyring(tmp_path: Path) -> Keyring:
    return Keyring(path=tmp_path / "var" / "secret_keys")


def test_the_file_is_made_at_the_first_secret_and_for_its_owner_alone(keyring):
    assert not keyring.path.exists()
    secret = sealed(keyring)
    assert stat.S_IMODE(keyring.path.stat().st_mode) == 0o600
    assert keyring.open(secret) == "plain text"
    assert [path.name for path in keyring.path.parent.iterdir()] == ["secret_keys"]


def test_nothing_of_the_text_is_in_what_is_kept(keyring):
    assert "plain" not in sealed(keyring).model_dump_json()
    assert sealed(keyring).sealed != sealed(keyring).sealed


def test_processes_that_come_first_together_share_one_key(keyring):
    others = [Keyring(path=keyring.path) for _ in range(8)]
    secrets = [one.get() for one in [gevent.spawn(sealed, other) for other in others]]
    assert {keyring.open(secret) for secret in secrets} == {"plain text"}
    assert len({secret.key for secret in secrets}) == 1


def test_a_new_key_seals_and_the_old_one_still_opens(keyring):
    old = sealed(keyring)
    keyring.add_key()
    assert sealed(keyring).key != old.key
    assert keyring.open(old) == "plain text"
    assert stat.S_IMODE(keyring.path.stat().st_mode) == 0o600


def test_a_key_that_is_given_seals_and_those_of_the_file_still_open(keyring):
    old = sealed(keyring)
    both = Keyring((new_key(),), keyring.path)
    assert both.open(old) == "plain text"
    assert sealed(both).key != old.key
    with pytest.raises(BadKeys, match="put a new key before the others there"):
        both.add_key()


def test_a_key_that_is_lost_is_named_with_the_secret_and_what_to_do(keyring):
    secret = sealed(keyring)
    keyring.path.unlink()
    assert not keyring.opens(secret)
    with pytest.raises(Unreadable) as told:
        keyring.open(secret)
    for said in ("'token'", secret.key, str(keyring.path), "STEPLINE_SECRET_KEYS", "set the secret anew"):
        assert said in str(told.value)


def test_the_text_of_one_secret_does_not_pass_for_another(keyring):
    swapped = sealed(keyring, "mild").model_copy(update={"id": "mighty"})
    with pytest.raises(Unreadable):
        keyring.open(swapped)


@pytest.mark.parametrize("content", ["x", "\N{SNOWMAN}", "AAAA\n"])
def test_a_file_that_is_no_key_is_refused_and_stays_as_it_is(keyring, content):
    keyring.path.parent.mkdir()
    keyring.path.write_text(content)
    for act in (lambda: sealed(keyring), keyring.add_key):
        with pytest.raises(BadKeys, match="secret_keys"):
            act()
    assert keyring.path.read_text() == content


def test_what_is_no_key_is_refused_at_start_and_not_quoted(monkeypatch):
    monkeypatch.setenv("STEPLINE_SECRET_KEYS", f"{new_key()},hunter2")
    with pytest.raises(Invalid, match=r"STEPLINE_SECRET_KEYS.*32 bytes in url-safe base64") as told:
        read_settings()
    assert "hunter2" not in str(told.value)
