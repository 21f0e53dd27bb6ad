"""中文 from end to end: what the pages say themselves is said in the reader's language, and counted down in it."""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Iterator
from io import StringIO
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.countdowns import COUNTDOWNS
from tests.e2e.addresses import Address, addresses
from tests.e2e.conftest import Running
from tests.e2e.museum import TASKS, definitions

SENTENCE = re.compile(r"[A-Za-z][A-Za-z']*(?: [A-Za-z][A-Za-z']*){3,}")
"""Four English words in a row: none of ours, unless they are somebody's data."""
NAMES = re.compile(r"\b(?:send|post|name)\b")
"""Of the museum's things, as they stand within a sentence of the engine."""
MESSAGES = frozenset({"procmmsg", "process_msg", "attention", "message", "asks"})
"""Fields of a task in which the engine says something."""
READ = """() => {
    const data = "code, kbd, pre, script, style, svg, datalist, [lang]:not(html)", found = [document.title];
    const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    while (texts.nextNode()) if (!texts.currentNode.parentElement.closest(data)) found.push(texts.currentNode.data);
    for (const name of ["alt", "aria-label", "data-confirm", "data-label", "placeholder", "title"])
        for (const one of document.querySelectorAll(`[${name}]`)) found.push(one.getAttribute(name));
    return found;
}"""


@pytest.fixture(scope="module")
def contexts(browser: Browser, signed_in: Any) -> Iterator[dict[bool, BrowserContext]]:
    """Chinese browsers: that of a stranger (True) and that of who has signed in."""
    options: dict[str, Any] = {"locale": "zh-CN", "reduced_motion": "reduce"}
    with browser.new_context(**options) as strange, browser.new_context(storage_state=signed_in, **options) as known:
        yield {True: strange, False: known}


@pytest.fixture(scope="module")
def written(museum: Running, contexts: dict[bool, BrowserContext]) -> str:
    """What people and APIs have written, other tests too: data to the pages. What the engine says of it is not."""
    asked = contexts[False].request
    tasks = [asked.get(f"{museum.url}/tasks/{id_}.json").json() for id_ in TASKS]
    listed = csv.DictReader(StringIO(asked.get(f"{museum.url}/tasks/export.csv").text()))
    defined = asked.get(f"{museum.url}/code/download?as=json").json()
    return json.dumps([definitions(""), defined, [task["name"] for task in listed], *map(_without_messages, tasks)])


def _without_messages(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _without_messages(one) for key, one in value.items() if key not in MESSAGES}
    return [_without_messages(one) for one in value] if isinstance(value, list) else value


@pytest.mark.parametrize("address", addresses(), ids=lambda address: address.name)
def test_a_page_says_nothing_in_english(contexts, museum: Running, written: str, address: Address):
    with contexts[address.stranger].new_page() as page:
        page.goto(museum.at(address))
        expect(page.locator("html")).to_have_attribute("lang", "zh")
        assert english_in(page, written) == []


def english_in(page: Page, written: str) -> list[str]:
    said = [" ".join(text.split()) for text in page.evaluate(READ)]
    runs = [part.strip() for text in said for run in SENTENCE.findall(text) for part in NAMES.split(run)]
    return [run for run in runs if SENTENCE.fullmatch(run) and run not in written]


def test_a_wrong_password_is_refused_in_the_reader_s_language(contexts, stepline: Running):
    with contexts[True].new_page() as page:
        page.goto(f"{stepline.url}/sign-in")
        page.get_by_label("名称").fill("nobody")
        page.get_by_label("密码").fill("correct horse battery")
        page.get_by_role("button", name="登录").click()
        expect(page.get_by_role("alert")).to_contain_text("用户名与密码不匹配")
        assert english_in(page, "") == []


def test_the_way_in_offers_each_language_under_its_own_name(browser: Browser, stepline: Running):
    with browser.new_context(locale="en-GB") as context, context.new_page() as page:
        page.goto(f"{stepline.url}/sign-in?next=/users")
        page.get_by_role("link", name="中文").click()
        expect(page.get_by_role("heading", name="登录")).to_be_visible()
        page.get_by_role("link", name="English").click()
        expect(page.get_by_role("heading", name="Sign in")).to_be_visible()
        assert page.locator("input[name=next]").input_value() == "/users"


@pytest.mark.parametrize("language", COUNTDOWNS)
def test_the_browser_counts_down_in_the_words_of_the_server(browser: Browser, stepline: Running, language: str):
    table = COUNTDOWNS[language]
    with browser.new_context(locale=language) as context, context.new_page() as page:
        page.clock.set_fixed_time("2026-03-01T12:00:00Z")
        page.goto(f"{stepline.url}/sign-in")
        texts = page.evaluate(
            """(offsets) => offsets.map((offset) => {
                const now = Date.parse(document.querySelector("meta[name=server-time]").content);
                const clock = document.body.appendChild(document.createElement("time"));
                clock.dataset.deadline = new Date(now + offset * 1000).toISOString();
                document.dispatchEvent(new Event("htmx:after:swap"));
                return clock.textContent;
            })""",
            list(table),
        )
    assert dict(zip(table, texts, strict=True)) == table
