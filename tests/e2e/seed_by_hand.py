"""The seed's system from nothing, through the pages alone: six APIs, four steps, the system, a rehearsal, a task.

Each of its definitions gets an id of its own, so that whoever walks finds nothing of it there. What is the same by
mouse and by keyboard is here; the two ways of moving things are the walker's (`Moves`).
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from playwright.sync_api import Locator, Page, expect

from mock_api import SAMPLE
from mock_api.apis import APIS
from tests.e2e.hands import Hands

Document = dict[str, Any]
PATIENCE_MS = 30_000
ROUNDS, LAST_NAME = 4, "****"
SEED = json.loads(SAMPLE.read_text(encoding="utf-8"))
LOOP = SEED["task"][0]["step_info"]["step1"]["api_status"]["api1"]


@dataclass(frozen=True)
class Seed:
    """The seed's documents with `mark` before each id, their calls going to `mock`.

    `known`: the APIs are those of the sample, which are there already.
    """

    mark: str
    mock: str
    known: bool = False

    def id(self, of: str) -> str:
        return of if self.known and of in APIS else f"{self.mark}_{of}"

    @property
    def apis(self) -> list[Document]:
        return (
            []
            if self.known
            else [one | {"_id": self.id(one["_id"]), "url": f"{self.mock}/{one['_id']}"} for one in SEED["api"]]
        )

    @property
    def steps(self) -> list[Document]:
        return [self._step(one) for one in SEED["step"]]

    @property
    def system(self) -> Document:
        return SEED["system"][0] | {"_id": self.id("system"), "step": self._flow(SEED["system"][0]["step"])}

    def _step(self, step: Document) -> Document:
        links = [self._link(link) for link in step["checklink"]]
        response = {key: one | {"fromapi": self.id(one["fromapi"])} for key, one in step["response"].items()}
        span = step["expect_span"] | {"minute": 0}  # which the form has a field for
        return step | {"_id": self.id(step["_id"]), "checklink": links, "response": response, "expect_span": span}

    def _link(self, link: Document) -> Document:
        use = link["api"]["val"] | {"_id": self.id(link["api"]["val"]["_id"])}
        return link | {"_id": self.id(link["_id"]), "api": link["api"] | {"val": use}}

    def _flow(self, flow: Any) -> Any:
        if isinstance(flow, list):
            return [self._flow(one) for one in flow]
        return flow | {"_id": self.id(flow["_id"])}


@dataclass(frozen=True)
class Moves:
    """How things are put in order: by dragging them, or with keys."""

    lift_last: Callable[[Page], None]
    """The last link of a step above the one before it."""
    nest: Callable[[Page, Seed], None]
    """Of the steps 1, 4, 2, 3 in a row: the fourth to the end, then the third beside the second."""


def expect_answer(name: str) -> dict[str, Any]:
    """What the mock says of that name, along the seed's four steps."""
    age, sex = APIS["api2"].answer(name), APIS["api3"].answer(name)
    isold = APIS["api4"].answer(age)
    grade, msg = APIS["api5"].answer(age, name, sex), APIS["api6"].answer(name, isold)
    return {
        "step1.name": name,
        "step2.age": age,
        "step2.sex": sex,
        "step3.isold": isold,
        "step4.grade": grade,
        "step4.msg": msg,
    }


# -- APIs


def define_the_api(hands: Hands, api: Document) -> None:
    page = hands.page
    hands.enter("APIs", "a")
    hands.press(page.get_by_role("link", name="New API"))
    hands.write(page.locator("#id"), api["_id"])
    hands.choose(page.locator("#method"), api["method"])
    hands.write(page.locator("#url"), api["url"])
    for number, (name, arg) in enumerate(api["args"].items()):
        hands.press(page.locator("#add-arg"))
        field = page.locator(f'[id="arg.{number}.name"]')
        expect(field).to_be_focused()
        hands.write(field, name)
        hands.choose(page.locator(f'[id="arg.{number}.type"]'), arg["type"])
    hands.write(page.locator("#interval"), f"{api['interval']} s")
    hands.write(page.get_by_role("textbox", name="Sample of its answer"), json.dumps(api["result"]))
    expect(page.locator(".verdict")).to_contain_text("Nothing is wrong")
    hands.press(page.locator(".new-side").get_by_role("button", name="Save"))
    expect(page.locator("h1")).to_have_text(api["_id"])


# -- steps


def define_the_step(hands: Hands, step: Document, moves: Moves) -> None:
    """The links come last first, and are put in order then."""
    page = hands.page
    hands.enter("Steps", "p")
    hands.press(page.get_by_role("link", name="New step"))
    hands.write(page.locator("#id"), step["_id"])
    hands.write(page.locator("#desc"), step["desc"])
    hands.write(page.get_by_label("days"), str(step["expect_span"]["day"]))
    for number, link in enumerate(reversed(step["checklink"])):
        if number:
            hands.press(page.get_by_role("button", name="Add a link"))
            expect(page.locator(".link-card")).to_have_count(number + 1)
        write_the_link(hands, page.locator(".link-card").nth(number), link)
    if len(step["checklink"]) > 1:
        moves.lift_last(page)
    expect(page.locator(".link-card h3")).to_have_text(
        [f"{number}. {link['_id']}" for number, link in enumerate(step["checklink"], start=1)]
    )
    for number, (key, source) in enumerate(step["response"].items()):
        publish(hands, number, key, source)
    expect(page.locator(".verdict")).to_contain_text("Nothing is wrong")
    hands.press(page.locator(".save-box").get_by_role("button", name="Save"))
    expect(page.locator("h1")).to_have_text(step["_id"])


