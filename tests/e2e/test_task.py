"""A task's page in a real browser: why it waits, its repair on the page, its timeline; also without JavaScript."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.e2e.conftest import Running
from tests.e2e.test_pages import PATIENCE_MS, create, status


@pytest.fixture
def api2_is_broken(stepline: Running) -> Iterator[None]:
    stepline.knob("api2", status=503, error_rate=1)
    yield
    stepline.knob("api2", error_rate=0)


def task_address(page: Page) -> str:
    return page.url.partition("?")[0].partition("#")[0]


def confirm(page: Page) -> None:
    """Says yes in the dialog that asks."""
    page.locator("dialog[open]").get_by_role("button").last.click()


@pytest.mark.usefixtures("api2_is_broken")
def test_what_is_seen_in_the_head_is_mended_on_the_page_and_the_task_ends_without_a_reload(
    page: Page, context: BrowserContext, stepline: Running
) -> None:
    create(page, stepline, "Mended")
    expect(page.locator("#reason")).to_contain_text("step2/api2 is tried again: answered 503", timeout=PATIENCE_MS)
    page.evaluate("window.sameDocument = true")
    repairs = context.new_page()
    repairs.goto(task_address(page))
    repairs.locator(".because").get_by_role("link", name="Repair").click()
    skip = repairs.locator("section", has=repairs.locator("#skip-head"))
    skip.locator('[name="response.age"]').fill("41")
    skip.locator('[name="reason"]').fill("the API is down")
    skip.get_by_role("button", name="Let it pass").click()
    confirm(repairs)
    expect(repairs.locator("#step-step2 .status")).to_have_text("SKIPPED", timeout=PATIENCE_MS)
    expect(repairs.locator("#toasts")).to_contain_text("step2 is skipped.")
    expect(status(page)).to_have_text("DONE", timeout=PATIENCE_MS)
    expect(page.locator("#reason")).to_contain_text("Every step has passed")
    assert page.evaluate("window.sameDocument")


@pytest.mark.usefixtures("api2_is_broken")
def test_the_timeline_shows_each_try_while_it_runs(page: Page, stepline: Running) -> None:
    create(page, stepline, "Timed")
    expect(status(page)).to_have_text("WAITING", timeout=PATIENCE_MS)
    page.goto(f"{task_address(page)}?view=timeline")
    row = page.locator("#row-step2-api2")
    expect(row).to_contain_text(re.compile(r"\d+ tr(y|ies)"))
    before = row.inner_text()
    page.get_by_role("button", name="Try now").click()
    expect(row).not_to_contain_text(before, timeout=PATIENCE_MS)
    expect(row).to_contain_text(re.compile(r"\d+ tries"))
    expect(page.locator(".timeline .now").first).to_be_attached()
    expect(page.locator("#row-step4 .is-projected")).to_be_attached()


def test_an_attempt_is_copied_as_curl(page: Page, context: BrowserContext, stepline: Running) -> None:
    context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.goto(stepline.sample)
    expect(status(page)).to_have_text("DONE", timeout=PATIENCE_MS)
    page.goto(f"{stepline.sample}/links/step2/api2")
    page.get_by_role("button", name="Copy as curl").click()
    expect(page.get_by_role("button", name="Copied")).to_be_visible()
    assert page.evaluate("navigator.clipboard.readText()").startswith("curl --request GET")


def test_a_value_and_who_needs_it_light_up_together(page: Page, stepline: Running) -> None:
    page.goto(stepline.sample)
    page.locator("#link-step3-api4 .need").hover()
    expect(page.locator("#value-step2-age")).to_have_class(re.compile("is-lit"))


def test_from_an_arg_to_the_attempt_that_made_it(page: Page, stepline: Running) -> None:
    page.goto(stepline.sample)
    expect(status(page)).to_have_text("DONE", timeout=PATIENCE_MS)
    page.locator("#link-step3-api4 .args a").click()
    page.locator("#arg-step3-api4-age .from").click()
    page.locator("#value-step2-age").get_by_role("link", name=re.compile(r"attempt \d")).click()
    expect(page.locator("h1")).to_have_text("Calls of step2/api2")


@pytest.mark.usefixtures("api2_is_broken")
def test_repairs_work_without_javascript(open_browser, stepline: Running) -> None:
    page = open_browser(java_script_enabled=False).new_page()
    create(page, stepline, "Plainly mended")
    address = task_address(page)
    while_waiting(page, address)
    page.goto(f"{address}/steps/step2/repair")
    page.locator("#args-api2").fill('{"name": ')
    page.get_by_role("button", name="Keep these args").first.click()
    expect(page.locator("#args-api2")).to_have_value('{"name": ')
    page.locator("#args-api2").fill('{"name": "other"}')
    page.get_by_role("button", name="Keep these args").first.click()
    expect(page.locator("#toasts")).to_contain_text("step2/api2 has other args.")
    page.goto(f"{address}?view=values")
    expect(page.locator("#arg-step2-api2-name")).to_contain_text('"other"')
    page.goto(f"{address}/args")
    page.locator("#args").fill('{"name": "third"}')
    page.get_by_role("button", name="Set these args").click()
    expect(page.locator("#task-arg-name")).to_contain_text('"third"')


def while_waiting(page: Page, address: str) -> None:
    for _ in range(PATIENCE_MS // 100):
        page.goto(address)
        if status(page).inner_text() == "WAITING":
            return
        page.wait_for_timeout(100)
    expect(status(page)).to_have_text("WAITING")
