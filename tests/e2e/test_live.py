"""Pages keep themselves up to date, keep still under the pointer, and can be worked with keys alone."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import BrowserContext, Page, Request, expect

from tests.e2e.conftest import Running
from tests.e2e.test_pages import PATIENCE_MS, create, status

LIVE = "html[data-live=live]"
LIST = re.compile(r"/tasks\?")


def live(page: Page) -> Page:
    """As soon as it hears of changes."""
    page.wait_for_selector(LIVE, timeout=PATIENCE_MS)
    return page


def a_list(context: BrowserContext, stepline: Running, of: Page) -> Page:
    """With that page's task alone: other tests leave tasks of the same name that wait, too."""
    page = context.new_page()
    page.goto(f"{stepline.url}/tasks?q={task_of(of)}")
    return live(page)


def task_of(page: Page) -> str:
    return page.url.rpartition("/")[2]


def row(page: Page):
    return page.locator("[data-row]")


def save_settings(page: Page) -> None:
    page.locator("main form", has_text="Single keys").locator("button").first.click()
    expect(page.locator(".toast.is-done")).to_be_visible()


@pytest.fixture
def waiting(page: Page, stepline: Running) -> Iterator[Page]:
    """The page of a task that polls and will for long."""
    stepline.knob("api2", not_ready=1_000_000)
    create(page, stepline, "Watched")
    expect(status(page)).to_have_text("WAITING", timeout=PATIENCE_MS)
    yield live(page)
    stepline.knob("api2", not_ready=0)


def asked_for(page: Page, path: str) -> list[Request]:
    found: list[Request] = []
    page.on("request", lambda request: found.append(request) if urlsplit(request.url).path.endswith(path) else None)
    return found


def test_a_list_that_is_live_shows_what_happens_elsewhere_without_polling(waiting: Page, context, stepline: Running):
    watcher = a_list(context, stepline, waiting)
    expect(row(watcher).locator(".status")).to_have_text("WAITING")
    asked = asked_for(watcher, "/tasks")
    waiting.locator("#do-pause").click()
    expect(row(watcher).locator(".status")).to_have_text("PAUSED", timeout=PATIENCE_MS)
    assert len(asked) < 6


def test_a_browser_holds_one_stream_however_many_tabs_it_has(waiting: Page, context, stepline: Running):
    second = context.new_page()
    streams = asked_for(second, "/live")
    second.goto(f"{stepline.url}/tasks")
    live(second)
    assert streams == []
    taken_over = asked_for(second, "/live")
    waiting.close()
    with second.expect_request("**/live", timeout=PATIENCE_MS):
        pass
    live(second)
    assert len(taken_over) == 1


def test_without_a_stream_pages_poll_and_come_back(open_browser: Callable[..., BrowserContext], stepline: Running):
    context = open_browser()
    context.route("**/live", lambda route: route.fulfill(status=503, headers={"Retry-After": "1"}))
    page = context.new_page()
    page.goto(f"{stepline.url}/tasks")
    page.wait_for_selector("html[data-live=polling]", timeout=PATIENCE_MS)
    expect(page.locator("#live-state")).to_contain_text("Every few seconds")
    with page.expect_request(LIST, timeout=PATIENCE_MS):
        pass
    context.unroute("**/live")
    with page.expect_request(LIST, timeout=PATIENCE_MS):  # what was missed is asked for
        live(page)


def test_rows_stay_under_the_pointer_until_they_are_told_to_change(waiting: Page, context, stepline: Running):
    watcher = a_list(context, stepline, waiting)
    mine = row(watcher)
    mine.hover()
    waiting.locator("#do-pause").click()
    button = watcher.locator("#updates")
    expect(button).to_be_visible(timeout=PATIENCE_MS)
    expect(button).to_have_text(re.compile(r"\d+ updates?: apply"))
    expect(mine.locator(".status")).to_have_text("WAITING")
    watcher.keyboard.press("u")
    expect(mine.locator(".status")).to_have_text("PAUSED", timeout=PATIENCE_MS)
    expect(button).to_be_hidden()


def test_what_waited_is_applied_when_the_pointer_leaves(waiting: Page, context, stepline: Running):
    watcher = a_list(context, stepline, waiting)
    mine = row(watcher)
    mine.hover()
    waiting.locator("#do-pause").click()
    expect(watcher.locator("#updates")).to_be_visible(timeout=PATIENCE_MS)
    watcher.mouse.move(2, 2)
    expect(mine.locator(".status")).to_have_text("PAUSED", timeout=PATIENCE_MS)


def test_live_updates_can_be_held_and_go_on(waiting: Page, context, stepline: Running):
    watcher = a_list(context, stepline, waiting)
    watcher.locator("#live-pause").click()
    expect(watcher.locator("#live-state")).to_contain_text("Paused")
    watcher.reload()
    expect(watcher.locator("#live-pause")).to_have_attribute("aria-pressed", "true")
    asked = asked_for(watcher, "/tasks")
    waiting.locator("#do-pause").click()
    expect(status(waiting)).to_have_text("PAUSED", timeout=PATIENCE_MS)
    assert asked == []
    watcher.locator("#live-pause").click()
    expect(row(watcher).locator(".status")).to_have_text("PAUSED", timeout=PATIENCE_MS)


