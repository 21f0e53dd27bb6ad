"""A small shop: five endpoints behind a key, whose orders are packed and whose parcels travel while one asks."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from .apis import BadArgument

KEY_HEADER = "X-Api-Key"
KEY = "let-me-shop"
POLLS = 2  # questions that are answered "not yet" before an order is shipped, and before a parcel is delivered
PRICES = {"book": 12.5, "lamp": 40.0, "chair": 99.0}
STOCK = 7


class Refused(Exception):
    """What was asked cannot be had; `status` is HTTP's word for it."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status


@dataclass
class Order:
    """`asked` and `parcel_asked` count the questions since it was paid, and since it was shipped."""

    number: int
    sku: str
    count: int
    paid: bool = False
    asked: int = 0
    parcel_asked: int = 0

    @property
    def total(self) -> float:
        return PRICES[self.sku] * self.count

    @property
    def state(self) -> str:
        if not self.paid:
            return "open"
        return "shipped" if self.asked > POLLS else "packing"

    def as_json(self) -> dict[str, Any]:
        parcel = f"p{self.number}" if self.state == "shipped" else None
        return {"id": f"o{self.number}", "state": self.state, "total": self.total, "parcel": parcel}


@dataclass
class Shop:
    """All of its orders. The same Idempotency-Key is one order, however often it is sent."""

    orders: list[Order] = field(default_factory=list)
    by_key: dict[str, Order] = field(default_factory=dict)

    def stock(self, sku: str) -> dict[str, Any]:
        return {"sku": sku, "left": STOCK, "price": _price(sku)}

    def place(self, sku: str, count: int, key: str | None) -> dict[str, Any]:
        _price(sku)
        if not 1 <= count <= STOCK:
            raise Refused(409, f"count must be from 1 to {STOCK}, as so many are left")
        order = self.by_key.get(key or "") or self._new(sku, count)
        if key:
            self.by_key[key] = order
        return order.as_json()

    def order(self, number: str) -> dict[str, Any]:
        order = self._found("o", number)
        order.asked += order.paid
        return order.as_json()

    def pay(self, number: str, amount: float) -> dict[str, Any]:
        order = self._found("o", number)
        if amount != order.total:
            raise Refused(422, f"amount must be {order.total}, the total of {number}")
        order.paid = True
        return {"receipt": f"r{order.number}", "amount": order.total}

    def parcel(self, number: str) -> dict[str, Any]:
        order = self._found("p", number)
        order.parcel_asked += 1
        state = "delivered" if order.parcel_asked > POLLS else "on its way"
        return {"id": number, "state": state, "carrier": "Snail & Sons"}

    def _new(self, sku: str, count: int) -> Order:
        self.orders.append(Order(len(self.orders) + 1, sku, count))
        return self.orders[-1]

    def _found(self, letter: str, number: str) -> Order:
        found = [order for order in self.orders if f"{letter}{order.number}" == number]
        if not found or (letter == "p" and found[0].state != "shipped"):
            raise Refused(404, f"there is no {number}")
        return found[0]


def _price(sku: str) -> float:
    if sku not in PRICES:
        raise Refused(404, f"there is no {sku}; there are {', '.join(PRICES)}")
    return PRICES[sku]


def _given(args: Mapping[str, Any], name: str, kind: Callable[[Any], Any], wanted: str) -> Any:
    if args.get(name) in (None, ""):
        raise BadArgument(name, "is required")
    try:
        return kind(args[name])
    except (TypeError, ValueError):
        raise BadArgument(name, f"must be {wanted}, not {args[name]!r}") from None


@dataclass(frozen=True)
class Endpoint:
    """`answer` gets the shop, the args of path, query and body together, and the Idempotency-Key."""

    method: str
    path: str
    about: str
    answer: Callable[[Shop, Mapping[str, Any], str | None], dict[str, Any]]


ENDPOINTS = {
    "stock": Endpoint(
        "GET", "/shop/stock/<sku>", f"how many are left, and the price of one: {', '.join(PRICES)}",
        lambda shop, args, _key: shop.stock(args["sku"]),
    ),
    "place": Endpoint(
        "POST", "/shop/orders", 'JSON {"sku": "lamp", "count": 2}: an order, its id and total',
        lambda shop, args, key: shop.place(
            _given(args, "sku", str, "text"), _given(args, "count", int, "an integer"), key
        ),
    ),
    "order": Endpoint(
        "GET", "/shop/orders/<id>", f"open, then packing, and shipped once paid and asked {POLLS} times: its parcel",
        lambda shop, args, _key: shop.order(args["id"]),
    ),
    "pay": Endpoint(
        "POST", "/shop/orders/<id>/payment", 'JSON {"amount": 80.0}: a receipt; the amount must be the total',
        lambda shop, args, _key: shop.pay(args["id"], _given(args, "amount", float, "a number")),
    ),
    "parcel": Endpoint(
        "GET", "/shop/parcels/<id>", f"on its way, and delivered once asked {POLLS} times",
        lambda shop, args, _key: shop.parcel(args["id"]),
    ),
}  # fmt: skip
