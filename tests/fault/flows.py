"""The systems that the suite runs, and what the checker has to know of them: what comes before what, what feeds what.

Every call names itself in its args (`task`, `at`, `round`) and lists what it was made from (`of`), so that the oracle's
log can be judged without believing the engine.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from tests.systems import a_link, a_step, an_api

Nested = list[Any]
PARKS_S = 0.8
"""The long poll's interval: beyond it a worker sets the task down."""


@dataclass(frozen=True, slots=True)
class Flow:
    """`feeds`: place → the (place, round)s whose nonces its calls are made from, for each of its rounds."""

    nested: Nested
    documents: dict[str, Any]
    feeds: Mapping[str, Mapping[int, tuple[tuple[str, int], ...]]]
    intervals_s: Mapping[str, float]
    asks: frozenset[str]
    """Places whose calls must never be blindly repeated."""
    in_order: frozenset[str] = frozenset()
    """Places whose rounds run one after another."""
    published: Mapping[tuple[str, str], tuple[tuple[str, int], ...]] = field(default_factory=dict)
    """(step, response key) → the (place, round)s whose nonces it holds, in order."""

    @property
    def calls(self) -> int:
        """Of one task, when all goes well and polls count once."""
        return sum(len(rounds) for rounds in self.feeds.values())

    def before(self, step: str) -> frozenset[str]:
        """Steps that must have ended before this one may start."""
        return _before(self.nested)[step]


def _before(nested: Nested) -> dict[str, frozenset[str]]:
    found: dict[str, frozenset[str]] = {}
    _walk(nested, in_sequence=True, passed=frozenset(), found=found)
    return found


def _walk(nested: Nested, in_sequence: bool, passed: frozenset[str], found: dict[str, frozenset[str]]) -> None:
    for child in nested:
        if isinstance(child, str):
            found[child] = passed
        else:
            _walk(child, not in_sequence, passed, found)
        if in_sequence:
            passed |= frozenset(_steps([child]))


def _steps(nested: Nested) -> Iterator[str]:
    for child in nested:
        yield from [child] if isinstance(child, str) else _steps(child)


def _entries(nested: Nested) -> list[Any]:
    """The system's own form: every step an object."""
    return [{"_id": child} if isinstance(child, str) else _entries(child) for child in nested]


# -- the mixed flow ----------------------------------------------------------------------------------

_APIS = {
    "get": {"method": "GET", "interval": 0.3, "timeout_s": 1.5},
    "poll": {"method": "GET", "interval": 0.4, "timeout_s": 1.5},
    "ask": {"method": "POST", "interval": 0.3, "timeout_s": 1.0},
    "again": {"method": "POST", "interval": 0.3, "timeout_s": 1.0, "on_unknown": "retry"},
}
_NESTED: Nested = ["a", ["b", ["c", "d"], ["e", ["f", "g"]]], "h"]


def _call(step: str, link: str, api: str, *of: str, polls: int = 0, **use: Any) -> dict[str, Any]:
    is_loop = "largs" in use
    args = {
        "task": "$TASK._id",
        "at": f"{step}/{link}",
        "round": "$CODEloop.index" if is_loop else 0,
        "of": list(of),
        "polls": polls,
    }
    condition = "" if is_loop else "result.ready"
    return a_link(link, api, condition, args=args, kind="LOOP" if is_loop else "API", **use)


def _mixed_steps() -> list[dict[str, Any]]:
    """`f` waits for `b`'s first value alone, across branches; `e` polls so slowly that the task parks."""
    return [
        a_step("a", _call("a", "l", "get"), response={"nonce": "l result.nonce"}),
        a_step(
            "b",
            _call("b", "first", "get", "$$a.nonce"),
            _call("b", "later", "poll", "$$a.nonce", polls=2),
            response={"first": "first result.nonce", "later": "later result.nonce"},
        ),
        a_step(
            "c",
            _call("c", "l", "get", "$$a.nonce", largs=3, lresult="return [one.nonce for one in result]"),
            response={"nonces": "l result"},
        ),
        a_step("d", _call("d", "l", "ask", "$$c.nonces"), response={"nonce": "l result.nonce"}),
        a_step(
            "e", _call("e", "l", "poll", "$$a.nonce", polls=1, interval=PARKS_S), response={"nonce": "l result.nonce"}
        ),
        a_step("f", _call("f", "l", "get", "$$b.first", "$$e.nonce"), response={"nonce": "l result.nonce"}),
        a_step("g", _call("g", "l", "again", "$$a.nonce", "$$e.nonce"), response={"nonce": "l result.nonce"}),
        a_step(
            "h",
            _call(
                "h", "l", "get", "$CODEloop.item", lparallel=4,
                largs=["$$b.later", "$$d.nonce", "$$f.nonce", "$$g.nonce"],
            ),
        ),
    ]  # fmt: skip


_A, _ROUNDS = (("a/l", 0),), tuple(("c/l", number) for number in range(3))
_LAST = (("b/later", 0), ("d/l", 0), ("f/l", 0), ("g/l", 0))
_FEEDS: dict[str, dict[int, tuple[tuple[str, int], ...]]] = {
    "a/l": {0: ()},
    "b/first": {0: _A},
    "b/later": {0: _A},
    "c/l": dict.fromkeys(range(3), _A),
    "d/l": {0: _ROUNDS},
    "e/l": {0: _A},
    "f/l": {0: (("b/first", 0), ("e/l", 0))},
    "g/l": {0: (*_A, ("e/l", 0))},
    "h/l": {number: (fed,) for number, fed in enumerate(_LAST)},
}
_PUBLISHED: dict[tuple[str, str], tuple[tuple[str, int], ...]] = {
    ("a", "nonce"): _A,
    ("b", "first"): (("b/first", 0),),
    ("b", "later"): (("b/later", 0),),
    ("c", "nonces"): _ROUNDS,
    ("d", "nonce"): (("d/l", 0),),
    ("e", "nonce"): (("e/l", 0),),
    ("f", "nonce"): (("f/l", 0),),
    ("g", "nonce"): (("g/l", 0),),
}


def mixed(url: str = "http://127.0.0.1:1") -> Flow:
    """Sequence, nested parallel, loops in order and side by side, values across branches, polls, both kinds of POST."""
    apis = [an_api(url, name, args=["task", "at", "round", "of", "polls"], **about) for name, about in _APIS.items()]
    system = {"_id": "mixed", "step": _entries(_NESTED)}
    intervals = dict.fromkeys(_FEEDS, 0.3) | {"b/later": 0.4, "e/l": PARKS_S}
    return Flow(
        nested=_NESTED,
        documents={"api": apis, "step": _mixed_steps(), "system": [system]},
        feeds=_FEEDS,
        intervals_s=intervals,
        asks=frozenset({"d/l"}),
        in_order=frozenset({"c/l"}),
        published=_PUBLISHED,
    )
