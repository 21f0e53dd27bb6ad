"""The front door: what needs a person now, and whether we are up."""

from __future__ import annotations

from flask import Blueprint, current_app

from engine.model import Role
from engine.overview import worker_facts

from .render import render, unchanged
from .rights import public, right
from .site import site
from .view.glance import SHOWN, InNeed, home_page, home_tag
from .view.health import HOURS

home = Blueprint("home", __name__)


@home.get("/")
@right(Role.VIEWER)
def index():
    store, now = site().store, site().clock.now()
    need, counts = _in_need(), store.glance.counts(now)
    hours, workers = store.hours.last(now, HOURS), worker_facts(store.leases.workers(), now)
    tag = home_tag(need, counts, hours, workers, current_app.config["VERSION"])
    return unchanged(tag) or render("home.html", tag=tag, home=home_page(need, counts, hours, workers, now))


def _in_need() -> InNeed:
    glance, now = site().store.glance, site().clock.now()
    return InNeed(
        attention=glance.in_need(SHOWN),
        failed=glance.failed(now, SHOWN),
        late=glance.late(now, SHOWN),
        will_miss=glance.will_miss(now, SHOWN),
    )


@home.get("/healthz")
@public
def healthz():
    return {"ok": True, "version": current_app.config["VERSION"]}


@home.get("/favicon.ico")
@public
def favicon():
    return current_app.send_static_file("favicon.svg")
