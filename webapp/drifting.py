"""Drift for pages: judged by the definitions that a page has read already."""

from __future__ import annotations

import time
from typing import cast

from flask import current_app

from engine.drift import ApiDrift, Catalogued, drift_of, drifts
from engine.model import Api

from .site import site
from .view.library import Library

_FRESH_S = 10.0
_KEPT = "drift"


def catalogued(known: Library) -> Catalogued:
    return Catalogued(known.apis, known.steps, known.systems)


def drift_now(api: Api, known: Library) -> ApiDrift | None:
    store = site().store
    sightings = store.shapes.of(api.id)
    return drift_of(api, catalogued(known), sightings, store.glance.active_by_system()) if sightings else None


def drifts_of_late() -> dict[str, ApiDrift]:
    """Of all APIs, as a few seconds ago: the home page asks for them again and again."""
    read_at, found = cast(tuple[float, dict[str, ApiDrift]], current_app.extensions.get(_KEPT, (float("-inf"), {})))
    if time.monotonic() - read_at > _FRESH_S:
        found = drifts(site().store)
        current_app.extensions[_KEPT] = time.monotonic(), found
    return found


def forget_drifts() -> None:
    """They are not so any more."""
    current_app.extensions.pop(_KEPT, None)
