"""The pages on a stage: real database, real templates, the stage's clock; asked as a browser or as htmx would."""

from __future__ import annotations

import re
from html import unescape
from pathlib import Path
from typing import Any

import pytest
from werkzeug.test import TestResponse

from engine.command import Accounts, SignIn
from engine.model import Role, User
from engine.settings import Settings
from tests.stage import Stage
from webapp import create_app

COOKIE = "stepline_8000_user"
HTMX = {"HX-Request": "true", "HX-Request-Type": "partial"}


class Pages:
    """One visitor, signed in as `olga`. Forms are sent with the token that stands in the page they are on."""

    def __init__(self, stage: Stage, folder: Path, **settings: Any) -> None:
        self.stage = stage
        given = {"live": 0, "secret_keys": stage.keyring.given[0]} | settings
        chosen = Settings(secret_key="for tests", data_dir=folder, **given)  # type: ignore[arg-type]
        self.app = create_app(chosen, stage.store, clock=stage.clock)
        self.client = self.app.test_client()
        self.accounts = Accounts(stage.store, stage.clock, "root")
        self.ways = SignIn(stage.store, stage.clock)

    def sign_in(self, name: str = "olga", role: Role = Role.OPERATOR) -> str:
        """As a user of that name and role; the secret in the cookie."""
        self.cookie = self.ways.begin(self.a_user(name, role), "127.0.0.1", "tests")
        self.client.set_cookie(COOKIE, self.cookie)
        return self.cookie

    def a_user(self, name: str, role: Role = Role.OPERATOR) -> User:
        found = self.stage.store.users.get(name)
        return self.accounts.set_role(name, role) if found else self.accounts.add(name, role)

    def alive(self, cookie: str) -> bool:
        """Whether the cookie still opens a page."""
        client = self.app.test_client()
        client.set_cookie(COOKIE, cookie)
        return client.get("/tasks").status_code == 200

    def get(self, path: str, query_string: dict[str, str] | None = None, **headers: str) -> TestResponse:
        return self.client.get(path, query_string=query_string, headers=headers, buffered=True)

    def part(self, path: str, tag: str = "") -> TestResponse:
        """As htmx asks: for the live part, and only if it is not the one with this tag."""
        return self.client.get(path, headers=HTMX | ({"If-None-Match": tag} if tag else {}))

    def post(self, path: str, page: str = "/tasks/new", headers: dict[str, str] | None = None, **fields: Any):
        token = re.search(r'name="csrf_token" value="([^"]+)"', self.get(page).text)
        assert token
        return self.client.post(path, data={"csrf_token": token[1], **fields}, headers=headers)

    def act(self, task: str, act: str, headers: dict[str, str] | None = None) -> TestResponse:
        return self.post(f"/tasks/{task}/{act}", f"/tasks/{task}", headers)


def words(html: str) -> str:
    """What a person reads, on one line."""
    body = html.rsplit("<body>", maxsplit=1)[-1]
    return " ".join(unescape(re.sub(r"<[^>]*>", " ", body)).split())


def tag_in(html: str) -> str:
    """The tag that htmx sends with its next question."""
    found = re.search(r'"If-None-Match": "\\"([^"\\]+)\\""', html)
    assert found
    return f'"{found[1]}"'


@pytest.fixture
def pages(stage: Stage, seed: dict[str, Any], tmp_path: Path) -> Pages:
    """The pages of a Stepline that has the seed's definitions and no task."""
    stage.load(seed)
    pages = Pages(stage, tmp_path)
    pages.sign_in()
    return pages


@pytest.fixture
def stranger(pages: Pages) -> Pages:
    """The same, of somebody who has not signed in."""
    pages.client.delete_cookie(COOKIE)
    return pages
