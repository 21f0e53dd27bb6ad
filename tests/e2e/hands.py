"""How somebody works on a page: with the mouse, or with the keyboard and nothing else."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import pytest
from playwright.sync_api import Locator, Page, expect

MOST_TABS = 60
"""More from one thing to the next that one wants, and the page is not made for people without a mouse."""
# An editor lives in a shadow root, of which the document sees the host alone; it is left by Escape, first of what it
# offers, then of what the tab key means in a text.
_NEXT_KEYS = """wanted => {
    const host = (one) => (one.getRootNode() instanceof ShadowRoot ? host(one.getRootNode().host) : one);
    const inner = (one) => (one.shadowRoot?.activeElement ? inner(one.shadowRoot.activeElement) : one);
    const at = document.activeElement;
    if (inner(at) === wanted) return [];
    if (at.matches(".skip-link")) return ["Enter"];
    const behind = at !== document.body && at.compareDocumentPosition(host(wanted)) & Node.DOCUMENT_POSITION_PRECEDING;
    const leaving = at.tagName === "CODE-EDITOR" ? ["Escape", "Escape"] : [];
    return [...leaving, behind ? "Shift+Tab" : "Tab"];
}"""


class Hands(Protocol):
    @property
    def page(self) -> Page: ...

    def enter(self, room: str, key: str) -> None:
        """One of the rooms in the bar; `key` is its own."""

    def press(self, thing: Locator) -> None:
        """A button, a link, what folds something out."""

    def write(self, field: Locator, text: str) -> None:
        """Instead of what stands there."""

    def choose(self, select: Locator, label: str) -> None: ...


@dataclass(frozen=True)
class Mouse:
    page: Page

    def enter(self, room: str, key: str) -> None:
        self.page.locator(".places").get_by_role("link", name=room, exact=True).click()
        expect(self.page.locator("h1")).to_have_text(room)

    def press(self, thing: Locator) -> None:
        thing.click()

    def write(self, field: Locator, text: str) -> None:
        """Pasted, as it were: how somebody types is the keyboard's business."""
        field.click()
        self.page.keyboard.press("Control+A")
        self.page.keyboard.insert_text(text)

    def choose(self, select: Locator, label: str) -> None:
        select.select_option(label=label)


@dataclass(frozen=True)
class Keyboard:
    page: Page

    def enter(self, room: str, key: str) -> None:
        self.page.wait_for_load_state()  # before, nobody hears the keys
        self.page.keyboard.press("g")
        self.page.keyboard.press(key)
        expect(self.page.locator("h1")).to_have_text(room)

    def press(self, thing: Locator) -> None:
        self.reach(thing)
        self.page.keyboard.press("Enter")

    def write(self, field: Locator, text: str) -> None:
        self.reach(field)
        self.page.keyboard.press("Control+A")
        self.page.keyboard.type(text)

    def choose(self, select: Locator, label: str) -> None:
        """With the arrow keys, which change what a closed list shows."""
        self.reach(select)
        labels = select.evaluate("one => [...one.options].map((option) => option.label)")
        here = select.evaluate("one => one.selectedIndex")
        way = labels.index(label) - here
        for _ in range(abs(way)):
            self.page.keyboard.press("ArrowDown" if way > 0 else "ArrowUp")
        expect(select.locator("option:checked")).to_have_text(label)

    def reach(self, wanted: Locator) -> None:
        """With the tab key, and the link that leads past the bar of a fresh page."""
        expect(wanted).to_be_visible()
        for _ in range(MOST_TABS):
            keys = wanted.evaluate(_NEXT_KEYS)
            if not keys:
                return
            for key in keys:
                self.page.keyboard.press(key)
        pytest.fail(f"the tab key does not lead to {wanted}")


def lift(card: Locator) -> None:
    """Takes it by its grip, and up a little; `drop` lets it go."""
    grip = card.locator(".grip")
    grip.scroll_into_view_if_needed()
    at, mouse = grip.bounding_box(), card.page.mouse
    assert at
    mouse.move(at["x"] + 8, at["y"] + 10)
    mouse.down()
    mouse.move(at["x"] + 8, at["y"] - 40, steps=5)


def drop(card: Locator) -> None:
    """What the mouse holds, where that card is."""
    at, mouse = card.bounding_box(), card.page.mouse
    assert at
    mouse.move(at["x"] + 40, at["y"] + 30, steps=15)
    mouse.up()
