"""Signing in and out in a real browser, with JavaScript and without."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.e2e.conftest import Running

PASSWORD = "correct horse battery"


@pytest.mark.parametrize("path", ["/sign-in", "/account", "/users", "/users/admin/events"])
def test_a_page_is_silent_and_breaks_no_rule_of_its_own(page: Page, stepline: Running, path: str):
    if path == "/sign-in":
        page.context.clear_cookies()
    page.goto(stepline.url + path)
    expect(page.locator("h1")).to_be_visible()
    page.wait_for_load_state("networkidle")


@pytest.mark.parametrize("script", [True, False], ids=["with JavaScript", "without JavaScript"])
def test_a_new_user_comes_in_by_a_link_and_then_by_a_password(open_browser, stepline: Running, script: bool):
    name = f"new{int(script)}"
    admin = open_browser(java_script_enabled=script).new_page()
    admin.goto(f"{stepline.url}/users")
    admin.get_by_label("Name").fill(name)
    admin.get_by_label("Role", exact=True).select_option("viewer")
    admin.get_by_role("button", name="Add, and make a one-time link").click()
    link = admin.locator(".whole").inner_text()

    page = open_browser(storage_state=None, java_script_enabled=script).new_page()
    page.goto(link)
    page.get_by_role("button", name=f"Sign in as {name}").click()
    expect(page.get_by_role("heading", name="Tasks")).to_be_visible()
    expect(page.get_by_role("link", name="New task")).to_have_count(0)
    page.get_by_title("You and your settings").first.click()
    page.get_by_role("link", name="Your account").click()
    page.get_by_label("New password").fill(PASSWORD)
    page.get_by_label("Once more").fill(PASSWORD)
    page.get_by_role("button", name="Set it").click()
    expect(page.locator(".notice")).to_contain_text("Your password is changed")
    page.get_by_title("You and your settings").first.click()
    page.get_by_role("group").get_by_role("button", name="Sign out").click()
    expect(page).to_have_url(f"{stepline.url}/sign-in")

    page.goto(stepline.sample)
    page.get_by_label("Name").fill(name)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    expect(page).to_have_url(stepline.sample)
    expect(page.locator(".menu-head")).to_contain_text(f"{name} viewer")
    expect(page.get_by_role("button", name="Cancel")).to_have_count(0)


def test_a_live_page_whose_session_is_over_goes_to_sign_in(context, stepline: Running):
    page = context.new_page()
    page.goto(f"{stepline.url}/tasks?status=DONE")
    context.clear_cookies()
    expect(page).to_have_url(re.compile(r"/sign-in\?next="), timeout=20_000)
    expect(page.locator("input[name=next]")).to_have_value("/tasks?status=DONE")


@pytest.mark.parametrize("path", ["/sign-in", "/sign-in/used-up"])
def test_the_way_in_is_not_wider_than_a_phone(browser: Browser, stepline: Running, path: str):
    with browser.new_context(viewport={"width": 375, "height": 800}) as context:
        page = context.new_page()
        page.goto(stepline.url + path)
        assert page.evaluate("document.documentElement.scrollWidth") <= 375
