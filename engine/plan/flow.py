"""The flow as a tree: a sequence at level 0, a parallel group in it, a sequence in that, and so on.

Only the shape: whether a step exists is decided where the definitions are (`structure.py`).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, TypeAlias

from engine.model import Invalid, Problem

MAX_DEPTH = 64
"""Lists within lists; the walk of a task has a greenlet per level."""


@dataclass(frozen=True, slots=True)
class StepNode:
    """A step where it stands; `name` is what this system calls it."""

    step: str
    name: str


@dataclass(frozen=True, slots=True)
class Sequence:
    """Children one after the other."""

    children: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Parallel:
    """Children all at once; it ends with the last of them."""

    children: tuple[Node, ...]


Node: TypeAlias = "StepNode | Sequence | Parallel"

_ENTRY_HINT = 'write {"_id": "<step>"} for a step, or a list for a parallel group (in it, a list is a sequence)'


def parse_flow(raw: list[Any], where: str = "step") -> Node:
    """The tree of a system's nested list; raises `Invalid` with every entry that cannot be read."""
    node, problems = read_flow(raw, where)
    if problems:
        raise Invalid(problems)
    return node


def read_flow(raw: Any, where: str) -> tuple[Node, list[Problem]]:
    """The tree of what can be read, and a problem for each entry that cannot."""
    reader = _Reader()
    return reader.group(raw, where, 0), reader.problems


def steps_in(node: Node) -> tuple[str, ...]:
    """The ids of all steps, in the order of writing."""
    return tuple(leaf.step for leaf in leaves(node))


def steps_of(raw: Any) -> tuple[str, ...]:
    """The steps that a system's nested list names, each once, as far as it can be read."""
    return tuple(dict.fromkeys(steps_in(read_flow(raw, "")[0])))


def leaves(node: Node) -> Iterator[StepNode]:
    """Every step of the tree, in the order of writing."""
    pending: list[Node] = [node]
    while pending:
        match pending.pop():
            case StepNode() as leaf:
                yield leaf
            case Sequence(children) | Parallel(children):
                pending.extend(reversed(children))


def read_entry(raw: Any) -> StepNode | None:
    """The step that an entry names: `{"_id": "<step>"}`, or its id alone. None if it names none."""
    entry = {"_id": raw} if isinstance(raw, str) else raw
    step = entry.get("_id") if isinstance(entry, dict) else None
    if not isinstance(step, str) or not step:
        return None
    name = entry.get("name")
    return StepNode(step, name if isinstance(name, str) and name else step)


class _Reader:
    def __init__(self) -> None:
        self.problems: list[Problem] = []

    def group(self, raw: Any, where: str, depth: int) -> Node:
        """A sequence at even depths, a parallel group at odd ones; at most `MAX_DEPTH` deep."""
        if not isinstance(raw, list):
            self._add(where, f"the flow is a list of steps, this is {type(raw).__name__}", _ENTRY_HINT)
        elif not raw:
            self._add(where, *_about_empty(depth))
        elif depth >= MAX_DEPTH:
            self._add(where, f"lists are nested more than {MAX_DEPTH} deep", "flatten the flow")
        else:
            found = [self._entry(entry, f"{where}[{n}]", depth) for n, entry in enumerate(raw)]
            return _kind_at(depth)(tuple(node for node in found if node is not None))
        return _kind_at(depth)(())

    def _entry(self, raw: Any, where: str, depth: int) -> Node | None:
        if isinstance(raw, list):
            return self.group(raw, where, depth + 1)
        if not isinstance(raw, str | dict):
            self._add(where, f"neither a step nor a list: {_short(raw)}", _ENTRY_HINT)
            return None
        step = read_entry(raw)
        if step is None:
            self._add(where, f'this entry has no "_id" that names a step: {_short(raw)}', _ENTRY_HINT)
        return step

    def _add(self, where: str, message: str, hint: str) -> None:
        self.problems.append(Problem(where, message, hint))


def _kind_at(depth: int) -> type[Sequence] | type[Parallel]:
    return Parallel if depth % 2 else Sequence


def _about_empty(depth: int) -> tuple[str, str]:
    if depth == 0:
        return "the system has no steps", 'add at least one: {"_id": "<step>"}'
    kind = "parallel group" if depth % 2 else "sequence"
    return f"this {kind} is empty", "remove the empty list, or put steps into it"


def _short(raw: Any) -> str:
    text = repr(raw)
    return text if len(text) <= 60 else f"{text[:57]}..."
