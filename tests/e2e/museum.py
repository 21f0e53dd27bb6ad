"""Definitions and tasks that stay as they are: one of each state that a page has to show."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from tests.systems import a_link, a_step, an_api, asks, documents, runs

WAITING, FAILED, UNKNOWN, READY, LATE = "m-waiting", "m-failed", "m-unknown", "m-ready", "m-late"
ASKING = "m-asking"
TASKS = {WAITING: "waits", FAILED: "fails", UNKNOWN: "asks", READY: "waits", LATE: "late", ASKING: "decides"}
"""Task → its system."""
BATCH = "0123abcd"
REHEARSAL = "slow"
"""Kept with the system `waits`."""
FORMS: list[tuple[str, dict[str, str]]] = [
    *((f"/tasks/{id_}/start", {}) for id_ in TASKS if id_ != READY),
    ("/tasks/batch/create", {"batch": BATCH, "system": "fails", "table": "name,args.name\nAda,a\nBob,b\n"}),
    ("/secrets", {"name": "token", "value": "not-to-be-seen", "note": "Of the shop; ends in June"}),
    ("/tasks/views", {"name": "Failed ones", "q": "status:FAILED"}),
]
"""What is sent once all is loaded, so that pages have something to show: path and fields."""


def definitions(mock: str) -> dict[str, Any]:
    apis = [
        an_api(mock, "m-wait", path="api1?_not_ready=1000000", desc="Says nothing for long"),
        an_api(mock, "m-fail", path="api1?_status=500", max_attempts=1),
        an_api(mock, "m-post", path="api1?_reset=1", method="POST"),
        an_api(mock, "m-fine", path="api1"),
    ]
    tells = a_link("ask", "m-fine", "result.name")
    polls = a_link("poll", "m-wait", "result.name == 'there' and result.size > 3")
    steps = [
        a_step("first", tells, response={"name": "ask result.name"}, desc="Ask for the name"),
        a_step("hold", polls, desc="Wait for the rest"),
        a_step("break", a_link("call", "m-fail", "result.name")),
        a_step("send", a_link("post", "m-post", "result.name"), desc="Send it once"),
        a_step("soon", polls, expect_span={"minute": 0.001}),
        a_step("decide", asks("person", "result.ok", prompt="Go on?"), response={"ok": "person result.ok"}),
        a_step("delegate", runs("other", "waits"), desc="Leave it to others"),
        a_step("last", a_link("say", "m-fine", "result.name"), desc="Tell somebody"),
    ]
    made = documents(apis, steps)
    made["system"] = [a_system("waits", "first", ["hold", "last"]), a_system("fails", "first", "break")]
    made["system"] += [a_system("asks", "send", "last"), a_system("late", "soon")]
    made["system"] += [a_system("decides", ["decide", "delegate"])]
    made["system"][0]["rehearsals"] = [a_rehearsal()]
    made["task"] = [{"_id": id_, "system": system, "args": {"name": "abc"}} for id_, system in TASKS.items()]
    return made


def a_rehearsal() -> dict[str, Any]:
    there = {"answer": {"name": "there", "size": 4}}
    answers = {"m-fine": [there], "m-wait": [{"times": 50, "not_ready": True}, {"status": 500}, there]}
    return {"name": REHEARSAL, "answers": answers, "expect": {"status": "DONE", "late": [], "first.name": "there"}}


def a_system(name: str, *flow: str | list[str]) -> dict[str, Any]:
    return {"_id": name, "step": _entries(flow), "def_args": {"name": "abc"}}


def _entries(flow: Iterable[str | list[str]]) -> list[Any]:
    return [{"_id": entry} if isinstance(entry, str) else _entries(entry) for entry in flow]
