"""The way of a new user, through the pages alone: a secret, five APIs, four steps, a system, a rehearsal, a task.

The test walks it to see that it leads to the end; the pictures of the guide are taken on it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from playwright.sync_api import Locator, Page, expect

from mock_api.shop import KEY, KEY_HEADER

Take = Callable[[Page, str], None]
"""Takes a picture of what there is to see now."""
AS_SHIPPED, AS_DELIVERED = '"state": "shipped"', '"state": "delivered"'


@dataclass(frozen=True)
class Call:
    """An API: what is pasted, what its test call is made with, and what the answer says once it is worth keeping."""

    id: str
    desc: str
    path: str
    body: str = ""
    tried: Mapping[str, str] = field(default_factory=dict)
    answers: str = ""

    def curl(self, mock: str) -> str:
        command = f"curl '{mock}/shop/{self.path}' -H '{KEY_HEADER}: $$SECRET.shop_key'"
        return f"{command} --json '{self.body}'" if self.body else command


@dataclass(frozen=True)
class Work:
    """A step: its calls with their conditions, the paths it publishes, and args that it takes from earlier steps."""

    id: str
    desc: str
    calls: Mapping[str, str]
    publishes: tuple[str, ...]
    args: Mapping[str, str] = field(default_factory=dict)


CALLS = (
    Call("stock", "How many are left, and at what price", "stock/{sku}", tried={"sku": "lamp"}, answers='"left": 7'),
    Call("place-order", "Orders something", "orders", '{"sku": "lamp", "count": 2}', answers='"total": 80.0'),
    Call("pay", "Pays an order", "orders/{order}/payment", '{"amount": 80.0}', {"order": "o1"}, '"receipt": "r1"'),
    Call("order-state", "What became of an order", "orders/{order}", tried={"order": "o1"}, answers=AS_SHIPPED),
    Call("track", "Where a parcel is", "parcels/{parcel}", tried={"parcel": "p1"}, answers=AS_DELIVERED),
)
BUY = Work(
    "buy",
    "Orders it, if there is any left",
    {"stock": "result.left > 0", "place-order": "result.state == 'open'"},
    ("result.id", "result.total"),
)
BOUGHT = {"order": "buy.id"}
WORKS = (
    BUY,
    Work("settle", "Pays it", {"pay": "result.receipt"}, ("result.receipt",), BOUGHT | {"amount": "buy.total"}),
    Work("ship", "Waits for the parcel", {"order-state": "result.state == 'shipped'"}, ("result.parcel",), BOUGHT),
    Work("deliver", "Waits until it is there", {"track": "result.state == 'delivered'"}, ("result.carrier",)),
)
SYSTEM = "shopping"
ARGS = {"sku": "chair", "count": 3}


def no_picture(page: Page, name: str) -> None:
    """Who only walks the way takes none."""


def walk(page: Page, url: str, mock: str, take: Take = no_picture) -> None:
    """From the first page after signing in to a task that is DONE."""
    expect(page.locator("h1")).to_have_text("Welcome to Stepline")
    take(page, "home")
    set_the_secret(page, url, take)
    for call in CALLS:
        define_the_api(page, url, call, mock, take)
    for work in WORKS:
        define_the_step(page, url, work, take)
    put_the_system_together(page, url, take)
    rehearse(page, take)
    run_a_task(page, take)


def set_the_secret(page: Page, url: str, take: Take) -> None:
    page.goto(f"{url}/secrets")
    page.locator("#name").fill("shop_key")
    page.locator("#value").fill(KEY)
    page.get_by_role("button", name="Set it").click()
    expect(page.locator("#secret-shop_key")).to_be_visible()
    take(page, "secret")


def define_the_api(page: Page, url: str, call: Call, mock: str, take: Take) -> None:
    page.goto(f"{url}/apis/new")
    page.locator("#curl").fill(call.curl(mock))
    take(page, f"curl-{call.id}")
    page.get_by_role("button", name="Fill the form").click()
    expect(page.locator("#id")).to_be_focused()
    page.locator("#id").fill(call.id)
    page.locator("#desc").fill(call.desc)
    page.locator("#interval").fill("1 s")
    for arg, value in call.tried.items():
        page.locator("#try").get_by_label(arg).fill(value)
    try_until(page, call.answers)
    take(page, f"tried-{call.id}")
    page.get_by_role("button", name="Use this as the sample").click()
    expect(page.locator("#result")).to_have_value(re.compile(re.escape(call.answers)))
    page.locator(".new-side").get_by_role("button", name="Save").click()
    expect(page.locator("h1")).to_have_text(call.id)
    take(page, f"api-{call.id}")


def try_until(page: Page, answers: str) -> None:
    """Sends test calls until one is answered so; the shop needs two that come too early."""
    for _ in range(3):
        if page.locator("#sure").count():
            page.locator("#sure").check()
        with page.expect_navigation():
            page.get_by_role("button", name="Send a test call").click()
        if answers in page.locator("#tried").inner_text():
            return
    expect(page.locator("#tried")).to_contain_text(answers)


def define_the_step(page: Page, url: str, work: Work, take: Take) -> None:
    page.goto(f"{url}/steps/new")
    page.locator("#id").fill(work.id)
    page.locator("#desc").fill(work.desc)
    page.get_by_label("minutes").fill("5")
    for number, (call, condition) in enumerate(work.calls.items()):
        if number:
            page.get_by_role("button", name="Add a link").click()
            expect(page.locator(".link-card")).to_have_count(number + 1)
        fill_the_link(page.locator(".link-card").nth(number), call, condition, work.args)
    for number, path in enumerate(work.publishes):
        page.get_by_title(f"Put {path} into the response").last.click()
        expect(page.locator(".out")).to_have_count(number + 1)
    expect(page.locator(".verdict")).to_contain_text("Nothing is wrong")
    take(page, f"step-{work.id}")
    page.locator(".save-box").get_by_role("button", name="Save").click()
    expect(page.locator("h1")).to_have_text(work.id)


def fill_the_link(card: Locator, call: str, condition: str, args: Mapping[str, str]) -> None:
    card.get_by_label("API").fill(call)
    expect(card.locator(".endpoint")).to_be_visible()
    for arg, value in args.items():
        card.get_by_label(f"How {arg} of {call} is given").select_option(label="earlier value")
        card.get_by_label(f"Value of {arg} of {call}").fill(value)
    card.locator(".judged .cm-content").first.click()
    card.page.keyboard.insert_text(condition)
    card.page.keyboard.press("Escape")  # what is offered to complete it
    expect(card.locator(".told-trial")).to_contain_text("It holds")
    expect(card.locator(".parts code").first).to_be_visible()


def put_the_system_together(page: Page, url: str, take: Take) -> None:
    page.goto(f"{url}/systems/new")
    page.locator("#id").fill(SYSTEM)
    page.locator("#name").fill("Buy in the shop")
    for work in WORKS:
        page.get_by_role("button", name=f"Add {work.id}", exact=True).click()
        expect(page.locator(f'[id="item.{work.id}"]')).to_be_visible()
    page.get_by_role("button", name="Add the arg sku").click()
    expect(page.get_by_label("Name of arg 1")).to_have_value("sku")
    page.get_by_label("Name of arg 2").fill("count")
    expect(page.get_by_label("Name of arg 3")).to_be_visible()
    page.get_by_label("Value of count").fill("1")
    expect(page.locator(".verdict")).to_contain_text("Nothing is wrong")
    expect(page.locator("#map-wires path")).to_have_count(4)
    take(page, "system")
    page.get_by_role("button", name="Save the system").click()
    expect(page.locator("h1")).to_have_text("Buy in the shop")


def rehearse(page: Page, take: Take) -> None:
    page.get_by_role("link", name="Rehearse").click()
    page.get_by_label("sku").fill("lamp")
    page.get_by_label("How order-state answers").select_option("not_ready")
    page.locator('[name="times.order-state"]').fill("3")
    page.get_by_role("button", name="Rehearse", exact=True).click()
    expect(page.locator("#outcome-head")).to_contain_text("done")
    take(page, "rehearsal")


def run_a_task(page: Page, take: Take) -> None:
    page.get_by_role("link", name=SYSTEM, exact=True).click()
    page.locator("main").get_by_role("link", name="New task").click()
    page.locator("#name").fill("Chairs for the office")
    for arg, value in ARGS.items():
        page.locator(".given").get_by_label(arg).fill(str(value))
    expect(page.locator(".preview-problems")).to_have_count(0)
    take(page, "new-task")
    page.get_by_role("button", name="Create the task").click()
    badge = page.locator("#task .status").first
    expect(page.get_by_text("Every step has passed")).to_be_visible(timeout=30_000)
    expect(badge).to_contain_text("DONE")
    take(page, "task")
