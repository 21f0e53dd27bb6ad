"""A new task in a real browser: filled in with a live preview, without JavaScript, and many from a table."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.conftest import Running
from tests.e2e.test_pages import PATIENCE_MS, reload_until, status

TABLE = """name,args.name
Batch one,abc
Batch two,def
Batch three,{}
"""


def open_form(page: Page, stepline: Running) -> None:
    page.goto(f"{stepline.url}/tasks/new")
    expect(page.locator("h1")).to_have_text("New task")


def open_step(page: Page, step: str) -> None:
    page.locator(f'[id="step.{step}"] > summary').click()


def field(page: Page, name: str):
    return page.locator(f'[name="{name}"]')


def test_a_task_with_an_edited_span_and_a_switched_binding_runs_through(page: Page, stepline: Running):
    open_form(page, stepline)
    verdict = page.locator(".preview .verdict")
    expect(verdict).to_contain_text("1 problem")
    field(page, "given.name").fill("abc")
    expect(verdict).to_contain_text("Nothing is missing")
    assert page.evaluate("document.activeElement.name") == "given.name"
    open_step(page, "step2")
    open_step(page, "step4")
    field(page, "span.step2.day").fill("3")
    expect(page.locator(".preview-times")).to_contain_text("5 d")
    field(page, "kind.step4.api5.age").select_option("literal")
    field(page, "value.step4.api5.age").fill("41")
    page.locator("#name").fill("Switched")
    page.get_by_role("button", name="Create the task").click()
    expect(page.locator("h1")).to_have_text("Switched")
    expect(status(page)).to_have_text("DONE", timeout=PATIENCE_MS)
    expect(page.locator("#step-step2")).to_contain_text("expected 3 d")
    expect(page.locator("#link-step4-api5 .args")).to_contain_text('"41"')


def test_an_earlier_value_is_chosen_from_what_is_there_by_then(page: Page, stepline: Running):
    open_form(page, stepline)
    open_step(page, "step3")
    field(page, "kind.step3.api4.age").select_option("earlier")
    choice = page.locator('select[name="value.step3.api4.age"]')
    expect(choice).to_be_visible()
    choice.select_option("$$step2.age")
    expect(page.locator(".preview-problems li")).to_have_count(1)
    assert page.locator('[id="step.step3"]').get_attribute("open") is not None


@pytest.mark.parametrize("width", [375, 1024])
def test_an_open_form_is_not_wider_than_its_screen(open_browser, stepline: Running, width: int):
    page = open_browser(viewport={"width": width, "height": 800}).new_page()
    open_form(page, stepline)
    for step in ("step1", "step4"):
        open_step(page, step)
    field(page, "type.step1.api1").select_option("LOOP")
    expect(page.locator('[name="largs.step1.api1"]')).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_all_of_the_form_works_without_javascript(open_browser, stepline: Running):
    page = open_browser(java_script_enabled=False).new_page()
    open_form(page, stepline)
    page.locator("#name").fill("By hand")
    page.get_by_role("button", name="Create the task").click()
    expect(page.get_by_role("alert")).to_contain_text("1 thing has to be corrected")
    expect(page.locator("#name")).to_have_value("By hand")
    field(page, "given.name").fill("abc")
    open_step(page, "step4")
    field(page, "kind.step4.api5.age").select_option("code")
    page.get_by_role("button", name="Check").click()
    open_or_not = page.locator('[id="step.step4"]')
    expect(open_or_not).to_have_attribute("open", "")
    field(page, "value.step4.api5.age").fill("step2.age + 1")
    page.get_by_role("button", name="Create the task").click()
    expect(page.locator("h1")).to_have_text("By hand")
    reload_until(page, "DONE")
    expect(page.locator("#link-step4-api5 .args")).to_contain_text("$CODE step2.age + 1")


def test_a_batch_with_a_bad_row_creates_nothing_and_a_corrected_one_creates_all(open_browser, stepline: Running):
    page = open_browser().new_page()
    page.goto(f"{stepline.url}/tasks/batch")
    page.get_by_label("CSV text").fill(TABLE.format(""))
    page.get_by_role("button", name="Preview").click()
    expect(page.get_by_role("alert")).to_contain_text("1 row has to be corrected; nothing was created.")
    expect(page.locator("tr.is-wrong")).to_contain_text("Batch three")
    page.goto(f"{stepline.url}/tasks")
    expect(page.locator("main")).not_to_contain_text("Batch one")
    page.goto(f"{stepline.url}/tasks/batch")
    page.get_by_label("CSV text").fill(TABLE.format("ghi"))
    page.get_by_role("button", name="Preview").click()
    page.get_by_role("button", name="Create 3 tasks").click()
    expect(page.locator("h1")).to_have_text("3 tasks from a table")
    for name in ("Batch one", "Batch two", "Batch three"):
        expect(page.get_by_role("link", name=name)).to_be_visible()


def test_a_task_is_scheduled_and_unscheduled_by_click(page: Page, stepline: Running):
    open_form(page, stepline)
    field(page, "given.name").fill("abc")
    page.locator("#name").fill("Later")
    page.get_by_role("radio", name="Start at").check()
    field(page, "start_at").fill("2030-01-05T09:00")
    page.get_by_role("button", name="Create the task").click()
    expect(page.locator("h1")).to_have_text("Later")
    expect(page.locator(".task-head")).to_contain_text("Starts at 5 Jan 2030 09:00")
    page.get_by_role("link", name="Change the time").click()
    page.get_by_role("button", name="Do not start it by itself").click()
    expect(page.locator(".task-head")).to_contain_text("Waits for its start")
