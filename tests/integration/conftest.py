"""The pages on a stage: real database, real templates, the stage's clock; asked as a browser or as htmx would."""

from __future__ import annotations

import re
from html import unescape
from pathlib import Path
from typing import Any

import pytest
from werkzeug.test import TestResponse

from engine.settings import Settings
from tests.stage import Stage
from webapp import create_app

HTMX = {"HX-Request": "true", "HX-Request-Type": "partial"}


class Pages:
    """One visitor. Forms are sent with the token that stands in the page they are on."""

    def __init__(self, stage: Stage, folder: Path) -> None:
        self.stage = stage
        settings = Settings(secret_key="for tests", data_dir=folder)  # type: ignore[arg-type]
        self.app = create_app(settings, stage.store, clock=stage.clock)
        self.client = self.app.test_client()

    def get(self, path: str, **headers: str) -> TestResponse:
        return self.client.get(path, headers=headers, buffered=True)

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
    return Pages(stage, tmp_path)
