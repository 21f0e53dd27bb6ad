"""The list of tasks in a browser: filter it, tick rows, act on all that match, and see what became of each."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.e2e.conftest import Running


@pytest.fixture
def listed(page: Page, stepline: Running) -> Page:
    """Three tasks that wait for long, found by `listed`."""
    stepline.knob("api2", not_ready=100_000)
    for number in (1, 2, 3):
        page.goto(f"{stepline.url}/tasks/new?system=systemid")
        page.locator("[name=name]").fill(f"listed {number}")
        page.locator("[name=args]").fill('{"name": "abc"}')
        page.locator("main form [type=submit], main form button.btn-primary").last.click()
        page.wait_for_url(re.compile(r"/tasks/[0-9a-f]{12}$"))
    page.goto(f"{stepline.url}/tasks?q=listed")
    return page


def test_a_filter_is_kept_in_the_address_and_all_that_match_are_paused_each_with_a_result(
    listed: Page, stepline: Running
) -> None:
    rows = listed.locator("[data-rows] [data-row]")
    expect(rows).to_have_count(3)
    listed.locator("[data-search]").fill('"listed 2"')
    listed.keyboard.press("Enter")
    listed.wait_for_url("**/tasks?q=%22listed+2%22")
    expect(rows).to_have_count(1)
    listed.goto(f"{stepline.url}/tasks?q=listed")
    listed.get_by_label("all that match").check()
    listed.locator("button[name=act][value=pause]").click()
    expect(listed.get_by_role("heading", level=1)).to_have_text("Pause: 3 tasks")
    listed.get_by_role("button", name="Pause: 3 tasks").click()
    expect(listed.get_by_role("heading", level=1)).to_have_text("Pause: 3 done, 0 refused")
    expect(listed.locator(".outcomes li")).to_have_count(3)
    listed.get_by_role("link", name="Back to the list").click()
    expect(listed.locator("[data-rows] .status", has_text="PAUSED")).to_have_count(3)


def test_ticks_are_counted_and_stay_while_the_list_refreshes_itself(listed: Page) -> None:
    listed.locator("[data-tick-all]").check()
    expect(listed.locator("[data-ticked]")).to_have_text(re.compile("^3 ticked"))
    listed.locator("[data-rows] [name=task]").first.uncheck()
    expect(listed.locator("[data-ticked]")).to_have_text(re.compile("^2 ticked"))
    with listed.expect_response(lambda response: "/tasks?q=listed" in response.url):
        pass
    expect(listed.locator("[data-rows] [name=task]:checked")).to_have_count(2)


def test_the_list_works_without_scripts(
    listed: Page, open_browser: Callable[..., BrowserContext], stepline: Running
) -> None:
    plain = open_browser(java_script_enabled=False).new_page()
    plain.goto(f"{stepline.url}/tasks?q=listed&sort=name")
    plain.locator("[data-rows] [name=task]").first.check()
    plain.locator("button[name=act][value=cancel]").click()
    expect(plain.get_by_role("heading", level=1)).to_have_text("Cancel tasks: 1 task")
    plain.get_by_role("button", name="Cancel tasks: 1 task").click()
    expect(plain.get_by_role("heading", level=1)).to_have_text("Cancel tasks: 1 done, 0 refused")


@pytest.mark.parametrize("width", [375, 1024, 1440])
def test_the_list_fits_the_window(
    listed: Page, open_browser: Callable[..., BrowserContext], stepline: Running, width: int
) -> None:
    page = open_browser(viewport={"width": width, "height": 800}).new_page()
    page.goto(f"{stepline.url}/tasks?q=listed")
    for menu in ("#filter-help", "#views", "#columns"):
        page.locator(f"{menu} > summary").click()
        assert page.evaluate("document.documentElement.scrollWidth") <= width
