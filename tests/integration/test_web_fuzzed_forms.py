"""Whatever a browser, or somebody who is no browser, puts into a form is answered: never a 500, never lost."""

from __future__ import annotations

import os
import random
from dataclasses import dataclass, field
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from werkzeug.datastructures import MultiDict

from engine.model import Role
from tests.integration.conftest import Pages
from tests.stage import Stage

PAGES = (
    "/apis/new", "/apis/api5/edit", "/steps/new", "/steps/step4/edit", "/systems/new", "/systems/systemid/edit",
    "/systems/systemid/rehearse", "/tasks/new?system=systemid", "/tasks/batch",
    "/code", "/settings", "/account",
)  # fmt: skip
EDITORS = (
    "/apis/api5/edit",
    "/steps/step4/edit",
    "/systems/systemid/edit",
    "/systems/systemid/rehearse",
    "/tasks/new?system=systemid",
)
NASTY = (
    "", " ", "\x00", "0", "-1", "1e999", "NaN", "99999999999999999999", "null", "[]", "{}", '{"a":', "[" * 3000,
    "{" * 40, '{"a": 1, "a": 2}', '"\\ud800"', "\ufeff", "\u202e\u2028", "中文", "a/b", "../..", "a.b.c", "$$",
    "$$step1", "$$step1.", "$$step1.name.x[9]", "$$SECRET.x", "$CODE(", "$CODE(1/0)", "$CODE('x'*10**9)",
    "result.", "result[", "result.a.b.c > 1", "__import__('os')", "(lambda: 0)()", "1 if", "while True: pass",
    "http://[::1", "http://{", "http://{a}/{a}", "http://h:99999/", "file:///etc/passwd",
    "<script>alert(1)</script>", "{{ 7*7 }}", "%(x)s %s %", "x" * 20_000, "1 d 2 h", "5 fortnights", "🙂", "on",
    "yes", "systemid", "step1", "api1", "2026-13-45T99:99", "-0", "0x10", "1_000", "١", "true\nfalse", "'; --",
    "\r\nX: y",
)  # fmt: skip


ROUNDS = int(os.environ.get("STEPLINE_ROUNDS", "8"))


@dataclass
class Form:
    action: str
    fields: list[tuple[str, str]] = field(default_factory=list)
    typed: set[str] = field(default_factory=set)
    """Names of the fields that a person writes into."""
    actions: list[tuple[str, str, str]] = field(default_factory=list)
    """Of its buttons: where each sends the form, its name and value."""


class FormReader(HTMLParser):
    """The forms of a page that are posted, with what a browser would send."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.forms: list[Form] = []
        self._open: Form | None = None
        self._area: str | None = None
        self._select = ""
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "form":
            self._open = Form(given.get("action", "")) if given.get("method") == "post" else None
            self.forms += [self._open] if self._open else []
        if self._open is None:
            return
        name = given.get("name", "")
        if tag == "input" and name and given.get("type") not in ("file", "submit"):
            self._open.fields.append((name, given.get("value", "")))
            if given.get("type", "text") in ("text", "search", "url"):
                self._open.typed.add(name)
        elif tag == "textarea" and name:
            self._open.typed.add(name)
            self._open.fields.append((name, ""))
            self._area = ""
        elif tag == "select":
            self._select = name
            self._open.fields.append((name, ""))
        elif tag == "option" and "selected" in given and self._select:
            self._open.fields[-1] = (self._select, given.get("value", ""))
        elif tag == "button":
            where = given.get("formaction", "") or self._open.action
            self._open.actions.append((where.partition("#")[0], name, given.get("value", "")))

    def handle_data(self, data: str) -> None:
        if self._area is not None:
            self._area += data

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._open = None
        if tag == "textarea" and self._open and self._area is not None:
            self._open.fields[-1] = (self._open.fields[-1][0], self._area.removeprefix("\n"))
            self._area = None


@pytest.fixture
def editor(stage: Stage, seed: dict[str, Any], tmp_path: Path) -> Pages:
    stage.load(seed)
    pages = Pages(stage, tmp_path)
    pages.sign_in(role=Role.EDITOR)
    return pages


def spoilt(fields: list[tuple[str, str]], dice: random.Random) -> list[tuple[str, str]]:
    """Some with other values, some left out, some twice."""
    told = list(fields)
    for _ in range(dice.randint(1, 3)):
        places = [place for place, (name, _value) in enumerate(told) if name != "csrf_token"]
        if not places:
            break
        place = dice.choice(places)
        name = told[place][0]
        act = dice.random()
        if act < 0.8:
            told[place] = (name, dice.choice(NASTY))
        elif act < 0.9:
            del told[place]
        else:
            told.append((name, dice.choice(NASTY)))
    return told


@pytest.mark.parametrize("page", PAGES)
def test_whatever_a_form_is_sent_is_answered(editor: Pages, page: str):
    dice = random.Random(page)
    forms = [form for form in FormReader(editor.get(page).text).forms if "/sign" not in form.action]
    assert forms
    for _ in range(ROUNDS):
        form = dice.choice(forms)
        where, name, value = dice.choice(form.actions or [(form.action, "", "")])
        fields = spoilt(form.fields, dice) + ([(name, value)] if name else [])
        response = editor.client.post(where or page, data=MultiDict(fields))
        assert response.status_code < 500, (where, fields)


@pytest.mark.parametrize("page", EDITORS)
def test_what_was_typed_stays_in_a_form_that_is_refused(editor: Pages, page: str):
    dice = random.Random(page)
    form = longest_form(editor.get(page).text)
    for _ in range(ROUNDS):
        place = dice.choice([place for place, (name, _value) in enumerate(form.fields) if name in form.typed])
        name, typed = form.fields[place][0], dice.choice(NASTY)
        fields = [*form.fields[:place], (name, typed), *form.fields[place + 1 :]]
        response = editor.client.post(form.action or page, data=MultiDict(fields))
        if response.status_code == 303:  # it was saved
            form = longest_form(editor.get(page).text)
        else:
            after = dict(longest_form(response.text).fields)
            assert one_line_end(after.get(name, "")) == one_line_end(typed), (name, typed, response.status_code)


def one_line_end(text: str) -> str:
    return text.replace("\r\n", "\n")


def longest_form(html: str) -> Form:
    return max(FormReader(html).forms, key=lambda form: len(form.fields))
