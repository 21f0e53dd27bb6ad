"""What the guide says first: somebody who has never seen Stepline defines a system and sees it run."""

from __future__ import annotations

from pathlib import Path

from playwright.sync_api import Browser, expect

from tests.e2e.conftest import running_stepline
from tests.e2e.first_system import walk


def test_a_first_system_of_real_calls_is_defined_and_run_through_the_pages_alone(browser: Browser, tmp_path: Path):
    said: list[str] = []
    with running_stepline(tmp_path, "--no-demo", way_in="sign in: ") as stepline, browser.new_context() as context:
        page = context.new_page()
        page.on("console", lambda message: said.append(message.text) if message.type in ("error", "warning") else None)
        page.goto(stepline.link)
        page.get_by_role("button", name="Sign in as admin").click()
        walk(page, stepline.url, stepline.mock)
        flow = page.locator("#main")
        for value in ("total 297.0", 'receipt "r2"', 'parcel "p2"', 'carrier "Snail & Sons"'):
            expect(flow).to_contain_text(value)
    assert said == []
