"""The sample for newcomers: its definitions loaded with a click, marked as sample data so that `purge` finds them."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

from flask import current_app, redirect, url_for
from flask_babel import gettext as _

from engine.command import Catalog, Loaded, Refused, read_documents
from engine.model import Role
from engine.store import name_of

from .done import done
from .rights import right
from .site import site
from .systems import systems

_FILE = Path(__file__).resolve().parent.parent / "mock_api" / "documents.json"
_AS_WRITTEN = "127.0.0.1:9999"
"""Where the sample's calls go, as its file has it."""


@systems.post("/sample")
@right(Role.EDITOR)
def load_sample():
    sample = _sample()
    if taken := _taken(sample):
        text = _("There are definitions of the names that the sample uses: %(names)s.", names=", ".join(taken))
        raise Refused(text)
    Catalog(site().store, site().clock, site().who).save(sample)
    done(_("The sample is loaded. Its calls go to the mock server, which “python app.py run” or “… mock” starts."))
    return redirect(url_for("systems.show", id_=next(iter(sample.systems))), 303)


def _sample() -> Loaded:
    text = _FILE.read_text(encoding="utf-8").replace(_AS_WRITTEN, f"127.0.0.1:{current_app.config['MOCK_PORT']}")
    return replace(read_documents(json.loads(text), debug_only=True), tasks={})


def _taken(sample: Loaded) -> list[str]:
    there = site().store.definitions.numbers()
    return [one.id for one in sample.definitions if name_of(one) in there]
