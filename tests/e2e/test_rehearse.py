"""A system is rehearsed in a real browser: the form stays as it is, and what has come of it comes in beside it."""

from __future__ import annotations

import re

from playwright.sync_api import BrowserContext, Locator, Page, Route, expect

from tests.e2e.conftest import Running, post

PATH = "/systems/systemid/rehearse"


def open_form(page: Page, stepline: Running, query: str = "") -> None:
    """With answers for which the seed's system is done, given in the code editors."""
    page.goto(f"{stepline.url}{PATH}{query}")
    page.locator('[name="given.name"]').fill("abc")
    for row, api, answer in ((1, "api2", '{"age": 7}'), (2, "api3", '{"sex": "f"}')):
        page.locator(f'[name="how.{api}"]').select_option("given")
        write(page, row, api, answer)


def write(page: Page, row: int, api: str, answer: str) -> None:
    """In place of the sample, in the code editor of the first line."""
    page.locator(f'[id="how.{row}.box"]').get_by_role("textbox", name=f"The answer of {api}, as JSON").click()
    page.keyboard.press("ControlOrMeta+a")
    page.keyboard.insert_text(answer)
    expect(page.locator(f'[name="answer.{api}"]')).to_have_value(answer)


def said(page: Page) -> Locator:
    return page.locator("#outcome-head")


def test_answers_are_written_line_by_line_and_rehearsed_from_the_keyboard(page: Page, stepline: Running):
    open_form(page, stepline)
    page.locator('[name="how.api4"]').select_option("not_ready")
    page.locator('[id="how.3.add"]').click()
    second = page.locator('[name="how.api4.1"]')
    expect(second).to_be_focused()
    second.select_option("fails")
    page.locator('[name="times.api4.1"]').fill("2")
    page.keyboard.press("ControlOrMeta+Enter")
    expect(said(page)).to_contain_text("The task is done")
    expect(page.locator('[name="times.api4.1"]')).to_be_focused()
    expect(page.locator('[id="row-step3-api4"]')).to_contain_text("6 tries")
    page.get_by_role("button", name="Remove this answer of api4").first.click()
    expect(second).to_have_count(0)
    expect(page.locator('[name="how.api4"]')).to_have_value("fails")
    expect(said(page), "what came of it stays").to_contain_text("The task is done")


def test_enter_in_a_field_rehearses_and_does_not_leave_the_page(page: Page, stepline: Running):
    open_form(page, stepline)
    page.evaluate("document.documentElement.dataset.same = 'yes'")
    page.locator('[name="given.name"]').press("Enter")
    expect(said(page)).to_contain_text("The task is done")
    expect(page.locator("html")).to_have_attribute("data-same", "yes")


def test_a_mistake_is_told_at_its_line_and_goes_when_it_is_mended(page: Page, stepline: Running):
    open_form(page, stepline)
    write(page, 1, "api2", '{"age": ')
    page.locator("#rehearse").click()
    link = page.locator("#outcome").get_by_role("link", name="api2")
    expect(link).to_have_attribute("href", "#how.1")
    expect(page.locator('[id="how.1"]')).to_have_attribute("aria-invalid", "true")
    write(page, 1, "api2", '{"age": 8}')
    page.locator("#rehearse").click()
    expect(said(page)).to_contain_text("The task is done")
    expect(page.locator("[aria-invalid=true]")).to_have_count(0)


def test_what_is_typed_while_it_runs_stays(page: Page, stepline: Running):
    open_form(page, stepline)
    name = page.locator('[name="given.name"]')

    def while_it_runs(route: Route) -> None:
        name.fill("typed meanwhile")
        route.continue_()

    page.route(f"**{PATH}", while_it_runs)
    page.locator("#rehearse").click()
    expect(said(page)).to_contain_text("The task is done")
    expect(name).to_have_value("typed meanwhile")


def test_the_button_covers_nothing_on_a_phone(page: Page, stepline: Running):
    page.set_viewport_size({"width": 375, "height": 700})
    open_form(page, stepline)
    button = page.locator("#rehearse").bounding_box()
    assert button
    for box in (row.bounding_box() for row in page.locator(".answer-row").all()):
        assert box
        assert box["y"] + box["height"] <= button["y"]
    page.locator("#rehearse").click()
    expect(said(page)).to_be_in_viewport()


def test_a_test_is_kept_opened_run_and_removed(page: Page, context: BrowserContext, stepline: Running):
    post(context, f"{stepline.url}/systems/systemid/rehearsals/remove", name="in-a-browser")
    open_form(page, stepline)
    page.locator("#rehearse").click()
    page.get_by_label("Name of the test").fill("in-a-browser")
    page.get_by_role("button", name="Keep the test").click()
    expect(page.locator(".rehearse-open")).to_contain_text("in-a-browser")
    row = page.locator("#kept tr", has_text="in-a-browser")
    page.locator('[name="given.name"]').fill("typed since")
    row.get_by_role("button", name="Run the test in-a-browser").click()
    expect(row).to_contain_text("holds")
    expect(page.locator('[name="given.name"]')).to_have_value("typed since")
    row.get_by_role("link", name="Edit the test in-a-browser").click()
    expect(page).to_have_url(re.compile("test=in-a-browser$"))
    page.get_by_role("button", name="Remove the test in-a-browser").click()
    page.locator("#confirm-yes").click()
    expect(row).to_have_count(0)


def test_without_a_script_it_is_a_form_that_comes_back(open_browser, stepline: Running):
    page = open_browser(java_script_enabled=False).new_page()
    page.goto(f"{stepline.url}{PATH}")
    page.locator('[name="given.name"]').fill("abc")
    page.locator('[name="how.api4"]').select_option("not_ready")
    page.get_by_role("button", name="And then: another answer of api4").click()
    expect(page.locator('[name="how.api4.1"]')).to_have_value("given")
    page.get_by_role("button", name="Rehearse", exact=True).click()
    expect(said(page)).to_be_visible()
    expect(page.locator('[name="given.name"]')).to_have_value("abc")
