"""Home, the catalogue, workers and events in a real browser: they fit a phone, and one leads to the next."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.conftest import Running

WIDE = "document.documentElement.scrollWidth"
ROOMS = ("/", "/systems", "/systems/systemid", "/steps", "/steps/step2", "/apis", "/apis/api1", "/workers", "/events")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_room_fits_a_phone_and_a_desk(open_browser, stepline: Running, scheme):
    for width in (375, 1440):
        page = open_browser(viewport={"width": width, "height": 800}, color_scheme=scheme).new_page()
        for path in ROOMS:
            page.goto(stepline.url + path)
            assert page.evaluate(WIDE) <= width, (path, width)


def test_from_home_one_gets_to_a_call_s_definition(page: Page, stepline: Running):
    page.goto(stepline.url)
    page.get_by_role("link", name="Systems").first.click()
    page.get_by_role("link", name="test system").click()
    expect(page.get_by_text("2 in parallel")).to_be_visible()
    page.get_by_role("link", name="step2", exact=True).click()
    page.get_by_role("link", name="/api2").click()
    expect(page.get_by_role("heading", name="api2")).to_be_visible()


def test_events_are_searched_without_javascript(open_browser, stepline: Running):
    page = open_browser(java_script_enabled=False).new_page()
    page.goto(f"{stepline.url}/events")
    page.get_by_label("Search events").fill("who:people what:signed")
    page.get_by_role("button", name="Search").click()
    expect(page.get_by_role("row", name="signed in")).not_to_have_count(0)
    expect(page.get_by_role("row", name="done")).to_have_count(0)
