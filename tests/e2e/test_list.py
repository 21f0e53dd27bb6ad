"""The list of tasks in a browser: filter it, tick rows, act on all that match, and see what became of each."""

from __future__ import annotations

import re
import secrets
from collections.abc import Callable

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.e2e.conftest import Running
from tests.e2e.test_pages import PATIENCE_MS, create


@pytest.fixture
def word() -> str:
    """In the names of this test's tasks, and of no others."""
    return f"listed{secrets.token_hex(3)}"


@pytest.fixture
def listed(page: Page, stepline: Running, word: str) -> Page:
    """A list of three tasks that wait for long."""
    stepline.knob("api2", not_ready=100_000)
    for number in (1, 2, 3):
        create(page, stepline, f"{word} no {number}")
    page.goto(f"{stepline.url}/tasks?q={word}")
    expect(page.locator("[data-rows] [data-row]")).to_have_count(3)
    return page


def test_a_filter_is_kept_in_the_address_and_all_that_match_are_paused_each_with_a_result(
    listed: Page, stepline: Running, word: str
) -> None:
    rows = listed.locator("[data-rows] [data-row]")
    listed.locator("[data-search]").fill(f'"{word} no 2"')
    listed.locator("[data-search]").press("Enter")
    listed.wait_for_url(f"**/tasks?q=%22{word}+no+2%22")
    expect(rows).to_have_count(1)
    listed.goto(f"{stepline.url}/tasks?q={word}")
    listed.get_by_label("all that match").check()
    listed.locator("button[name=act][value=pause]").click()
    expect(listed.get_by_role("heading", level=1)).to_have_text("Pause: 3 tasks")
    listed.get_by_role("button", name="Pause: 3 tasks").click()
    expect(listed.get_by_role("heading", level=1)).to_have_text("Pause: 3 done, 0 refused")
    expect(listed.locator(".outcomes li")).to_have_count(3)
    listed.get_by_role("link", name="Back to the list").click()
    expect(listed.locator("[data-rows] .status", has_text="PAUSED")).to_have_count(3, timeout=PATIENCE_MS)


def test_ticks_are_counted(listed: Page) -> None:
    listed.locator("[data-tick-all]").check()
    expect(listed.locator("[data-ticked]")).to_have_text(re.compile("^3 ticked"))
    listed.locator("[data-rows] [name=task]").first.uncheck()
    expect(listed.locator("[data-ticked]")).to_have_text(re.compile("^2 ticked"))


@pytest.mark.usefixtures("listed")
def test_the_list_works_without_scripts(
    open_browser: Callable[..., BrowserContext], stepline: Running, word: str
) -> None:
    plain = open_browser(java_script_enabled=False).new_page()
    plain.goto(f"{stepline.url}/tasks?q={word}&sort=name")
    plain.locator("[data-rows] [name=task]").first.check()
    plain.locator("button[name=act][value=cancel]").click()
    expect(plain.get_by_role("heading", level=1)).to_have_text("Cancel tasks: 1 task")
    plain.get_by_role("button", name="Cancel tasks: 1 task").click()
    expect(plain.get_by_role("heading", level=1)).to_have_text("Cancel tasks: 1 done, 0 refused")


@pytest.mark.usefixtures("listed")
def test_the_list_and_its_menus_fit_the_window(
    open_browser: Callable[..., BrowserContext], stepline: Running, word: str
) -> None:
    for width in (375, 1024, 1440):
        page = open_browser(viewport={"width": width, "height": 800}).new_page()
        page.goto(f"{stepline.url}/tasks?q={word}")
        for menu in ("#filter-help", "#views", "#columns"):
            page.locator(f"{menu} > summary").click()
            assert page.evaluate("document.documentElement.scrollWidth") <= width
