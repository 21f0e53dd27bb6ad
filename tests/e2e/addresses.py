"""Every page that a GET can ask for, at an address where it has something to show."""

from __future__ import annotations

from typing import NamedTuple

from flask import Flask
from werkzeug.routing import Rule

from tests.e2e.museum import ASKING, BATCH, FAILED, LATE, READY, REHEARSAL, UNKNOWN, WAITING
from webapp.factory import BLUEPRINTS

A_WORKER = "A-WORKER"
"""Stands for the id of the worker that runs."""
NO_PAGE = frozenset({
    "home.healthz", "home.favicon", "live.stream", "tasks.show_json", "tasks.export", "tasks.batch_example",
    "events.export_csv", "events.export_json",
    "code.download", "code.schema",
})  # fmt: skip
"""What programs and spreadsheets read."""
STRANGERS = frozenset({"sign_in.form", "sign_in.link"})
"""Pages of who has not signed in."""
ARGS = {"id_": WAITING, "step": "hold", "link": "poll", "name": "admin", "secret": "used-up", "batch_id": BATCH}
"""What stands for an arg of a route: a thing of the museum."""
CLOSER = {
    "answers.ask": {"id_": ASKING, "step": "decide", "link": "person"},
    "resolve.ask": {"id_": UNKNOWN, "step": "send", "link": "post"},
    "systems.show": {"id_": "waits"},
    "systems.rehearse": {"id_": "waits"},
    "systems.edit": {"id_": "waits"},
    "steps.show": {"id_": "hold"},
    "steps.edit": {"id_": "hold"},
    "apis.show": {"id_": "m-wait"},
    "apis.edit": {"id_": "m-wait"},
    "revisions.index": {"room": "systems", "id_": "waits"},
    "revisions.show": {"room": "systems", "id_": "waits", "number": "1"},
    "workers.show": {"id_": A_WORKER},
    "secrets.show": {"name": "token"},
}
"""Where another thing has more to show."""
MORE = {
    "tasks.index, some": "/tasks?q=status:FAILED",
    "tasks.index, none": "/tasks?q=status:CANCELLED",
    "error 422 of a filter": "/tasks?q=status:",
    "tasks.new, of a system": "/tasks/new?system=waits",
    "tasks.new, from another": f"/tasks/new?from={WAITING}",
    "apis.new, a copy": "/apis/new?copy=m-post",
    "tasks.batch, of a system": "/tasks/batch?system=waits",
    "events.index, none": "/events?q=nothing-of-the-kind",
    "error 404 of a worker": "/workers/gone",
    "systems.show, late": "/systems/late",
    "systems.rehearse, run": f"/systems/waits/rehearse?test={REHEARSAL}",
    "systems.new, a copy": "/systems/new?from=waits",
    "palette.find, found": "/palette?q=wait",
    **{
        f"tasks.show, {view}": f"/tasks/{WAITING}?view={view}"
        for view in ("timeline", "values", "attempts", "history", "json")
    },
    "tasks.show, failed": f"/tasks/{FAILED}",
    "tasks.show, unknown": f"/tasks/{UNKNOWN}",
    "tasks.show, asking": f"/tasks/{ASKING}",
    "tasks.show, ready": f"/tasks/{READY}",
    "tasks.show, late": f"/tasks/{LATE}",
    "steps.new, from another": "/steps/new?from=hold",
    "error 404": "/tasks/nope",
    "error 404 of a view": f"/tasks/{WAITING}?view=nope",
}
"""States of pages that look different."""


class Address(NamedTuple):
    name: str
    """The endpoint, and the state if there are several."""
    path: str
    stranger: bool = False

    @property
    def is_error(self) -> bool:
        """Whether what it shows is the page of an error; a one-time link that is used up leads to one."""
        return self.name.startswith("error") or self.name == "sign_in.link"


def addresses() -> list[Address]:
    """Raises `KeyError` for a page whose arg nobody has given a thing to stand for."""
    app = Flask("addresses", static_folder=None)
    for blueprint in BLUEPRINTS:
        app.register_blueprint(blueprint)
    urls = app.url_map.bind("localhost")
    found = [
        Address(rule.endpoint, urls.build(rule.endpoint, _args(rule)), rule.endpoint in STRANGERS)
        for rule in app.url_map.iter_rules()
        if "GET" in (rule.methods or ()) and rule.endpoint not in NO_PAGE
    ]
    return [*found, *(Address(name, path) for name, path in MORE.items())]


def _args(rule: Rule) -> dict[str, str]:
    known = ARGS | CLOSER.get(rule.endpoint, {})
    return {name: known[name] for name in rule.arguments}
