"""The pages in a real browser: they live, they are quiet, they fit a phone, they work without JavaScript."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.conftest import Running

PATIENCE_MS = 20_000


def status(page: Page):
    """The task's own status, not a step's."""
    return page.locator(".task-state .status")


def reload_until(page: Page, wanted: str) -> None:
    """For a page that does not follow its task by itself."""
    for _ in range(PATIENCE_MS // 100):
        if status(page).inner_text() == wanted:
            return
        page.wait_for_timeout(100)
        page.reload()
    expect(status(page)).to_have_text(wanted)


def create(page: Page, stepline: Running, name: str) -> None:
    """Fills in the form and ends on the task's page."""
    page.goto(f"{stepline.url}/tasks/new")
    page.locator("#name").fill(name)
    page.locator('[name="given.name"]').fill("abc")
    page.get_by_role("button", name="Create the task").click()
    expect(page.locator("h1")).to_have_text(name)


@pytest.fixture
def api2_not_ready(stepline: Running):
    stepline.knob("api2", not_ready=1_000_000)
    yield
    stepline.knob("api2", not_ready=0)


def test_the_sample_is_done_and_shows_what_it_found(page: Page, stepline: Running):
    page.goto(stepline.sample)
    expect(status(page)).to_have_text("DONE", timeout=PATIENCE_MS)
    step4 = page.locator("#step-step4")
    expect(step4.locator(".published")).to_contain_text("grade")
    expect(step4.locator(".published")).to_contain_text("msg")
    expect(step4.locator(".published")).to_contain_text("old")


def test_a_page_follows_its_task_without_a_reload(page: Page, stepline: Running):
    stepline.knob("api5", latency_ms=3000)
    create(page, stepline, "Followed")
    page.evaluate("window.sameDocument = true")
    expect(status(page)).to_have_text(re.compile("RUNNING|WAITING"))
    expect(status(page)).to_have_text("DONE", timeout=PATIENCE_MS)
    expect(page.locator("#step-step4 .published")).to_contain_text("grade")
    expect(page.locator(".facts")).to_contain_text("4 of 4")
    assert page.evaluate("window.sameDocument")
    stepline.knob("api5", latency_ms=0)


def test_a_page_stops_asking_when_its_task_is_over(page: Page, stepline: Running):
    page.goto(stepline.sample)
    expect(status(page)).to_have_text("DONE", timeout=PATIENCE_MS)
    expect(page.locator("#live-state .when-live")).to_be_visible(timeout=PATIENCE_MS)
    page.wait_for_timeout(1000)  # once connected it asks for what it may have missed
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.wait_for_timeout(2500)
    assert asked == []


@pytest.mark.usefixtures("api2_not_ready")
def test_pause_and_resume_by_click(page: Page, stepline: Running):
    create(page, stepline, "Paused")
    expect(status(page)).to_have_text("WAITING", timeout=PATIENCE_MS)
    page.get_by_role("button", name="Pause").click()
    expect(status(page)).to_have_text("PAUSED", timeout=PATIENCE_MS)
    expect(page.locator(".facts .clock")).to_contain_text("paused")
    frozen = page.locator(".facts .clock").inner_text()
    page.wait_for_timeout(2200)
    assert page.locator(".facts .clock").inner_text() == frozen
    page.get_by_role("button", name="Resume").click()
    expect(status(page)).to_have_text(re.compile("RUNNING|WAITING"), timeout=PATIENCE_MS)
    stepline.knob("api2", not_ready=0)
    expect(status(page)).to_have_text("DONE", timeout=PATIENCE_MS)


@pytest.mark.usefixtures("api2_not_ready")
def test_cancel_asks_first(page: Page, stepline: Running):
    create(page, stepline, "Cancelled")
    asked = page.get_by_role("dialog")
    page.get_by_role("button", name="Cancel").click()
    expect(asked).to_contain_text("What has not run will not run")
    asked.get_by_role("button", name="Go back").click()
    expect(status(page)).to_have_text("WAITING", timeout=PATIENCE_MS)
    page.get_by_role("button", name="Cancel").click()
    asked.get_by_role("button", name="Cancel").click()
    expect(status(page)).to_have_text("CANCELLED", timeout=PATIENCE_MS)


@pytest.mark.usefixtures("api2_not_ready")
def test_what_a_reader_opened_stays_open_and_is_kept_up_to_date(page: Page, stepline: Running):
    create(page, stepline, "Read")
    expect(status(page)).to_have_text("WAITING", timeout=PATIENCE_MS)
    calls = page.locator("#link-step2-api2 details.calls")
    calls.locator("summary").first.click()
    expect(calls.locator(".attempts")).to_contain_text("not yet")
    page.get_by_role("button", name="Try now").click()
    expect(calls.locator(".attempts")).to_contain_text("the same 2 times", timeout=PATIENCE_MS)
    assert calls.get_attribute("open") is not None


@pytest.mark.usefixtures("api2_not_ready")
def test_the_list_follows_its_tasks(page: Page, context, stepline: Running):
    create(page, stepline, "Followed on the list")
    expect(status(page)).to_have_text("WAITING", timeout=PATIENCE_MS)
    watcher = context.new_page()
    watcher.goto(f"{stepline.url}/tasks")
    row = watcher.locator("tr", has_text="Followed on the list")
    expect(row.locator(".status")).to_have_text("WAITING")
    before = row.locator(".clock").inner_text()
    expect(row.locator(".clock")).not_to_have_text(before)
    page.get_by_role("button", name="Pause").click()
    expect(row.locator(".status")).to_have_text("PAUSED", timeout=PATIENCE_MS)


@pytest.mark.parametrize(
    "path", ["/tasks", "/tasks/new", "/tasks/nope", "/account", "/users", "/users/admin/events", ""]
)
def test_nothing_is_wider_than_a_phone(context, stepline: Running, path: str):
    page = context.new_page()
    page.set_viewport_size({"width": 375, "height": 800})
    page.goto(stepline.url + path if path else stepline.sample)
    for details in page.locator("details.calls, details.panel").all():
        details.locator("summary").first.click()
    page.wait_for_timeout(500)
    assert page.evaluate("document.documentElement.scrollWidth") <= 375


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_theme_follows_the_system(open_browser, stepline: Running, scheme):
    page = open_browser(color_scheme=scheme).new_page()
    page.goto(f"{stepline.url}/tasks")
    assert page.locator("html").get_attribute("data-bs-theme") == scheme
    page.get_by_role("button", name="Switch between light and dark").click()
    page.reload()
    assert page.locator("html").get_attribute("data-bs-theme") != scheme


@pytest.mark.usefixtures("api2_not_ready")
def test_all_of_it_works_without_javascript(open_browser, stepline: Running):
    page = open_browser(java_script_enabled=False).new_page()
    create(page, stepline, "Plain")
    page.goto(f"{stepline.url}/tasks?status=WAITING")
    page.goto(f"{stepline.url}/tasks")
    page.get_by_role("link", name="Plain").click()
    with page.expect_navigation():  # a click does not wait for the form's answer, and a reload would cut it off
        page.get_by_role("button", name="Pause").click()
    reload_until(page, "PAUSED")
    page.locator("#link-step1-api1 summary").click()
    page.get_by_role("link", name="Calls and result").first.click()
    expect(page.locator("h1")).to_have_text("Calls of step1/api1")
    expect(page.locator(".attempts")).to_contain_text("HTTP 200")
