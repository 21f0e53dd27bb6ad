"""What the reader of a page likes; looked up once for a request."""

from __future__ import annotations

from typing import cast

from flask import g, has_request_context

from engine.model import Preferences
from engine.store import StoreError, StoreUnavailable

from .site import site


def preferences() -> Preferences:
    """Of who has signed in, as far as that is known: the page of an error must not ask the database that is away."""
    if not has_request_context() or not (visitor := g.get("visitor")):
        return Preferences()
    if "preferences" not in g:
        try:
            g.preferences = site().store.preferences.get(visitor.user.id)
        except (StoreError, StoreUnavailable):
            g.preferences = Preferences()
    return cast(Preferences, g.preferences)
