"""Whatever people, APIs and files say is shown as text: no script of theirs runs, nothing of theirs breaks a page."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext

from tests.e2e.addresses import Address, addresses
from tests.e2e.conftest import Running, post, running_stepline, sign_in
from tests.e2e.museum import FORMS, WAITING, definitions
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


def poisoned(mock: str) -> dict[str, Any]:
    """The museum's documents with a payload in every field that takes text; the APIs answer what they are asked."""
    made = definitions(mock)
    for number, document in enumerate(made["api"] + made["step"] + made["system"]):
        document |= {"desc": ALL, "name": PAYLOADS[number % len(PAYLOADS)], "note": ALL}
    for api in made["api"]:
        api |= {"result": {"name": ALL, PAYLOADS[0]: PAYLOADS[1]}, "headers": {"X-Note": PAYLOADS[0]}}
    for system in made["system"]:
        system["def_args"] = {"name": ALL, PAYLOADS[1]: {PAYLOADS[2]: list(PAYLOADS)}}
    for number, task in enumerate(made["task"]):
        labels = [payload[:60] for payload in PAYLOADS]
        task |= {"name": PAYLOADS[number], "labels": labels, "args": {"name": ALL[:1500], PAYLOADS[0]: PAYLOADS[1]}}
    return made


@pytest.fixture(scope="module")
def stepline(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    with running_stepline(tmp_path_factory.mktemp("hostile")) as running:
        yield running


@pytest.fixture(scope="module")
def context(browser: Browser, stepline: Running, tmp_path_factory: pytest.TempPathFactory) -> Iterator[BrowserContext]:
    """Of an admin, with everything loaded, started and told."""
    file = tmp_path_factory.mktemp("documents") / "hostile.json"
    file.write_text(json.dumps(poisoned(stepline.mock)), encoding="utf-8")
    stepline.command("load", str(file)).check_returncode()
    state = sign_in(browser, stepline)
    with browser.new_context(storage_state=state, viewport={"width": DESK, "height": 900}) as context:
        for path, fields in FORMS:
            assert post(context, stepline.url + path, **fields).ok, path
        for path, fields in spoken().items():
            post(context, stepline.url + path, **fields)
        yield context


def spoken() -> dict[str, dict[str, str]]:
    """Forms that take what is typed, to be told of as events or said again in the page of a refusal."""
    return {
        f"/tasks/{WAITING}/steps/hold/skip": {"response": "{}", "reason": ALL},
        "/settings": {"language": ALL[:60], "zone": ALL, "theme": PAYLOADS[0], "rows": PAYLOADS[1]},
        "/users": {"name": PAYLOADS[0], "role": PAYLOADS[1]},
    }


@pytest.mark.parametrize("address", addresses(), ids=lambda address: address.name)
def test_a_page_shows_what_is_hostile_as_text(context: BrowserContext, stepline: Running, address: Address):
    with context.new_page() as page:
        watched = Watched(page)
        page.goto(stepline.url + address.path)
        page.evaluate("document.querySelectorAll('details').forEach((one) => { one.open = true; })")
        assert page.evaluate("window.hit") is None
        assert page.evaluate("document.documentElement.scrollWidth") <= DESK
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