def test_keys_walk_the_rows_and_open_one(waiting: Page, stepline: Running):
    create(waiting, stepline, "Another")
    waiting.goto(f"{stepline.url}/tasks")
    live(waiting)
    first, second = (waiting.locator("[data-row]").nth(place) for place in (0, 1))
    waiting.keyboard.press("j")
    expect(first).to_be_focused()
    waiting.keyboard.press("j")
    expect(second).to_be_focused()
    waiting.keyboard.press("k")
    expect(first).to_be_focused()
    href = first.locator("th a").get_attribute("href")
    waiting.keyboard.press("Enter")
    waiting.wait_for_url(f"**{href}")


def test_a_key_pauses_the_task_of_its_page_and_letters_lead_to_places(waiting: Page, stepline: Running):
    waiting.keyboard.press("p")
    expect(status(waiting)).to_have_text("PAUSED", timeout=PATIENCE_MS)
    waiting.keyboard.press("g")
    waiting.keyboard.press("u")
    waiting.wait_for_url("**/users")


def test_keys_are_silent_while_one_types(page: Page, stepline: Running):
    page.goto(f"{stepline.url}/tasks/new")
    page.locator("#name").press_sequentially("g?jx/")
    expect(page.locator("#name")).to_have_value("g?jx/")
    expect(page.locator("#keys")).to_be_hidden()


def test_a_list_of_all_keys_is_a_key_or_a_click_away(page: Page, stepline: Running):
    page.goto(f"{stepline.url}/tasks")
    page.keyboard.press("?")
    expect(page.get_by_role("dialog", name="Keys")).to_contain_text("Next and previous row")
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Keys").click()
    expect(page.get_by_role("dialog", name="Keys")).to_be_visible()


def test_single_keys_can_be_switched_off_and_the_palette_stays(page: Page, stepline: Running):
    page.goto(f"{stepline.url}/settings")
    page.get_by_label("Single keys are shortcuts").uncheck()
    save_settings(page)
    page.goto(f"{stepline.url}/tasks")
    page.keyboard.press("?")
    page.keyboard.press("Control+k")
    expect(page.get_by_role("dialog", name="Go to …")).to_be_visible()
    expect(page.locator("#keys")).to_be_hidden()
    page.goto(f"{stepline.url}/settings")
    page.get_by_label("Single keys are shortcuts").check()
    save_settings(page)


def test_the_palette_finds_a_task_and_goes_there(waiting: Page, stepline: Running):
    wanted = waiting.url
    waiting.goto(f"{stepline.url}/users")
    waiting.keyboard.press("Control+k")
    palette = waiting.get_by_role("dialog", name="Go to …")
    expect(palette.get_by_role("option", name="Tasks")).to_be_visible(timeout=PATIENCE_MS)
    waiting.keyboard.type(wanted.rpartition("/")[2])
    expect(palette.get_by_role("option")).to_have_count(1, timeout=PATIENCE_MS)
    waiting.keyboard.press("Enter")
    waiting.wait_for_url(wanted)


def test_arrows_choose_in_the_palette(page: Page, stepline: Running):
    page.goto(f"{stepline.url}/tasks")
    page.keyboard.press("Control+k")
    options = page.get_by_role("dialog", name="Go to …").get_by_role("option")
    expect(options.first).to_have_attribute("aria-selected", "true", timeout=PATIENCE_MS)
    page.keyboard.press("ArrowDown")
    expect(options.nth(1)).to_have_attribute("aria-selected", "true")
    page.keyboard.press("ArrowUp")
    page.keyboard.press("ArrowUp")
    expect(options.last).to_have_attribute("aria-selected", "true")


def test_a_dialog_that_is_left_sends_nothing(waiting: Page):
    sent = asked_for(waiting, "/cancel")
    waiting.locator("#do-cancel").click()
    dialog = waiting.locator("#confirm")
    expect(dialog.get_by_role("button", name="Go back")).to_be_focused()
    waiting.keyboard.press("Escape")
    expect(dialog).to_be_hidden()
    assert sent == []


def test_the_menu_works_without_scripts_on_a_phone(open_browser: Callable[..., BrowserContext], stepline: Running):
    page = open_browser(java_script_enabled=False, viewport={"width": 375, "height": 700}).new_page()
    page.goto(f"{stepline.url}/tasks")
    page.locator("details.small-places summary").click()
    page.locator("details.small-places").get_by_role("link", name="Users").click()
    expect(page.locator("h1")).to_have_text("Users")
    page.locator(".find").click()
    page.get_by_role("searchbox").fill("task")
    page.get_by_role("button", name="Search").click()
    page.locator("#found").get_by_role("link", name="Tasks").click()
    expect(page.locator("h1")).to_have_text("Tasks")


def test_a_toast_says_what_was_done_and_goes_by_itself(page: Page, stepline: Running):
    page.clock.install()
    page.goto(f"{stepline.url}/settings")
    save_settings(page)
    toast = page.locator(".toast.is-done")
    page.wait_for_load_state()
    page.mouse.move(2, 2)
    page.clock.run_for(9_000)
    expect(toast).to_have_count(0)
