"""A system put together in a real browser: by mouse, by keyboard and without JavaScript; back and forth; saved."""

from __future__ import annotations

import json
from uuid import uuid4

import pytest
from playwright.sync_api import BrowserContext, Locator, Page, expect

from tests.e2e.conftest import Running

SEED = [{"_id": "step1"}, [{"_id": "step2"}, {"_id": "step3"}], {"_id": "step4"}]


def own_id(name: str) -> str:
    """That no other test has, nor an earlier run of this one."""
    return f"{name}-{uuid4().hex[:8]}"


def open_new(page: Page, stepline: Running, id_: str) -> None:
    page.goto(f"{stepline.url}/systems/new")
    page.locator("#id").fill(id_)


def open_saved(page: Page, stepline: Running, *steps: str) -> str:
    """The editor of a system of one's own that is there already."""
    id_ = own_id("saved")
    open_new(page, stepline, id_)
    add(page, *steps)
    save(page)
    expect(page.locator("h1")).to_have_text(id_)
    page.goto(f"{stepline.url}/systems/{id_}/edit")
    return id_


def add(page: Page, *steps: str) -> None:
    for step in steps:
        found(page, step).click()
        expect(item(page, step)).to_be_visible()


def found(page: Page, step: str) -> Locator:
    """The button that adds it: the first of those found, as other tests have steps whose ids contain this one."""
    with page.expect_response("**/systems/check"):
        page.locator("#find").fill(step)
    first = page.locator("#found button").first
    expect(first).to_have_accessible_name(f"Add {step}")
    return first


def item(page: Page, step: str):
    return page.locator(f'[id="item.{step}"]')


def expect_tree(page: Page, tree: object) -> None:
    expect(page.locator('#editor [name="tree"]')).to_have_value(json.dumps(tree))


def a_row(*steps: str) -> list[dict[str, str]]:
    return [{"_id": step} for step in steps]


def save(page: Page) -> None:
    page.get_by_role("button", name="Save the system").click()


def test_a_system_is_built_by_mouse_and_saved(page: Page, context: BrowserContext, stepline: Running):
    id_ = own_id("by-mouse")
    open_new(page, stepline, id_)
    add(page, "step1", "step4", "step2", "step3")
    grip = "[draggable]"
    item(page, "step4").locator(grip).drag_to(item(page, "step3"), target_position={"x": 60, "y": 55})
    expect_tree(page, a_row("step1", "step2", "step3", "step4"))
    item(page, "step3").locator(grip).drag_to(item(page, "step2"), target_position={"x": 60, "y": 30})
    expect_tree(page, SEED)
    expect(page.locator(".verdict")).to_contain_text("Nothing is wrong")
    save(page)
    expect(page.locator("h1")).to_have_text(id_)
    expect(page.locator(".parallel .step")).to_have_count(2)


def test_a_system_is_built_by_keyboard_and_saved(page: Page, stepline: Running):
    id_ = own_id("by-keys")
    open_new(page, stepline, id_)
    for step in ("step1", "step4", "step2", "step3"):
        found(page, step).press("Enter")
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
    expect(page.locator("h1")).to_have_text(id_)


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


def test_what_was_typed_is_undone_in_the_field_that_has_the_focus(page: Page, stepline: Running):
    open_saved(page, stepline, "step1", "step2")
    name = page.locator('[name="title.step1"]')
    name.fill("First")
    expect(page.locator(".map-step h3").first).to_have_text("First")
    page.get_by_role("button", name="Undo").click()
    expect(page.locator(".map-step h3").first).to_have_text("step1")
    expect(name).to_have_value("")
    expect(page.get_by_role("button", name="Redo")).to_be_focused()


def test_a_button_keeps_the_focus_and_moves_its_step_again(page: Page, stepline: Running):
    open_saved(page, stepline, "step1", "step2", "step3", "step4")
    page.get_by_role("button", name="Move step4 up").focus()
    page.keyboard.press("Enter")
    expect_tree(page, a_row("step1", "step2", "step4", "step3"))
    expect(page.get_by_role("button", name="Move step4 up")).to_be_focused()
    page.keyboard.press("Enter")
    expect_tree(page, a_row("step1", "step4", "step2", "step3"))


def test_ticked_steps_are_grouped_and_a_group_is_dissolved_by_mouse(page: Page, stepline: Running):
    open_saved(page, stepline, "step1", "step2", "step3", "step4")
    together = page.get_by_role("button", name="Run in parallel")
    expect(together).to_be_disabled()
    item(page, "step2").locator(".tree-about").first.click(modifiers=["Control"])
    expect(page.locator("#picked")).to_have_text("1 ticked: one more")
    page.get_by_role("checkbox", name="Tick step3").check()
    together.click()
    expect_tree(page, SEED)
    expect(page.locator("#picked")).to_have_text("Tick steps to group them")
    page.get_by_role("button", name="Run the group of 2 in parallel one after the other").click()
    expect_tree(page, a_row("step1", "step2", "step3", "step4"))


def test_ticked_steps_are_grouped_and_a_group_is_dissolved_by_keyboard(page: Page, stepline: Running):
    open_saved(page, stepline, "step1", "step2", "step3", "step4")
    page.get_by_role("checkbox", name="Tick step1").press("Space")
    page.get_by_role("checkbox", name="Tick step3").focus()
    page.keyboard.press("Shift+Space")
    expect(page.locator("#picked")).to_have_text("3 ticked")
    page.keyboard.press("Alt+Shift+ArrowRight")
    expect_tree(page, [a_row("step1", "step2", "step3"), {"_id": "step4"}])
    expect(page.locator('[id="item.group.1.step1"]')).to_be_focused()
    page.keyboard.press("Alt+ArrowDown")
    expect_tree(page, [{"_id": "step4"}, a_row("step1", "step2", "step3")])
    page.get_by_role("checkbox", name="Tick step1").press("Space")
    page.get_by_role("checkbox", name="Tick step2").press("Space")
    page.keyboard.press("Alt+Shift+ArrowDown")
    expect_tree(page, [{"_id": "step4"}, [a_row("step1", "step2"), {"_id": "step3"}]])
    item(page, "step3").focus()
    page.keyboard.press("Alt+Shift+ArrowLeft")
    expect_tree(page, a_row("step4", "step1", "step2", "step3"))


