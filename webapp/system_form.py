"""What stands in the form of a system, and the system it says. Pure.

The flow travels as JSON in one field; what a step is called here has a field beside it, by the step's id, so that it
stays with the step wherever it is moved to.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from flask_babel import gettext as _

from engine.model import Invalid, Problem, System
from engine.plan import tree
from engine.plan.tree import Edited, Place, Written

from .arg_text import dumped, json_or_text, same
from .typed_json import read_json

Fields = Mapping[str, str]

TREE, TITLE, ARG, PICK = "tree", "title.", "arg.", "pick."
UNNAMED = "new"
"""What a system is drawn and proven as while its id will not do."""
_FIELD_OF = {"_id": "id", "step": TREE}
"""A system's fields that are called otherwise in the form."""


@dataclass(frozen=True)
class Reading:
    """What the form says: `system` is None where it says none; `drawn` is what can be read of it all the same."""

    system: System | None
    drawn: System
    flow: Written
    problems: list[Problem] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class ArgRow:
    """One of `def_args` as it was typed."""

    number: int
    name: str
    value: str


# -- reading -----------------------------------------------------------------------------------------


def read_system(fields: Fields, stored: System | None) -> Reading:
    """`stored` keeps what the form has no field for."""
    problems: list[Problem] = []
    flow, def_args, limit = _flow(fields, problems), _def_args(fields, problems), _limit(fields, problems)
    drawn = System(id=UNNAMED, step=flow, def_args=def_args)
    raw = (stored.to_document() if stored else {}) | {
        "_id": fields.get("id", "").strip(),
        "name": fields.get("name", "").strip(),
        "desc": fields.get("desc", "").replace("\r\n", "\n").strip(),
        "max_concurrency": limit,
        "def_args": def_args,
        "step": flow,
    }
    try:
        system = System.load(raw)
        return Reading(system, system, flow, problems)
    except Invalid as invalid:
        return Reading(None, drawn, flow, [*problems, *map(_in_the_form, invalid.problems)])


def _in_the_form(problem: Problem) -> Problem:
    path = _FIELD_OF.get(problem.path, problem.path)
    if path == "id" and "should match pattern" in problem.message:
        hint = _("letters, digits, _ and - only, 64 at the most")
        return Problem(path, _("a system needs an id that can stand in an address"), hint)
    return Problem(path, problem.message, problem.hint)


def _limit(fields: Fields, problems: list[Problem]) -> int | None:
    text = fields.get("limit", "").strip()
    if text.isascii() and text.isdigit() and len(text) < 10 and int(text):
        return int(text)
    if text:
        problems.append(Problem("limit", _("this is no whole number from 1 on"), _("leave it empty for any number")))
    return None


def _flow(fields: Fields, problems: list[Problem]) -> Written:
    try:
        flow = read_json(TREE, fields.get(TREE, "").strip() or "[]", _("write a list of steps"))
    except Invalid as invalid:
        problems += invalid.problems
        return []
    if not isinstance(flow, list):
        problems.append(Problem(TREE, _("the flow is no list"), _("write a list of steps")))
        return []
    return _named(flow, fields)


def flow_of(fields: Fields) -> Written:
    """What can be read of it."""
    return _flow(fields, [])


def _named(flow: Written, fields: Fields) -> Written:
    """With what the steps are called here."""
    for place, key in keys_of(flow).items():
        typed = fields.get(f"{TITLE}{key}")
        if typed is not None and typed.strip() != title_of(tree.entry_at(flow, place)):
            flow = tree.renamed(flow, place, typed.strip())
    return flow


def title_of(entry: Any) -> str:
    """What an entry says that its step is called here."""
    name = entry.get("name") if isinstance(entry, dict) else ""
    return name if isinstance(name, str) else ""


def keys_of(flow: Written) -> dict[Place, str]:
    """Place → what its fields are called after: the step's id, numbered where it stands twice."""
    found: dict[Place, str] = {}
    times: Counter[str] = Counter()
    for place, step in tree.places(flow):
        times[step.step] += 1
        found[place] = step.step if times[step.step] == 1 else f"{step.step}.{times[step.step]}"
    return found


def ids_of(flow: Written) -> dict[Place, str]:
    """Place → what a page calls what stands there: a step or a broken entry, and every list.

    A list is called after its first step and how deep it stands, so that it keeps its id where it is moved to.
    """
    keys = keys_of(flow)
    found: dict[Place, str] = {}

    def told(entries: Written, place: Place) -> str:
        """The id of the first of them."""
        names = [named(entry, (*place, n)) for n, entry in enumerate(entries)]
        return names[0] if names else "empty"

    def named(entry: Any, place: Place) -> str:
        if isinstance(entry, list):
            first = told(entry, place)
            found[place] = f"group.{len(place)}.{first}"
            return first
        found[place] = keys.get(place) or f"broken.{'.'.join(map(str, place))}"
        return found[place]

    told(flow, ())
    return found


def arg_rows(fields: Fields) -> tuple[ArgRow, ...]:
    """Those with something in them, and an empty one to go on with."""
    typed = [ArgRow(n, name, value) for n, name, value in _typed_args(fields) if name.strip() or value.strip()]
    rows = [ArgRow(n, row.name, row.value) for n, row in enumerate(typed)]
    return (*rows, ArgRow(len(rows), "", ""))


