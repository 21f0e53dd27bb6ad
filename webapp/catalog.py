"""What the pages of systems, steps and APIs share: the definitions, what the address asks for, how things go."""

from __future__ import annotations

from typing import cast

from flask import request

from .site import site
from .view.catalog import SORTS, Scene, Sort, Wanted
from .view.health import HOURS
from .view.library import Library

LONGEST_QUERY = 200


def library() -> Library:
    definitions = site().store.definitions
    return Library(definitions.systems(), definitions.steps(), definitions.apis())


def scene() -> Scene:
    store, now = site().store, site().clock.now()
    return Scene(library(), store.glance.active_by_system(), store.hours.last(now, HOURS))


def wanted() -> Wanted:
    """What cannot be read is taken as not asked for: a list has something to show all the same."""
    sort = request.args.get("sort", "")
    page = request.args.get("page", 1, type=int)
    query = request.args.get("q", "")[:LONGEST_QUERY]
    return Wanted(query, cast(Sort, sort) if sort in SORTS else "name", page)