def write_the_link(hands: Hands, card: Locator, link: Document) -> None:
    hands.write(card.get_by_label("API"), link["api"]["val"]["_id"])
    expect(card.locator(".endpoint")).to_be_visible()
    hands.write(card.get_by_role("textbox", name="Done when"), link["condition"]["val"])
    hands.press(card.get_by_text("When it is tried again"))
    hands.write(card.get_by_label("Try again after"), str(link["api"]["val"]["interval"]))
    expect(card.locator(".parts code").first).to_be_visible()


def publish(hands: Hands, number: int, key: str, source: Mapping[str, str]) -> None:
    """A value that the sample has is picked in it; another one is written."""
    page = hands.page
    card = page.locator(".link-card", has=page.get_by_role("heading", name=source["fromapi"]))
    row = page.locator(".out").nth(number)
    if (in_sample := card.get_by_title(f"Put {source['key']} into the response")).count():
        hands.press(in_sample)
    else:
        hands.press(page.get_by_role("button", name="Add a value"))
        expect(row).to_be_visible()
        hands.write(row.get_by_label("Name"), key)
        hands.choose(row.get_by_label("Call"), source["fromapi"])
        hands.write(row.get_by_role("textbox", name="What is read"), source["key"])
    expect(row.locator("input.code").first).to_have_value(key)
    expect(row.locator("textarea")).to_have_value(source["key"])


# -- the system


def put_the_system_together(hands: Hands, seed: Seed, moves: Moves) -> None:
    page = hands.page
    hands.enter("Systems", "s")
    hands.press(page.get_by_role("link", name="New system"))
    hands.write(page.locator("#id"), seed.system["_id"])
    hands.write(page.locator("#name"), seed.system["name"])
    for step in ("step1", "step4", "step2", "step3"):
        add_the_step(hands, seed.id(step))
    moves.nest(page, seed)
    expect(page.locator(".tree-group .tree-item")).to_have_count(2)
    for step in ("step1", "step2", "step3", "step4"):
        hands.write(page.get_by_label(f"What {seed.id(step)} is called here"), step)
    expect(page.locator(".verdict")).to_contain_text("Nothing is wrong")
    expect(page.locator("#map-wires path")).to_have_count(8)
    hands.press(page.get_by_role("button", name="Save the system"))
    expect(page.locator("h1")).to_have_text(seed.system["name"])


def add_the_step(hands: Hands, step: str) -> None:
    page = hands.page
    hands.write(page.locator("#find"), step)
    expect(page.locator("#found button")).to_have_count(1)
    hands.press(page.get_by_role("button", name=f"Add {step}", exact=True))
    expect(page.locator(f'[id="item.{step}"]')).to_be_visible()


def saved(page: Page) -> Document:
    """The definition whose page this is."""
    document: Document = json.loads(page.locator("details.panel pre").last.text_content() or "")
    return document


# -- the rehearsal


def rehearse(hands: Hands, seed: Seed) -> None:
    """Two APIs have no sample that their steps would be content with, so that it is said what they answer."""
    page = hands.page
    hands.press(page.get_by_role("link", name="Rehearse"))
    hands.write(page.locator('[name="given.name"]'), "arg1")
    answers = {"api2": {"age": "41"}, "api3": {"sex": "female"}, "api6": {"msg": "not old yet"}}
    for api, answer in answers.items():
        hands.choose(page.get_by_label(f"How {seed.id(api)} answers"), "this answer")
        hands.write(page.get_by_role("textbox", name=f"The answer of {seed.id(api)}, as JSON"), json.dumps(answer))
    hands.press(page.get_by_role("button", name="Rehearse", exact=True))
    expect(page.locator("#outcome-head")).to_contain_text("done")
    values = page.locator(".rehearse-outcome .values-table")
    for value in ("test", "41", "female", "true", "xxx", "not old yet"):
        expect(values.locator(".is-published td code").filter(has_text=value).first).to_be_visible()


# -- the task


def run_the_task(hands: Hands, seed: Seed, name: str) -> None:
    """As the seed's own: its first call loops four times, and code says what for."""
    page = hands.page
    hands.press(page.locator("nav.crumbs").get_by_role("link", name=seed.system["_id"]))
    hands.press(page.locator("main").get_by_role("link", name="New task"))
    hands.write(page.locator("#name"), name)
    step, link = seed.id("step1"), seed.id("api1")
    hands.press(page.locator(f'[id="step.{step}"] > summary'))
    hands.choose(page.get_by_label(f"How name of {step}/{link} is given"), "code")
    value = page.get_by_label(f"Value of name of {step}/{link}")
    hands.write(value, LOOP["args"]["name"].removeprefix("$CODE"))
    hands.choose(page.locator(f'[name="type.{step}.{link}"]'), "per round (LOOP)")
    hands.write(page.locator(f'[name="largs.{step}.{link}"]'), LOOP["largs"])
    hands.write(page.locator(f'[name="lresult.{step}.{link}"]'), LOOP["lresult"])
    hands.write(page.locator('[name="given.n"]'), str(ROUNDS))
    expect(page.locator(".preview .verdict")).to_contain_text("Nothing is missing")
    hands.press(page.get_by_role("button", name="Create the task"))
    expect(page.locator("h1")).to_have_text(name)
    expect(page.locator(".task-state .status")).to_have_text("DONE", timeout=PATIENCE_MS)


def expect_values(page: Page, seed: Seed) -> None:
    for place, value in expect_answer(LAST_NAME).items():
        step, key = place.split(".")
        shown = page.locator(f'[id="value-{seed.id(step)}-{key}"] dd > code')
        expect(shown).to_have_text(json.dumps(value))