def _typed_args(fields: Fields) -> Iterator[tuple[int, str, str]]:
    names = (name for name in fields if name.startswith(ARG) and name.endswith(".name"))
    for number in sorted(int(part) for part in (name.split(".")[1] for name in names) if part.isdigit()):
        yield number, fields[f"{ARG}{number}.name"], fields.get(f"{ARG}{number}.value", "")


def _def_args(fields: Fields, problems: list[Problem]) -> dict[str, Any]:
    """A value that is left empty is for the task to give."""
    found: dict[str, Any] = {}
    for row in arg_rows(fields)[:-1]:
        name, path = row.name.strip(), f"{ARG}{row.number}"
        if not name:
            problems.append(Problem(path, _("this value has no name"), _("give it one, or empty the row")))
        elif name in found:
            problems.append(Problem(path, _("there are two args %(name)s", name=name), _("remove one of the two")))
        elif "." in name or name.startswith("$"):
            problems.append(Problem(path, _("an arg has no dots and no leading $ in its name"), ""))
        else:
            found[name] = json_or_text(row.value) if row.value.strip() else None
    return found


# -- writing -----------------------------------------------------------------------------------------


def fields_of(system: System) -> dict[str, str]:
    """The fields that read as this system."""
    limit = str(system.max_concurrency or "")
    own = {"id": system.id, "name": system.name, "desc": system.desc, "limit": limit}
    return own | {TREE: dumped(system.step)} | _arg_fields(system.def_args)


def _arg_fields(args: Mapping[str, Any]) -> dict[str, str]:
    fields = {}
    for number, (name, value) in enumerate(args.items()):
        fields[f"{ARG}{number}.name"] = name
        fields[f"{ARG}{number}.value"] = "" if value is None else _value_text(value)
    return fields


def _value_text(value: Any) -> str:
    """Text stands as it is where it cannot be taken for anything else."""
    plain = isinstance(value, str) and value.strip() and same(json_or_text(value), value)
    return value if plain else dumped(value)


# -- buttons -----------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Acted:
    """The form after a button; `focus` is the id of what is looked at next, `note` why nothing was done."""

    fields: dict[str, str]
    focus: str = ""
    note: str = ""


def act(fields: Fields, said: str) -> Acted:
    """`up:1.0` moves what stands at that place; what is not known, or cannot be done, changes nothing."""
    name, _colon, rest = said.partition(":")
    if name in _EDITS:
        return _edited(fields, lambda flow: _EDITS[name](flow, *_places(rest)))
    if name == "add" and rest:
        return _edited(fields, lambda flow: tree.insert(flow, {"_id": rest}))
    return _FIELD_ACTS.get(name, _as_it_is)(fields, rest)


def _edited(fields: Fields, edit: Callable[[Written], Edited]) -> Acted:
    problems: list[Problem] = []
    flow = _flow(fields, problems)
    if problems:
        return Acted(dict(fields))
    try:
        edited = edit(flow)
    except (TypeError, ValueError):  # places that are none, or not as many as it takes
        return Acted(dict(fields))
    rest = {name: text for name, text in fields.items() if not name.startswith(TITLE)}
    there = ids_of(edited.flow).get(edited.place)
    return Acted({**rest, TREE: json.dumps(edited.flow, ensure_ascii=False)}, f"item.{there}" if there else "find")


def _places(text: str) -> list[Place]:
    """`1.0:2` are two."""
    return [tuple(int(number) for number in place.split(".") if number) for place in text.split(":")]


def _as_it_is(fields: Fields, _rest: str) -> Acted:
    return Acted(dict(fields))


def picked(fields: Fields) -> frozenset[str]:
    """What is ticked in the tree, by its id."""
    return frozenset(name.removeprefix(PICK) for name in fields if name.startswith(PICK))


def _group(fields: Fields, kind: str) -> Acted:
    """Gathers what is ticked; then nothing is."""
    ticked = picked(fields)
    chosen = [place for place, id_ in ids_of(flow_of(fields)).items() if id_ in ticked]
    if len(chosen) < 2:
        return Acted(dict(fields), "pick-bar", _("Tick two steps or more first."))
    rest = {name: text for name, text in fields.items() if not name.startswith(PICK)}
    return _edited(rest, lambda flow: tree.group(flow, chosen, kind == "parallel"))


def _give(fields: Fields, name: str) -> Acted:
    """Another arg, for the task to give."""
    number = arg_rows(fields)[-1].number
    kept = {key: text for key, text in fields.items() if not key.startswith(ARG)}
    for row in arg_rows(fields)[:-1]:
        kept |= {f"{ARG}{row.number}.name": row.name, f"{ARG}{row.number}.value": row.value}
    value = f"{ARG}{number}.value"
    return Acted({**kept, f"{ARG}{number}.name": name, value: ""}, value)


def _drop(fields: Fields, number: str) -> Acted:
    gone = {f"{ARG}{number}.name", f"{ARG}{number}.value"}
    return Acted({name: text for name, text in fields.items() if name not in gone}, f"{ARG}{number}.name")


_EDITS: Mapping[str, Callable[..., Edited]] = {
    "up": tree.move_up, "down": tree.move_down, "nest": tree.nest, "unnest": tree.unnest, "ungroup": tree.ungroup,
    "remove": tree.remove, "move": tree.move, "join": tree.join,
}  # fmt: skip
_FIELD_ACTS: Mapping[str, Callable[[Fields, str], Acted]] = {"group": _group, "give": _give, "drop": _drop}
