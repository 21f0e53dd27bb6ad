"""Definitions and tasks that stay as they are: one of each state that a page has to show, loaded by the command line.

The tasks are started side by side, each by a command of its own, as a person would from several terminals.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Protocol

from tests.systems import a_link, a_step, an_api, documents

WAITING, FAILED, UNKNOWN, READY, LATE = "m-waiting", "m-failed", "m-unknown", "m-ready", "m-late"
TASKS = {WAITING: "waits", FAILED: "fails", UNKNOWN: "asks", READY: "waits", LATE: "late"}
"""Task → its system."""


class CommandLine(Protocol):
    mock: str

    def command(self, *args: str) -> Any: ...


def definitions(mock: str) -> dict[str, Any]:
    apis = [
        an_api(mock, "m-wait", path="api1?_not_ready=1000000", desc="Says nothing for long"),
        an_api(mock, "m-fail", path="api1?_status=500", max_attempts=1),
        an_api(mock, "m-post", path="api1?_reset=1", method="POST"),
        an_api(mock, "m-fine", path="api1"),
    ]
    steps = [
        a_step(
            "first",
            a_link("ask", "m-fine", "result.name"),
            response={"name": "ask result.name"},
            desc="Ask for the name",
        ),
        a_step(
            "hold", a_link("poll", "m-wait", "result.name == 'there' and result.size > 3"), desc="Wait for the rest"
        ),
        a_step("break", a_link("call", "m-fail", "result.name")),
        a_step("send", a_link("post", "m-post", "result.name"), desc="Send it once"),
        a_step("soon", a_link("poll", "m-wait", "result.name"), expect_span={"minute": 0.001}),
        a_step("last", a_link("say", "m-fine", "result.name"), desc="Tell somebody"),
    ]
    flows = {
        "waits": ["first", ["hold", "last"]],
        "fails": ["first", "break"],
        "asks": ["send", "last"],
        "late": ["soon"],
    }
    made = documents(apis, steps)
    made["system"] = [
        {"_id": name, "step": _entries(flow), "def_args": {"name": "abc"}} for name, flow in flows.items()
    ]
    made["task"] = [{"_id": id_, "system": system, "args": {"name": "abc"}} for id_, system in TASKS.items()]
    return made


def furnish(stepline: CommandLine, folder: Path) -> None:
    """Returns when every task that is started has come to the state that it stays in."""
    file = folder / "museum.json"
    file.write_text(json.dumps(definitions(stepline.mock)), encoding="utf-8")
    stepline.command("load", str(file)).wait()
    for command in [stepline.command("task", "start", id_) for id_ in TASKS if id_ != READY]:
        command.wait()


def _entries(flow: list[Any]) -> list[Any]:
    return [_entries(entry) if isinstance(entry, list) else {"_id": entry} for entry in flow]
