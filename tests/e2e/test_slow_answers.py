"""What is done in a form while the answer to its last check is on its way is not lost when that comes."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import Page, Route, expect

from tests.e2e.conftest import Running
from tests.e2e.hands import drop, lift


@contextmanager
def held(page: Page, address: str) -> Iterator[None]:
    """The answer from there comes when the block ends: that to the last question, which has taken back those before."""
    waiting: list[Route] = []

    def hold(route: Route) -> None:
        waiting.append(route)

    page.route(address, hold)
    yield
    with page.expect_response(address):
        waiting[-1].continue_()
    page.unroute(address)


def test_a_card_stays_in_the_hand_that_drags_it(page: Page, stepline: Running):
    page.set_viewport_size({"width": 1280, "height": 2000})
    page.goto(f"{stepline.url}/steps/step2/edit")
    cards, heads = page.locator(".link-card"), page.locator("#link-cards h3")
    with held(page, "**/steps/form**"):
        with page.expect_request("**/steps/form**"):
            page.locator("#desc").fill("Asks twice")
        lift(cards.last)
    drop(cards.first)
    expect(heads).to_have_text(["1. api3", "2. api2"])
    expect(page.locator("#desc")).to_have_value("Asks twice")


def test_what_is_typed_goes_on_in_the_field_that_takes_the_place(page: Page, stepline: Running):
    page.goto(f"{stepline.url}/tasks/new?system=systemid")
    page.locator('[id="step.step1"] > summary').click()
    value = page.get_by_label("Value of name of step1/api1")
    with held(page, "**/tasks/new"):
        with page.expect_request("**/tasks/new"):
            page.get_by_label("How name of step1/api1 is given").select_option(label="code")
        value.click()
        page.keyboard.type("1 + ")
    expect(page.locator("textarea").and_(value)).to_be_focused()
    page.keyboard.type("1")
    expect(value).to_have_value("1 + 1")


def test_what_is_typed_goes_on_in_the_editor_that_takes_the_place(page: Page, stepline: Running):
    page.goto(f"{stepline.url}/steps/step2/edit")
    row = page.locator('[id="link.0"] .new-arg')
    with held(page, "**/steps/form**"):
        with page.expect_request("**/steps/form**"):
            row.get_by_label("How name of api2 is given").select_option(label="code")
        row.get_by_label("Value of name of api2").click()
        page.keyboard.type("1 + ")
    expect(row.locator("code-editor .cm-content")).to_be_focused()
    page.keyboard.type("1")
    expect(row.locator("code-editor textarea")).to_have_value("1 + 1")
