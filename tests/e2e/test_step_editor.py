"""The seed's steps are written from nothing in a real browser: by mouse, by keyboard, and without a script."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Locator, Page, expect

from tests.e2e.conftest import Running
from tests.e2e.hands import drop, lift

LRESULT = "r = {'name': ''}\nr['name'] = result[3].name\nreturn r"


def card(page: Page, row: int) -> Locator:
    return page.locator(f'[id="link.{row}"]')


def document(page: Page, stepline: Running, id_: str) -> Any:
    """The step as it was saved."""
    page.goto(f"{stepline.url}/steps/{id_}")
    return json.loads(page.locator("details.panel pre").text_content() or "")


def call(page: Page, row: int, api: str, condition: str) -> None:
    """By typing: the API, then the condition, in the editor."""
    page.locator(f'[id="link.{row}.target"]').fill(api)
    expect(card(page, row).locator(".endpoint")).to_contain_text(api)
    card(page, row).get_by_role("textbox", name="Done when").click()
    page.keyboard.insert_text(condition)
    expect(page.locator(f'[id="link.{row}.condition"]')).to_have_value(condition)


def save(page: Page, stepline: Running, id_: str) -> None:
    page.get_by_role("button", name="Save").last.click()
    page.wait_for_url(f"{stepline.url}/steps/{id_}")


def test_step2_is_written_by_mouse(page, stepline):
    page.goto(f"{stepline.url}/steps")
    page.get_by_role("link", name="New step").click()
    page.locator('[id="id"]').fill("mouse2")
    page.locator('[id="span.day"]').fill("1")
    call(page, 0, "api2", "result.age != None and result.age != 0")
    card(page, 0).get_by_role("button", name="age").click()
    expect(page.locator('[id="out.0.path"]')).to_have_value("result.age")
    page.get_by_role("button", name="Add a link").click()
    call(page, 1, "api3", "result.sex != None and len(result.sex) != 0")
    expect(card(page, 1).get_by_text("It does not hold")).to_be_visible()
    card(page, 1).get_by_role("button", name="sex").click()
    expect(page.locator('[id="out.1.path"]')).to_have_value("result.sex")
    expect(page.get_by_text("Nothing is wrong")).to_be_visible()
    save(page, stepline, "mouse2")
    step = document(page, stepline, "mouse2")
    assert [(link["_id"], link["condition"]["val"]) for link in step["checklink"]] == [
        ("api2", "result.age != None and result.age != 0"),
        ("api3", "result.sex != None and len(result.sex) != 0"),
    ]
    assert step["response"] == {
        "age": {"fromapi": "api2", "key": "result.age"},
        "sex": {"fromapi": "api3", "key": "result.sex"},
    }


def tab_to(page: Page, id_: str) -> None:
    """With the tab key alone; an editor is left by Escape and Tab."""
    inside = """id => { const at = document.activeElement;
        return at.id === id || at.tagName === 'CODE-EDITOR' && at.querySelector('textarea').id === id; }"""
    for _ in range(60):
        if page.evaluate(inside, id_):
            return
        page.keyboard.press("Escape")  # of what is offered
        page.keyboard.press("Escape")
        page.keyboard.press("Tab")
    pytest.fail(f"the tab key does not lead to {id_}")


def test_step1_with_its_loop_is_written_by_keyboard(page, stepline):
    page.goto(f"{stepline.url}/steps/new")
    page.locator('[id="id"]').focus()
    page.keyboard.type("keys1")
    tab_to(page, "span.day")
    page.keyboard.press("Control+A")
    page.keyboard.type("1")
    tab_to(page, "link.0.op")
    page.keyboard.press("ArrowDown")
    tab_to(page, "link.0.target")
    page.keyboard.type("api1")
    expect(page.locator('[id="link.0.largs"]')).to_be_visible()
    expect(page.locator('[id="link.0.arg.0"]')).to_be_visible()
    tab_to(page, "link.0.largs")
    page.keyboard.type("4")
    tab_to(page, "link.0.lresult")
    page.keyboard.insert_text(LRESULT)
    tab_to(page, "link.0.condition")
    page.keyboard.type("result.")
    expect(page.get_by_role("option", name=".name")).to_be_visible()
    page.keyboard.press("Enter")
    page.keyboard.type(" != None")
    expect(card(page, 0).get_by_text("It holds")).to_be_visible()
    tab_to(page, "add-out")
    page.keyboard.press("Enter")
    page.locator('[id="out.0.key"]').wait_for()
    tab_to(page, "out.0.key")
    page.keyboard.type("name")
    tab_to(page, "out.0.path")
    page.keyboard.type("result.name")
    expect(page.locator('[id="out.0.path"]')).to_have_value("result.name")
    expect(page.get_by_text("Nothing is wrong")).to_be_visible()
    tab_to(page, "note")
    page.keyboard.press("Enter")
    page.wait_for_url(f"{stepline.url}/steps/keys1")
    link = document(page, stepline, "keys1")["checklink"][0]
    assert (link["api"]["op"], link["api"]["val"]["largs"]) == ("LOOP", 4)
    assert link["api"]["val"]["lresult"] == LRESULT
    assert link["condition"]["val"] == "result.name != None"


def test_a_mistake_is_marked_while_it_is_typed_and_the_text_stays(page, stepline):
    page.goto(f"{stepline.url}/steps/step3/edit")
    editor = card(page, 0).get_by_role("textbox", name="Done when")
    editor.click()
    page.keyboard.press("Control+A")
    page.keyboard.type("resul.age")
    expect(page.locator('[id="link.0.condition.wrong.1"]')).to_contain_text("did you mean 'result'?")
    expect(card(page, 0).locator("code-editor .cm-lintRange-error").first).to_have_text("resul.age")
    expect(editor).to_be_focused()
    expect(page.locator('[id="link.0.condition"]')).to_have_value("resul.age")


def test_links_are_put_in_order_by_mouse_and_by_buttons(page, stepline):
    page.goto(f"{stepline.url}/steps/step2/edit")
    heads = page.locator("#link-cards h3")
    page.get_by_role("button", name="Move api3 up").click()
    expect(heads).to_have_text(["1. api3", "2. api2"])
    page.set_viewport_size({"width": 1280, "height": 2000})
    lift(card(page, 0))
    drop(card(page, 1))
    expect(heads).to_have_text(["1. api2", "2. api3"])
    expect(page.locator('[id="link.1.condition"]')).to_have_value("result.sex != None and len(result.sex) != 0")


def test_a_step_is_written_without_a_script(open_browser: Callable[..., BrowserContext], stepline):
    page = open_browser(java_script_enabled=False).new_page()
    page.goto(f"{stepline.url}/steps/new")
    page.locator('[id="id"]').fill("plain")
    page.locator('[id="link.0.target"]').fill("api2")
    page.locator('[id="link.0.condition"]').fill("result.age != None")
    page.get_by_role("button", name="Check").click()
    page.get_by_role("button", name="age").click()
    page.get_by_role("button", name="Add a link").click()
    page.locator('[id="link.1.target"]').fill("api3")
    page.locator('[id="link.1.up"]').click()
    save(page, stepline, "plain")
    step = document(page, stepline, "plain")
    assert [link["_id"] for link in step["checklink"]] == ["api3", "api2"]
    assert step["response"] == {"age": {"fromapi": "api2", "key": "result.age"}}


def test_a_value_is_shown_to_a_person_and_the_focus_goes_where_one_goes_on(page: Page, stepline: Running):
    page.goto(f"{stepline.url}/steps/new")
    page.locator('[id="id"]').fill("ask-boss")
    page.locator('[id="link.0.op"]').select_option("MANUAL")
    page.locator('[id="link.0.id"]').fill("boss")
    page.locator('[id="link.0.prompt"]').fill("Is it all right?")
    page.get_by_role("button", name="Show a value").click()
    expect(page.locator('[id="link.0.arg.0.name"]')).to_be_focused()
    page.keyboard.insert_text("age")
    page.locator('[id="link.0.arg.0.value"]').fill("step2.age")
    expect(page.get_by_text("Nothing is wrong")).to_be_visible()
    page.locator("#add-link").click()
    expect(page.locator('[id="link.1.target"]')).to_be_focused()
    card(page, 1).get_by_role("button", name="Remove").click()
    expect(page.locator("#add-link")).to_be_focused()
    save(page, stepline, "ask-boss")
    (link,) = document(page, stepline, "ask-boss")["checklink"]
    assert link["api"]["val"]["args"] == {"age": "$$step2.age"}


def test_an_unknown_arg_of_the_task_is_given_for_a_trial(page: Page, stepline: Running):
    page.goto(f"{stepline.url}/steps/new?api=api2")
    card(page, 0).get_by_role("textbox", name="Done when").click()
    page.keyboard.insert_text("len(result) > task.limit")
    expect(card(page, 0).get_by_text("task.limit is not known here")).to_be_visible()
    page.locator('[id="link.0.task.limit"]').fill("0")
    expect(card(page, 0).get_by_text("It holds")).to_be_visible()
