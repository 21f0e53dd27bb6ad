"""Planning and proof of a system of 10, 100 and 1,000 links: growth should be linear."""

from __future__ import annotations

import time
from datetime import UTC, datetime

from engine.model import Api, Definition, Step, System
from engine.plan import TaskDraft, build_plan, new_task

REPEATS = 5


def main() -> None:
    print(f"{'links':>6} {'plan + proof ms':>16} {'µs a link':>10} {'ratio to 10':>12}")
    first = 0.0
    for links in (10, 100, 1000):
        a_link = min(_seconds(links) for _ in range(REPEATS)) / links
        first = first or a_link
        print(f"{links:>6} {a_link * links * 1e3:>16.1f} {a_link * 1e6:>10.0f} {a_link / first:>12.2f}", flush=True)


def _seconds(links: int) -> float:
    definition = _definition(links)
    began = time.perf_counter()
    plan = build_plan(definition)
    new_task(plan, TaskDraft(system="s"), "t", datetime.now(UTC))
    return time.perf_counter() - began


def _definition(links: int) -> Definition:
    """Steps of one link, each reading the one before it; every third beside its neighbour."""
    api = Api.load({"_id": "api", "url": "http://127.0.0.1:9/x", "args": {"v": {"type": "any"}}, "result": {"v": 1}})
    steps = {f"s{number}": _step(number) for number in range(links)}
    entries = [{"_id": step} for step in steps]
    flow = [entries[at] if at % 3 else [entries[at]] for at in range(links)]
    return Definition(system=System.load({"_id": "s", "step": flow}), steps=steps, apis={"api": api})


def _step(number: int) -> Step:
    before = f"$$s{number - 1}.v" if number else 1
    use = {"_id": "api", "args": {"v": before}}
    link = {"_id": "l", "condition": {"val": "result.v != None"}, "api": {"op": "API", "val": use}}
    return Step.load({"_id": f"s{number}", "checklink": [link], "response": {"v": {"fromapi": "l", "key": "result.v"}}})
