"""The seed's four steps, their APIs and their system are made from nothing in a real browser, rehearsed, and run."""

from __future__ import annotations

from uuid import uuid4

from playwright.sync_api import Page, expect

from engine.model import Api, Step, System
from tests.e2e.conftest import Running
from tests.e2e.hands import Hands, Keyboard, Mouse, drop, lift
from tests.e2e.seed_by_hand import (
    Moves,
    Seed,
    define_the_api,
    define_the_step,
    expect_values,
    put_the_system_together,
    rehearse,
    run_the_task,
    saved,
)


def drag_last_link_up(page: Page) -> None:
    cards = page.locator(".link-card")
    lift(cards.last)
    drop(cards.first)


def drag_the_steps(page: Page, seed: Seed) -> None:
    step2, step3, step4 = (page.locator(f'[id="item.{seed.id(step)}"]') for step in ("step2", "step3", "step4"))
    step4.locator("[draggable]").drag_to(step3, target_position={"x": 60, "y": 55})
    expect(page.locator(".tree-item").last).to_have_id(f"item.{seed.id('step4')}")
    step3.locator("[draggable]").drag_to(step2, target_position={"x": 60, "y": 30})


def press_last_link_up(page: Page) -> None:
    Keyboard(page).press(page.locator(".link-card").last.get_by_role("button", name="up"))


def press_the_steps(page: Page, seed: Seed) -> None:
    keyboard = Keyboard(page)
    step3, step4 = (page.get_by_label(f"What {seed.id(step)} is called here") for step in ("step3", "step4"))
    keyboard.reach(step4)
    for _ in range(2):
        page.keyboard.press("Alt+ArrowDown")
    expect(page.locator(".tree-item").last).to_have_id(f"item.{seed.id('step4')}")
    keyboard.reach(step3)
    page.keyboard.press("Alt+ArrowRight")


def walk(hands: Hands, moves: Moves, seed: Seed) -> None:
    page = hands.page
    for api in seed.apis:
        define_the_api(hands, api)
        assert Api.model_validate(saved(page)) == Api.model_validate(without_debug(api))
    for step in seed.steps:
        define_the_step(hands, step, moves)
        assert Step.model_validate(saved(page)) == Step.model_validate(without_debug(step))
    put_the_system_together(hands, seed, moves)
    assert System.model_validate(saved(page)) == System.model_validate(without_debug(seed.system))
    rehearse(hands, seed)
    run_the_task(hands, seed, f"From nothing, {seed.mark}")
    expect_values(page, seed)


def without_debug(document: dict[str, object]) -> dict[str, object]:
    return {name: value for name, value in document.items() if name != "debug"}


def test_the_seed_is_made_from_nothing_by_mouse_and_runs(page: Page, stepline: Running):
    page.goto(stepline.url)
    walk(Mouse(page), Moves(drag_last_link_up, drag_the_steps), Seed(f"mouse{uuid4().hex[:4]}", stepline.mock))


def test_the_seed_is_made_of_known_apis_by_keyboard_alone_and_runs(page: Page, stepline: Running):
    page.goto(stepline.url)
    seed = Seed(f"keys{uuid4().hex[:4]}", stepline.mock, known=True)
    walk(Keyboard(page), Moves(press_last_link_up, press_the_steps), seed)
