"""A system put together in a real browser: by mouse, by keyboard and without JavaScript; back and forth; saved."""

from __future__ import annotations

import json

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.e2e.conftest import Running

SEED = [{"_id": "step1"}, [{"_id": "step2"}, {"_id": "step3"}], {"_id": "step4"}]


def open_new(page: Page, stepline: Running, id_: str) -> None:
    page.goto(f"{stepline.url}/systems/new")
    page.locator("#id").fill(id_)


def add(page: Page, *steps: str) -> None:
    for step in steps:
        page.locator("#find").fill(step)
        expect(page.locator("#found button")).to_have_count(1)
        page.get_by_role("button", name=f"Add {step}", exact=True).click()
        expect(item(page, step)).to_be_visible()


def item(page: Page, step: str):
    return page.locator(f'[id="item.{step}"]')


def expect_tree(page: Page, tree: object) -> None:
    expect(page.locator('#editor [name="tree"]')).to_have_value(json.dumps(tree))


def a_row(*steps: str) -> list[dict[str, str]]:
    return [{"_id": step} for step in steps]


def save(page: Page) -> None:
    page.get_by_role("button", name="Save the system").click()


def test_a_system_is_built_by_mouse_and_saved(page: Page, context: BrowserContext, stepline: Running):
    open_new(page, stepline, "by-mouse")
    add(page, "step1", "step4", "step2", "step3")
    grip = "[draggable]"
    item(page, "step4").locator(grip).drag_to(item(page, "step3"), target_position={"x": 60, "y": 55})
    expect_tree(page, a_row("step1", "step2", "step3", "step4"))
    item(page, "step3").locator(grip).drag_to(item(page, "step2"), target_position={"x": 60, "y": 30})
    expect_tree(page, SEED)
    expect(page.locator(".verdict")).to_contain_text("Nothing is wrong")
    save(page)
    expect(page.locator("h1")).to_have_text("by-mouse")
    expect(page.locator(".parallel .step")).to_have_count(2)


def test_a_system_is_built_by_keyboard_and_saved(page: Page, stepline: Running):
    open_new(page, stepline, "by-keys")
    for step in ("step1", "step4", "step2", "step3"):
        page.locator("#find").fill(step)
        button = page.get_by_role("button", name=f"Add {step}", exact=True)
        expect(page.locator("#found button")).to_have_count(1)
        button.press("Enter")
        expect(item(page, step)).to_be_focused()
    item(page, "step4").focus()
    for _ in range(2):  # the second comes while the first is under way
        page.keyboard.press("Alt+ArrowDown")
    expect_tree(page, a_row("step1", "step2", "step3", "step4"))
    expect(item(page, "step4")).to_be_focused()
    item(page, "step3").focus()
    page.keyboard.press("Alt+ArrowRight")
    expect_tree(page, SEED)
    page.keyboard.press("Alt+ArrowLeft")
    expect_tree(page, a_row("step1", "step2", "step3", "step4"))
    page.keyboard.press("Control+z")
    expect_tree(page, SEED)
    page.keyboard.press("Control+s")
    expect(page.locator("h1")).to_have_text("by-keys")


def test_what_was_done_is_undone_and_done_again(page: Page, stepline: Running):
    page.goto(f"{stepline.url}/systems/systemid/edit")
    unsaved = page.locator("#unsaved")
    before = page.locator('#editor [name="tree"]').input_value()
    expect(unsaved).to_be_hidden()
    page.get_by_role("button", name="Remove step1 from the system").click()
    expect(item(page, "step1")).to_have_count(0)
    expect(unsaved).to_be_visible()
    expect(page.locator(".remarks")).to_contain_text("Nothing provides name")
    page.get_by_role("button", name="Undo").click()
    expect(page.locator('#editor [name="tree"]')).to_have_value(before)
    expect(unsaved).to_be_hidden()
    page.get_by_role("button", name="Redo").click()
    expect(item(page, "step1")).to_have_count(0)


def test_what_is_not_saved_waits_for_who_makes_a_step_in_between(page: Page, stepline: Running):
    page.goto(f"{stepline.url}/systems/systemid/edit")
    page.get_by_role("button", name="Remove step4 from the system").click()
    expect(item(page, "step4")).to_have_count(0)
    page.get_by_role("link", name="Make a new step").click()
    expect(page.locator("h1")).to_have_text("New step")
    page.goto(f"{stepline.url}/systems/systemid/edit")
    expect(item(page, "step4")).to_have_count(0)
    expect(page.locator("#unsaved")).to_be_visible()


def test_what_is_typed_is_checked_while_it_is_typed_and_keeps_the_focus(page: Page, stepline: Running):
    open_new(page, stepline, "a b")
    expect(page.locator(".editor-left .wrong").first).to_contain_text("needs an id")
    assert page.evaluate("document.activeElement.id") == "id"
    page.locator("#id").fill("typed")
    expect(page.locator(".problem-items")).to_contain_text("the system has no steps")


def test_values_that_cross_steps_are_lines(page: Page, stepline: Running):
    page.goto(f"{stepline.url}/systems/systemid/edit")
    expect(page.locator("#map-wires path")).to_have_count(8)
    assert page.locator('#map-wires path[data-how="named"]').count() == 8


def test_a_system_is_built_without_javascript(open_browser, stepline: Running):
    page = open_browser(java_script_enabled=False).new_page()
    open_new(page, stepline, "by-forms")
    for step in ("step1", "step2", "step3", "step4"):
        page.locator("#find").fill(step)
        page.get_by_role("button", name="Search").click()
        page.get_by_role("button", name=f"Add {step}", exact=True).click()
    page.get_by_role("button", name="Run step3 in parallel with the one above").click()
    expect_tree(page, SEED)
    save(page)
    expect(page.locator("h1")).to_have_text("by-forms")
    expect(page.locator(".parallel .step")).to_have_count(2)


@pytest.mark.parametrize("width", [375, 1024])
def test_the_editor_is_not_wider_than_its_screen(open_browser, stepline: Running, width: int):
    page = open_browser(viewport={"width": width, "height": 800}).new_page()
    page.goto(f"{stepline.url}/systems/systemid/edit")
    expect(page.locator("#map-wires path").first).to_be_attached()
    assert page.evaluate("document.documentElement.scrollWidth") <= width