def in_two_tabs(context: BrowserContext, stepline: Running) -> tuple[Page, Page]:
    """One has renamed the system and put a step behind, and saved; the other has typed a name and moved a step."""
    first, second = context.new_page(), context.new_page()
    id_ = open_saved(first, stepline, "step1", "step2")
    second.goto(first.url)
    first.locator("#name").fill("Theirs")
    first.locator("#desc").fill("What they say")
    add(first, "step3")
    save(first)
    expect(first.locator("h1")).to_have_text("Theirs")
    second.locator("#name").fill("Mine")
    expect(second.get_by_role("alert")).to_contain_text("admin saved it meanwhile")
    second.get_by_role("button", name="Move step2 up").click()
    expect_tree(second, a_row("step2", "step1"))
    first.goto(f"{stepline.url}/systems/{id_}")
    return first, second


def test_who_is_overtaken_sees_what_the_other_changed_and_merges_it(context: BrowserContext, stepline: Running):
    first, second = in_two_tabs(context, stepline)
    told = second.get_by_role("alert")
    expect(told.get_by_role("row", name="Name")).to_contain_text("changed by both")
    expect(told.get_by_role("row", name="What it is for")).to_contain_text("What they say")
    expect(told.locator(".flow-changes .is-added").first).to_contain_text("step3")
    second.get_by_role("button", name="Take over what only they changed").click()
    expect(second.locator("#merged")).to_be_focused()
    expect_tree(second, a_row("step2", "step3", "step1"))  # it stood behind step2 with them
    expect(second.locator("#name")).to_have_value("Mine")
    expect(second.locator("#desc")).to_have_value("What they say")
    save(second)
    expect(second.locator("h1")).to_have_text("Mine")
    first.reload()
    expect(first.locator("h1")).to_have_text("Mine")


def test_who_is_overtaken_saves_over_the_other_knowingly(context: BrowserContext, stepline: Running):
    first, second = in_two_tabs(context, stepline)
    second.get_by_role("button", name="Save mine over revision 2").click()
    expect(second.locator("h1")).to_have_text("Mine")
    first.reload()
    expect(first.locator("main")).not_to_contain_text("What they say")
    expect(first.locator(".sequence .step")).to_have_count(2)


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
    expect(page.locator("#id")).to_be_focused()
    page.evaluate("document.getElementById('id').marked = true")
    page.locator("#id").fill("typed")
    expect(page.locator(".problem-items")).to_contain_text("the system has no steps")
    assert page.evaluate("document.activeElement.marked"), "the field is another one now"


def test_the_list_of_keys_tells_those_of_the_editor(page: Page, stepline: Running):
    page.goto(f"{stepline.url}/systems/new")
    page.locator("h1").click()
    page.keyboard.press("?")
    expect(page.locator("#keys")).to_contain_text("Join the one above")


def test_values_that_cross_steps_are_lines(page: Page, stepline: Running):
    page.goto(f"{stepline.url}/systems/systemid/edit")
    expect(page.locator("#map-wires path")).to_have_count(8)
    assert page.locator('#map-wires path[data-how="named"]').count() == 8


def test_a_system_is_built_without_javascript(open_browser, stepline: Running):
    page = open_browser(java_script_enabled=False).new_page()
    id_ = own_id("by-forms")
    open_new(page, stepline, id_)
    for step in ("step1", "step2", "step3", "step4"):
        page.locator("#find").fill(step)
        page.get_by_role("button", name="Search").click()
        page.get_by_role("button", name=f"Add {step}", exact=True).click()
    page.get_by_role("button", name="Run step3 in parallel with the one above").click()
    expect_tree(page, SEED)
    save(page)
    expect(page.locator("h1")).to_have_text(id_)
    expect(page.locator(".parallel .step")).to_have_count(2)


def test_ticked_steps_are_grouped_without_javascript(page: Page, open_browser, stepline: Running):
    id_ = open_saved(page, stepline, "step1", "step2", "step3", "step4")
    page = open_browser(java_script_enabled=False).new_page()
    page.goto(f"{stepline.url}/systems/{id_}/edit")
    page.get_by_role("button", name="Run step3 in parallel with the one above").click()
    page.get_by_role("checkbox", name="Tick step1").check()
    page.get_by_role("button", name="Run in parallel").click()
    expect(page.locator("#picked")).to_have_text("Tick two steps or more first.")
    page.get_by_role("checkbox", name="Tick the group of 2 in parallel").check()
    page.get_by_role("button", name="Run in parallel").click()
    expect_tree(page, [a_row("step1", "step2", "step3"), {"_id": "step4"}])
    page.get_by_role("button", name="Run the group of 3 in parallel one after the other").click()
    expect_tree(page, a_row("step1", "step2", "step3", "step4"))


@pytest.mark.parametrize("width", [375, 1024])
def test_the_editor_is_not_wider_than_its_screen(open_browser, stepline: Running, width: int):
    page = open_browser(viewport={"width": width, "height": 800}).new_page()
    page.goto(f"{stepline.url}/systems/systemid/edit")
    expect(page.locator("#map-wires path").first).to_be_attached()
    assert page.evaluate("document.documentElement.scrollWidth") <= width
