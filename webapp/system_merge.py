"""Two edits of one system: what each made of its fields, and both made into one form. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from engine.plan.merge import merged as merged_flows
from engine.plan.tree import Written

from .arg_text import dumped
from .system_form import ARG, PICK, TITLE, TREE, ArgRow, Fields, arg_rows, flow_of
from .view.conflict import merged

_OWN = ("name", "desc", "limit")


@dataclass(frozen=True, slots=True)
class Versions:
    """The form as it was when the edit began, as somebody else has saved it since, and as it was typed here."""

    before: Fields
    theirs: Fields
    mine: Fields

    def said(self) -> tuple[dict[str, str], dict[str, str], dict[str, str]]:
        return said(self.before), said(self.theirs), said(self.mine)

    def flows(self) -> tuple[Written, Written, Written]:
        return flow_of(self.before), flow_of(self.theirs), flow_of(self.mine)


def said(fields: Fields) -> dict[str, str]:
    """What a form says beside its flow; each arg under its name, wherever it stands."""
    own = {name: fields.get(name, "").replace("\r\n", "\n").strip() for name in _OWN}
    return own | {f"{ARG}{row.name.strip()}": row.value.strip() for row in arg_rows(fields) if row.name.strip()}


def merged_fields(versions: Versions) -> dict[str, str]:
    """What was typed here, and where nothing was, what they saved."""
    both = merged(*versions.said())
    flow = merged_flows(*versions.flows())
    rest = {name: text for name, text in versions.mine.items() if not name.startswith((ARG, TITLE, PICK))}
    own = {name: both[name] for name in _OWN}
    return {**rest, **own, TREE: dumped(flow), **_args(both, versions.mine)}


def _args(both: dict[str, str], mine: Fields) -> dict[str, str]:
    """With the rows that name no arg, or one a second time: what is wrong with them is told, they are not lost."""
    named = {name.removeprefix(ARG): text for name, text in both.items() if name.startswith(ARG)}
    rows = [*named.items(), *((row.name, row.value) for row in _odd(mine))]
    numbered = enumerate(rows)
    return {f"{ARG}{n}.{part}": text for n, row in numbered for part, text in zip(("name", "value"), row, strict=True)}


def _odd(fields: Fields) -> list[ArgRow]:
    rows = arg_rows(fields)[:-1]
    names = [row.name.strip() for row in rows]
    return [row for n, row in enumerate(rows) if not names[n] or names[n] in names[n + 1 :]]
