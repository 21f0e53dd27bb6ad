"""A file of definitions in a browser: what would change follows what is ticked, and is applied."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.e2e.conftest import Running

TEXT = """
api:
  - _id: {api}
    url: https://example.com/people
step:
  - _id: {api}-step
    checklink: [{{_id: ask, api: {{val: {{_id: {api}}}}}}}]
"""


def paste(page: Page, stepline: Running, api: str) -> None:
    page.goto(f"{stepline.url}/code")
    page.get_by_label("Or paste it").fill(TEXT.format(api=api))
    page.get_by_role("button", name="Show what would change").click()


def test_the_verdict_follows_what_is_ticked(page: Page, stepline: Running):
    paste(page, stepline, "ticked")
    expect(page.get_by_text("Nothing is wrong with it")).to_be_visible()
    page.get_by_role("checkbox", name="api/ticked").uncheck()
    expect(page.get_by_text("there is no api called ticked")).to_be_visible()
    page.get_by_role("checkbox", name="api/ticked").check()
    page.get_by_role("button", name="Apply 2 changes").click()
    expect(page.get_by_text("2 definitions were saved.")).to_be_visible()


@pytest.fixture
def plain(browser: Browser, signed_in):
    with browser.new_context(java_script_enabled=False, storage_state=signed_in) as context:
        yield context.new_page()


def test_a_file_is_applied_without_a_script(plain: Page, stepline: Running):
    paste(plain, stepline, "plain")
    plain.get_by_role("button", name="Apply 2 changes").click()
    expect(plain.get_by_role("heading", name="Definitions as code")).to_be_visible()
    paste(plain, stepline, "plain")
    expect(plain.get_by_role("heading", name="Nothing to change")).to_be_visible()
