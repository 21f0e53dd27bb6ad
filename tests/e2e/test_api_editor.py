"""An API is written in a real browser: by keyboard, from curl, tried, saved, and in conflict with somebody else."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.conftest import Running


def field(page: Page, name: str):
    return page.locator(f'[id="{name}"]')


def open_new(page: Page, stepline: Running) -> None:
    page.goto(f"{stepline.url}/apis/new")
    expect(page.locator("h1")).to_have_text("New API")


def save(page: Page) -> None:
    page.locator(".new-side").get_by_role("button", name="Save").click()


def test_a_new_api_is_written_by_keyboard_alone(page: Page, stepline: Running):
    open_new(page, stepline)
    field(page, "id").focus()
    page.keyboard.type("by-keyboard")
    page.keyboard.press("Tab")
    page.keyboard.type("Asks for an order")
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    page.keyboard.type(f"{stepline.mock}/api1?order={{order}}")
    expect(field(page, "arg.0.name")).to_have_value("order")
    expect(page.locator(".verdict")).to_contain_text("Nothing is wrong")
    expect(field(page, "url")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("h1")).to_have_text("by-keyboard")
    expect(page.locator("main")).to_contain_text("order")


def test_a_pasted_command_is_tried_and_its_answer_becomes_the_sample(page: Page, stepline: Running):
    open_new(page, stepline)
    field(page, "curl").fill(f"curl -k '{stepline.mock}/api1?name=ann' -H 'X-Trace: 7'")
    page.get_by_role("button", name="Fill the form").click()
    expect(page.locator(".notice")).to_contain_text("certificates are always checked")
    expect(field(page, "arg.0.default")).to_have_value("ann")
    expect(field(page, "id")).to_be_focused()
    page.keyboard.type("from-curl")
    page.get_by_role("button", name="Send a test call").click()
    expect(field(page, "tried")).to_contain_text("200 OK")
    expect(field(page, "tried")).to_contain_text('"name": "ann"')
    page.get_by_role("button", name="Use this as the sample").click()
    expect(page.locator("code-editor:has(#result)")).to_be_focused()
    assert "#" not in page.url
    expect(field(page, "result")).to_have_value('{\n  "name": "ann"\n}')
    save(page)
    expect(page.locator("h1")).to_have_text("from-curl")
    expect(page.locator("main")).to_contain_text("X-Trace")


def test_a_check_leaves_open_what_is_open_and_editors_alive(page: Page, stepline: Running):
    open_new(page, stepline)
    with page.expect_response("**/apis/check"):
        field(page, "curl").fill("curl https://api.example.com/orders")
    with page.expect_response("**/apis/check"):
        field(page, "desc").fill("asks")
    expect(page.get_by_role("button", name="Fill the form")).to_be_visible()
    expect(field(page, "curl")).to_have_value("curl https://api.example.com/orders")
    expect(page.locator("code-editor .cm-content")).to_be_visible()


def test_rows_and_the_retry_sentence_follow_what_is_typed(page: Page, stepline: Running):
    open_new(page, stepline)
    page.get_by_role("button", name="Add an arg").click()
    expect(field(page, "arg.0.name")).to_be_focused()
    page.keyboard.type("n")
    field(page, "arg.0.type").select_option("int")
    field(page, "arg.0.default").fill("four")
    expect(field(page, "arg.0.default.wrong.1")).to_be_visible()
    field(page, "backoff").fill("2")
    field(page, "max_interval_s").fill("5 min")
    field(page, "give_up_after_s").fill("2 d")
    expect(field(page, "retry-told")).to_contain_text("Tried again every 5 s, doubling to 5 m, for 2 d.")
    expect(field(page, "arg.0.name")).to_have_value("n")
    page.get_by_role("button", name="Remove n").click()
    expect(field(page, "arg.0.name")).to_have_count(0)
    expect(field(page, "give_up_after_s")).to_have_value("2 d")


def test_what_another_tab_saved_is_shown_and_merged(open_browser, stepline: Running):
    page = open_browser().new_page()
    open_new(page, stepline)
    field(page, "id").fill("shared")
    field(page, "url").fill(f"{stepline.mock}/api1")
    save(page)
    page.get_by_role("link", name="Edit").click()
    field(page, "desc").fill("mine")
    other = page.context.new_page()
    other.goto(f"{stepline.url}/apis/shared/edit")
    field(other, "interval").fill("9 s")
    save(other)
    expect(other.locator("h1")).to_have_text("shared")
    save(page)
    expect(page.get_by_role("alert")).to_contain_text("saved it meanwhile")
    expect(field(page, "desc")).to_have_value("mine")
    page.get_by_role("button", name="Take over what only they changed").click()
    expect(field(page, "interval")).to_have_value("9 s")
    expect(field(page, "desc")).to_have_value("mine")
    save(page)
    expect(page.locator("main")).to_contain_text("mine")


@pytest.mark.parametrize("width", [375, 1024, 1440])
def test_the_form_fits(open_browser, stepline: Running, width: int):
    page = open_browser(viewport={"width": width, "height": 900}).new_page()
    page.goto(f"{stepline.url}/apis/api5/edit")
    page.get_by_role("button", name="Add a header").click()
    expect(field(page, "header.0.name")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_all_of_the_form_works_without_javascript(open_browser, stepline: Running):
    page = open_browser(java_script_enabled=False).new_page()
    open_new(page, stepline)
    save(page)
    expect(page.get_by_role("alert")).to_contain_text("2 things have to be corrected")
    field(page, "id").fill("no-script")
    field(page, "url").fill(f"{stepline.mock}/api1/{{name}}")
    page.get_by_role("button", name="Check").click()
    expect(field(page, "arg.0.name")).to_have_value("name")
    field(page, "method").select_option("POST")
    page.get_by_role("button", name="Check").click()
    field(page, "try.0").fill("x")
    page.get_by_role("button", name="Send a test call").click()
    expect(page.get_by_role("alert")).to_contain_text("a POST may change something")
    field(page, "sure").check()
    page.get_by_role("button", name="Send a test call").click()
    expect(field(page, "tried")).to_contain_text("404")
    save(page)
    expect(page.locator("h1")).to_have_text("no-script")
