"""Without JavaScript everything works as plain links and forms."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from flask import Flask
from playwright.sync_api import Browser, BrowserContext, Page, expect
from werkzeug.exceptions import HTTPException

from tests.e2e.addresses import Address, addresses
from tests.e2e.conftest import Running
from webapp.factory import BLUEPRINTS

PASSWORD = "correct horse battery"


@pytest.fixture(scope="module")
def contexts(browser: Browser, signed_in: Any) -> Iterator[dict[bool, BrowserContext]]:
    """Browsers without JavaScript: that of a stranger (True) and that of who has signed in."""
    with (
        browser.new_context(java_script_enabled=False) as strange,
        browser.new_context(java_script_enabled=False, storage_state=signed_in) as known,
    ):
        yield {True: strange, False: known}


@pytest.fixture
def page(contexts: dict[bool, BrowserContext]) -> Iterator[Page]:
    with contexts[False].new_page() as page:
        yield page


@pytest.fixture(scope="module")
def answers() -> Callable[[str, str], bool]:
    """Whether the application answers a method at a path."""
    app = Flask("answers", static_folder=None)
    for blueprint in BLUEPRINTS:
        app.register_blueprint(blueprint)
    urls = app.url_map.bind("localhost")

    def does(method: str, path: str) -> bool:
        try:
            return bool(urls.match(path, method))
        except HTTPException:
            return False

    return does


# -- every form there is -----------------------------------------------------------------------------


@pytest.mark.parametrize("address", addresses(), ids=lambda address: address.name)
def test_every_form_can_be_sent_and_nothing_that_is_shown_needs_a_script(contexts, museum, address: Address, answers):
    """What stands in a dialog is shown by its script alone, and a button outside a form waits hidden for its own."""
    with contexts[address.stranger].new_page() as page:
        page.goto(museum.at(address))
        forms = page.locator("form:not(dialog form)").all()
        assert [fault for form in forms for fault in faults_of(form, page, answers)] == []
        dead = page.locator("button[type=button]:not([popovertarget]):visible, a[href='#']:visible")
        assert [one.inner_text() for one in dead.all()] == []


def faults_of(form: Any, page: Page, answers: Callable[[str, str], bool]) -> Iterator[str]:
    """What keeps a form from working by itself."""
    method = (form.get_attribute("method") or "get").upper()
    action = form.get_attribute("action") or page.url
    path = "/" + action.removeprefix("http://").partition("/")[2] if action.startswith("http") else action
    where = f"{method} {path}"
    if not answers(method, path.partition("?")[0].partition("#")[0]):
        yield f"{where}: nothing answers there"
    if method == "POST" and not form.locator("input[name=csrf_token]").count():
        yield f"{where}: no token"
    own = form.locator("button:not([type]), button[type=submit], input[type=submit]").count()
    name = form.get_attribute("id")
    if not own and not (name and page.locator(f"button[form='{name}']").count()):
        yield f"{where}: no button to send it"


# -- some of them sent -------------------------------------------------------------------------------


def test_settings_are_saved(page: Page, stepline: Running):
    page.goto(f"{stepline.url}/settings")
    page.get_by_label("Language").select_option("zh")
    page.get_by_label("Theme").select_option("dark")
    page.get_by_role("button", name="Save the settings").click()
    expect(page.get_by_role("heading", name="设置")).to_be_visible()
    expect(page.locator("html")).to_have_attribute("data-bs-theme", "dark")
    expect(page.locator("#toasts")).to_contain_text("设置已保存。")
    page.get_by_label("语言").select_option("")
    page.get_by_label("主题").select_option("")
    page.get_by_role("button", name="保存设置").click()
    expect(page.get_by_role("heading", name="Settings")).to_be_visible()


def test_settings_that_cannot_be_stay_in_the_form(page: Page, stepline: Running):
    page.goto(f"{stepline.url}/settings")
    page.get_by_label("Time zone").fill("Mars/Olympus")
    page.get_by_role("button", name="Save the settings").click()
    expect(page.get_by_role("alert")).to_contain_text("there is no time zone 'Mars/Olympus'")
    expect(page.get_by_label("Time zone")).to_have_value("Mars/Olympus")


def test_a_user_is_added_changed_and_shut_out(page: Page, stepline: Running):
    page.goto(f"{stepline.url}/users")
    page.get_by_label("Name").fill("plain")
    page.get_by_role("button", name="Add, and make a one-time link").click()
    expect(page.locator(".whole")).to_contain_text("/sign-in/")
    page.get_by_label("Role of plain", exact=True).select_option("operator")
    page.get_by_role("button", name="Set the role of plain").click()
    expect(page.get_by_label("Role of plain", exact=True)).to_have_value("operator")
    page.get_by_role("button", name="Disable: plain").click()
    expect(page.get_by_role("button", name="Enable: plain")).to_be_visible()
    page.get_by_role("link", name="History of plain").click()
    expect(page.locator(".events")).to_contain_text("disabled by admin")


def test_who_was_faster_is_not_overwritten(page: Page, stepline: Running, contexts):
    page.goto(f"{stepline.url}/users")
    page.get_by_label("Name").fill("raced")
    page.get_by_role("button", name="Add, and make a one-time link").click()
    with contexts[False].new_page() as other:
        other.goto(f"{stepline.url}/users")
        other.get_by_label("Role of raced", exact=True).select_option("editor")
        other.get_by_role("button", name="Set the role of raced").click()
        expect(other.get_by_label("Role of raced", exact=True)).to_have_value("editor")
    page.get_by_label("Role of raced", exact=True).select_option("operator")
    page.get_by_role("button", name="Set the role of raced").click()
    expect(page.get_by_role("alert")).to_contain_text("raced was changed meanwhile, and nothing was overwritten")
    expect(page.get_by_label("Role of raced", exact=True)).to_have_value("editor")
