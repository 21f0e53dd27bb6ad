"""The page of an API whose real answers are not like its sample: what differs, who reads it, whom that concerns."""

from __future__ import annotations

import json
from pathlib import Path
from uuid import uuid4

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.e2e.conftest import Running, post
from tests.systems import a_link, a_step, an_api, documents

TRIES = 100


@pytest.fixture
def drifting(stepline: Running, context: BrowserContext, tmp_path: Path) -> str:
    """An API of which the sample has a size, and the answers have none, but a nonce. Two tasks ask it, every second."""
    name = f"drift{uuid4().hex[:4]}"
    sample = {"name": "abc", "size": 3}
    api = an_api(stepline.mock, name, path="api1?_nonce=true", interval=1, result=sample)
    step = a_step(f"{name}-step", a_link("ask", name, "result.name == 'there' or result.size == 7"))
    tasks = [{"_id": f"{name}-{number}", "system": f"{name}-system", "args": {"name": "abc"}} for number in (1, 2)]
    file = tmp_path / "drift.json"
    file.write_text(json.dumps(documents([api], [step], _id=f"{name}-system") | {"task": tasks}), encoding="utf-8")
    stepline.command("load", str(file)).check_returncode()
    for task in tasks:
        assert post(context, f"{stepline.url}/tasks/{task['_id']}/start").ok
    return name


def open_when_seen(page: Page, address: str) -> None:
    """A worker tells what it has seen now and then."""
    for _ in range(TRIES):
        page.goto(address)
        if page.locator("#drift").count():
            return
        page.wait_for_timeout(200)
    expect(page.locator("#drift")).to_be_visible()


def test_the_panel_says_what_came_and_went_who_reads_it_and_how_many_tasks_run(
    page: Page, stepline: Running, drifting: str
):
    open_when_seen(page, f"{stepline.url}/apis/{drifting}")
    panel = page.locator("#drift")
    expect(panel).to_contain_text(f"Tasks running: 2 ({drifting}-system)")
    vanished = panel.locator("li", has_text="result.size")
    expect(vanished).to_contain_text("is missing: the sample has a number")
    expect(vanished).to_contain_text(f"read by {drifting}-step/ask condition")
    expect(panel.locator("li", has_text="result.nonce")).to_contain_text("is new: text")
    vanished.get_by_role("link", name="an example").click()
    expect(page.locator("main")).to_contain_text(f"{drifting}-")


def test_an_answer_that_is_accepted_is_the_sample_from_then_on(page: Page, stepline: Running, drifting: str):
    open_when_seen(page, f"{stepline.url}/apis/{drifting}")
    page.get_by_role("button", name="Accept it as the sample").click()
    page.get_by_role("dialog").get_by_role("button", name="Accept it as the sample").click()
    expect(page.locator("#drift")).to_have_count(0)
    sample = page.locator("section", has=page.locator("#answer")).locator("pre")
    expect(sample).to_contain_text('"nonce"')
    expect(sample).not_to_contain_text('"size"')
