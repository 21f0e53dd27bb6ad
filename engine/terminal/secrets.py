"""Secrets from the command line; their texts come in and never out."""

from __future__ import annotations

import sys

import click

from engine.command import NamedSecrets
from engine.host import keyring_of, opened_store
from engine.model import Secret
from engine.settings import Settings
from engine.vault import new_key


@click.group(name="secret")
def secret_group() -> None:
    """Texts that calls may carry as $$SECRET.NAME and that nobody can read again."""


@secret_group.command(name="list")
@click.pass_obj
def list_secrets(settings: Settings) -> None:
    """Every secret's name, who changed it last and when, and its note; never its text."""
    with opened_store(settings) as store:
        secrets, keeper = store.secrets.all(), NamedSecrets(store, keyring_of(settings))
        lines = [_secret_line(secret, keeper.readable(secret)) for secret in secrets]
    click.echo("\n".join(lines) if lines else "there is no secret yet: `secret set NAME` keeps one")


def _secret_line(secret: Secret, readable: bool) -> str:
    lacks = "" if readable else f"  cannot be read: its key {secret.key} is not here"
    note = f"  {secret.note}" if secret.note else ""
    return f"{secret.id:<24} {secret.changed_at:%Y-%m-%d %H:%M} UTC  {secret.changed_by}{note}{lacks}"


@secret_group.command(name="set")
@click.argument("name")
@click.option("--note", help="What it is for; everybody who may see its name reads it.")
@click.pass_obj
def set_secret(settings: Settings, name: str, note: str | None) -> None:
    """Keep a text under a name, new or in place of the old; asked for, or read from standard input."""
    with opened_store(settings) as store:
        NamedSecrets(store, keyring_of(settings)).set(name, _secret_asked(), note)
    click.echo(f"{name} is set: calls carry it as $$SECRET.{name}")


def _secret_asked() -> str:
    """Never an option. All of standard input, for keys of several lines, but for the line end that `echo` adds."""
    if sys.stdin.isatty():
        return str(click.prompt("Secret", hide_input=True, confirmation_prompt=True))
    return sys.stdin.read().removesuffix("\n").removesuffix("\r")


@secret_group.command(name="remove")
@click.argument("name")
@click.option("--yes", is_flag=True, help="Do not ask.")
@click.pass_obj
def remove_secret(settings: Settings, name: str, yes: bool) -> None:
    """Remove a secret; calls that carry it fail until it is set again."""
    with opened_store(settings) as store:
        keeper = NamedSecrets(store, keyring_of(settings))
        keeper.secret(name)
        for use in keeper.uses().get(name, ()):
            click.echo(f"used by {use.kind}.{use.id}.{use.where}", err=True)
        if not yes:
            click.confirm(f"Remove the secret {name}?", abort=True)
        keeper.remove(name)
    click.echo(f"{name} is removed")


@secret_group.command(name="rotate")
@click.pass_obj
def rotate_secrets(settings: Settings) -> None:
    """Make a new key and encrypt every secret with it; where STEPLINE_SECRET_KEYS is set, with its first key."""
    keyring = keyring_of(settings)
    if not keyring.given:
        keyring.add_key()
    with opened_store(settings) as store:
        count = NamedSecrets(store, keyring).rotate()
    click.echo(f"{count} secrets are encrypted anew; older keys in {keyring.where} open older backups and nothing else")


@secret_group.command(name="key")
def make_secret_key() -> None:
    """Print a new key for STEPLINE_SECRET_KEYS."""
    click.echo(new_key())
