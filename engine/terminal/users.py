"""Who may sign in: added, let in, kept out from the command line."""

from __future__ import annotations

import sys

import click

from engine.command import Accounts
from engine.host import base_url, opened_store
from engine.model import Role, User
from engine.settings import Settings
from engine.store import Store


@click.group(name="user")
def user_group() -> None:
    """Who may sign in to the pages, and as what."""


@user_group.command(name="list")
@click.pass_obj
def list_users(settings: Settings) -> None:
    """Every user: name, role, whether they are disabled or have no password."""
    with opened_store(settings) as store:
        found = store.users.all()
    click.echo("\n".join(map(_user_line, found)) if found else "there is no user yet: `user add`, or `run`, makes one")


def _user_line(user: User) -> str:
    lacks = "disabled" if user.disabled else "" if user.password else "no password"
    return f"{user.id:<24} {user.role:<9} {lacks}".rstrip()


@user_group.command(name="add")
@click.argument("name")
@click.option("--role", type=click.Choice([role.value for role in Role]), default=Role.VIEWER.value, show_default=True)
@click.pass_obj
def add_user(settings: Settings, name: str, role: str) -> None:
    """Add a user, who signs in by the one-time link that is printed."""
    with opened_store(settings) as store:
        user = Accounts(store).add(name, Role(role))
        click.echo(f"{user.id} is {user.role}")
        _print_link(settings, store, name)


@user_group.command(name="password")
@click.argument("name")
@click.pass_obj
def set_password(settings: Settings, name: str) -> None:
    """Give a user a password, asked for or read from standard input; signs them out everywhere."""
    with opened_store(settings) as store:
        accounts = Accounts(store)
        accounts.set_password(accounts.user(name).id, _password_asked())
    click.echo(f"{name} has a new password and is signed out everywhere")


@user_group.command(name="role")
@click.argument("name")
@click.argument("role", type=click.Choice([role.value for role in Role]))
@click.pass_obj
def set_role(settings: Settings, name: str, role: str) -> None:
    """Give a user another role; signs them out everywhere."""
    with opened_store(settings) as store:
        click.echo(f"{name} is {Accounts(store).set_role(name, Role(role)).role}")


@user_group.command(name="disable")
@click.argument("name")
@click.pass_obj
def disable_user(settings: Settings, name: str) -> None:
    """Let a user in no more; signs them out everywhere."""
    with opened_store(settings) as store:
        Accounts(store).disable(name)
    click.echo(f"{name} is disabled and signed out everywhere")


@user_group.command(name="enable")
@click.argument("name")
@click.pass_obj
def enable_user(settings: Settings, name: str) -> None:
    """Let a disabled user in again."""
    with opened_store(settings) as store:
        Accounts(store).enable(name)
    click.echo(f"{name} may sign in again")


@user_group.command(name="link")
@click.argument("name")
@click.pass_obj
def link_user(settings: Settings, name: str) -> None:
    """Make a link that signs a user in once, within an hour."""
    with opened_store(settings) as store:
        _print_link(settings, store, name)


def _password_asked() -> str:
    """Never an option: every process of a machine can read those of the others."""
    if sys.stdin.isatty():
        return str(click.prompt("Password", hide_input=True, confirmation_prompt=True))
    return sys.stdin.readline().rstrip("\r\n")


def _print_link(settings: Settings, store: Store, name: str) -> None:
    host = "127.0.0.1" if settings.host in ("0.0.0.0", "::") else settings.host  # noqa: S104  it is read, not bound
    click.echo(f"sign in once, within an hour: {base_url(host, settings.port)}/sign-in/{Accounts(store).link(name)}")
