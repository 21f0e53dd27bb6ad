"""Whatever people, APIs and files say is shown as text: no script of theirs runs, nothing of theirs breaks a page."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext

from tests.e2e.addresses import Address, addresses
from tests.e2e.conftest import Running, furnished, post, running_stepline, sign_in
from tests.e2e.museum import WAITING, definitions
from tests.e2e.watched import Watched

PAYLOADS = (
    "<script>window.hit = 1</script>",
    "\"><img src=x onerror='window.hit = 2'>",
    "'><svg onload=window.hit=3>",
    "</textarea></pre></title><script>window.hit = 4</script>",
    "{{ 7 * 7 }}{% raw %}${7*7}",
    "javascript:window.hit=5",
    "\u202egnp.exe\u202c \u200b\u200d\u2066rtl\u2069",
    "x" * 10_000,
    "%(name)s %s {0}",
)
ALL = " ".join(PAYLOADS)
DESK = 1440
TOO_WIDE = """(width) => document.documentElement.scrollWidth <= width ? [] : [...document.querySelectorAll("main *")]
    .filter((one) => one.getBoundingClientRect().right > width && !one.querySelector("*"))
    .map((one) => one.parentElement.outerHTML.slice(0, 100) + " … " + one.outerHTML.slice(0, 100))"""
"""What sticks out, innermost, when the page is wider than the window."""


def poisoned(mock: str) -> dict[str, Any]:
    """The museum's documents with a payload in every field that takes text; the APIs answer what they are asked."""
    made = definitions(mock)
    for number, document in enumerate(made["api"] + made["step"] + made["system"]):
        document |= {"desc": ALL, "name": PAYLOADS[number % len(PAYLOADS)], "note": ALL}
    for api in made["api"]:
        api |= {"result": {"name": ALL, PAYLOADS[0]: PAYLOADS[1]}, "headers": {"X-Note": PAYLOADS[0]}}
    for link in (link for step in made["step"] for link in step["checklink"] if link["api"]["op"] == "MANUAL"):
        link["api"]["val"] |= {"prompt": ALL[:2000], "args": {PAYLOADS[0]: PAYLOADS[1]}}
    for system in made["system"]:
        system["def_args"] = {"name": ALL, PAYLOADS[1]: {PAYLOADS[2]: list(PAYLOADS)}}
    for number, task in enumerate(made["task"]):
        labels = [payload[:60] for payload in PAYLOADS]
        task |= {"name": PAYLOADS[number], "labels": labels, "args": {"name": ALL[:1500], PAYLOADS[0]: PAYLOADS[1]}}
    return made


@pytest.fixture(scope="module")
def contexts(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Running, BrowserContext]]:
    """A Stepline of its own, with everything loaded, started and told, and the browser of its admin."""
    folder = tmp_path_factory.mktemp("hostile")
    with running_stepline(folder) as running:
        state = sign_in(browser, running)
        with browser.new_context(storage_state=state, viewport={"width": DESK, "height": 900}) as context:
            stepline = furnished(running, context, poisoned(running.mock), folder)
            for path, fields in spoken().items():
                post(context, stepline.url + path, **fields)
            yield stepline, context


@pytest.fixture
def stepline(contexts: tuple[Running, BrowserContext]) -> Running:
    return contexts[0]


@pytest.fixture
def context(contexts: tuple[Running, BrowserContext]) -> BrowserContext:
    return contexts[1]


def spoken() -> dict[str, dict[str, str]]:
    """Forms that take what is typed, to be told of as events or said again in the page of a refusal."""
    return {
        f"/tasks/{WAITING}/steps/hold/skip": {"response": "{}", "reason": ALL},
        "/settings": {"language": ALL[:60], "zone": ALL, "theme": PAYLOADS[0], "rows": PAYLOADS[1]},
        "/users": {"name": PAYLOADS[0], "role": PAYLOADS[1]},
        "/tasks/views": {"name": PAYLOADS[0], "q": PAYLOADS[1]},
        "/tasks/new": {"system": PAYLOADS[0], "name": ALL, "raw": ALL, "args": ALL},
        "/tasks/batch": {"system": "waits", "table": f"name,{PAYLOADS[0]}\n{PAYLOADS[1]},{PAYLOADS[3]}\n"},
    }


@pytest.mark.parametrize("address", addresses(), ids=lambda address: address.name)
def test_a_page_shows_what_is_hostile_as_text(context: BrowserContext, stepline: Running, address: Address):
    with context.new_page() as page:
        watched = Watched(page)
        page.goto(stepline.at(address))
        page.evaluate("document.querySelectorAll('details').forEach((one) => { one.open = true; })")
        assert page.evaluate("window.hit") is None
        assert page.evaluate(TOO_WIDE, DESK) == []
    assert watched.complaints(address) == []


@pytest.mark.parametrize("path", spoken())
def test_what_was_typed_is_said_again_as_text(context: BrowserContext, stepline: Running, path: str):
    with context.new_page() as page:
        answer = post(context, stepline.url + path, **spoken()[path]).text()
        page.set_content(answer)
        assert page.evaluate("window.hit") is None
        assert "<img src=x" not in answer
        assert "<script>window.hit" not in answer


@pytest.mark.parametrize("query", ["status", "q", "sort", "page", "next", "system", "who", "from", "label"])
def test_an_address_is_text_as_well(context: BrowserContext, stepline: Running, query: str):
    with context.new_page() as page:
        watched = Watched(page)
        for path in ("/tasks", "/tasks/new", "/sign-in"):
            page.goto(f"{stepline.url}{path}?{query}={PAYLOADS[1]}{PAYLOADS[0]}")
            assert page.evaluate("window.hit") is None
    assert [text for text in watched.said if "Failed to load" not in text] == []
