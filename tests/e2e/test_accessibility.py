"""Every page in both themes, on a desk and on a phone: nothing keeps anybody out, nothing overflows, nothing complains.

A new page is among them by itself. With `STEPLINE_PICTURES=var/screenshots`, what each looks like is kept there, to be
looked at.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Any, Literal

import pytest
from playwright.sync_api import Browser, BrowserContext, Page

from tests.e2e.addresses import Address, addresses
from tests.e2e.conftest import ROOT, Running
from tests.e2e.watched import Watched

AXE = (ROOT / "tests/e2e/vendor/axe.min.js").read_text(encoding="utf-8")
RUN = "(rules) => axe.run(document, {resultTypes: ['violations'], ...(rules ? {runOnly: rules} : {})})"
THEMES: dict[Literal["light", "dark"], list[str] | None] = {"light": None, "dark": ["color-contrast"]}
"""Theme → the rules that depend on it; None: all of them."""
WIDTHS = {"desk": 1440, "phone": 375}
MOST_KB = 60
PICTURES = os.environ.get("STEPLINE_PICTURES", "")
"""A folder."""


@pytest.fixture(scope="module")
def contexts(browser: Browser, signed_in: Any) -> Iterator[dict[bool, BrowserContext]]:
    """The browser of a stranger (True) and that of who has signed in: used by one test after the other."""
    with browser.new_context() as strange, browser.new_context(storage_state=signed_in) as known:
        yield {True: strange, False: known}


@pytest.mark.parametrize("address", addresses(), ids=lambda address: address.name)
def test_a_page_keeps_nobody_out(contexts: dict[bool, BrowserContext], museum: Running, address: Address):
    with contexts[address.stranger].new_page() as page:
        watched = Watched(page)
        page.emulate_media(reduced_motion="reduce")
        page.set_viewport_size({"width": WIDTHS["desk"], "height": 900})
        page.goto(museum.at(address))
        page.evaluate(AXE)
        unfold(page)
        faults = [fault for width in WIDTHS for fault in faults_in(page, width, file_name(address))]
    assert faults == []
    assert watched.complaints(address) == []
    assert watched.kilobytes <= MOST_KB


def unfold(page: Page) -> None:
    """What is folded away has to be in order too; menus hang over the page, and one is open at a time."""
    page.evaluate("document.querySelectorAll('details:not([class*=menu], .drop)').forEach((it) => it.open = true)")


def faults_in(page: Page, width: str, name: str) -> Iterator[str]:
    page.set_viewport_size({"width": WIDTHS[width], "height": 900})
    for theme, rules in THEMES.items():
        page.emulate_media(color_scheme=theme)
        for one in page.evaluate(RUN, rules)["violations"]:
            yield from (f"{width}, {theme}: {one['id']}: {node['html'][:200]}" for node in one["nodes"])
        if PICTURES:
            page.screenshot(path=ROOT / PICTURES / f"{name}-{width}-{theme}.png", full_page=True)
    if (scrolled := page.evaluate("document.documentElement.scrollWidth")) > WIDTHS[width]:
        yield f"{width}: {scrolled} pixels wide"


def file_name(address: Address) -> str:
    return "".join(letter if letter.isalnum() else "-" for letter in address.name)
