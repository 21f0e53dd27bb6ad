"""The form for a new task: what was typed, and the draft it makes. Pure."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass

from engine.model import System
from engine.plan import TaskDraft

from .typed_json import read_json

_HINT = 'write an object: {"n": 4}'


@dataclass(frozen=True, slots=True)
class DraftForm:
    """What stands in the fields; kept as typed, so that a mistake loses nothing."""

    system: str = ""
    name: str = ""
    args: str = "{}"
    start: bool = True


def blank_form(systems: Mapping[str, System]) -> DraftForm:
    """With the first system chosen."""
    first = next(iter(systems), "")
    return DraftForm(system=first, args=args_text(systems.get(first)))


def read_form(fields: Mapping[str, str], systems: Mapping[str, System]) -> DraftForm:
    """Args that nobody has typed follow the system that is chosen among `systems`."""
    system, args = fields.get("system", ""), fields.get("args", "")
    if not args.strip() or _same(args) in {_same(args_text(one)) for one in systems.values()}:
        args = args_text(systems.get(system))
    only_linked_to = set(fields) == {"system"}
    return DraftForm(system, fields.get("name", ""), args, "start" in fields or only_linked_to)


def args_text(system: System | None) -> str:
    """The args that a task of the system would have by default, to be edited."""
    return json.dumps(system.def_args if system else {}, indent=2, ensure_ascii=False)


def read_draft(form: DraftForm) -> TaskDraft:
    """Raises `Invalid` with every problem."""
    return TaskDraft.load(
        {"system": form.system, "name": form.name.strip(), "args": read_json("args", form.args, _HINT)}
    )


def _same(text: str) -> str:
    return "".join(text.split())
