"""The editor of a system: its flow as a tree that can be edited, the same drawn with the values that cross its steps,
and what is wrong with it. Pure.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, ClassVar, Literal, TypeAlias

from flask_babel import gettext as _

from engine.model import Invalid, Link, Problem, Step, System
from engine.plan import (
    Node,
    Plan,
    StepNode,
    Wiring,
    build_plan,
    critical_path,
    gather,
    longest_way,
    parse_flow,
    reference_to,
    span_of,
    wire,
)
from engine.plan import Sequence as InSequence
from engine.plan.flow import read_entry
from engine.plan.tree import Place, Written
from webapp.system_form import ARG, TREE, ids_of, keys_of, title_of

from .library import Library
from .moment import NOTHING, duration_text
from .needs import TASK, values_read
from .text import compact, shortened

FOUND = 8
"""Steps that are offered at once."""
_OF_THE_TASK = frozenset({"_id", "system", "labels", "priority"})
"""Every task has them. It may have no name, and an arg of that name stands before it."""
_STEP = re.compile(r"step\.([\w-]+)\b")
_API = re.compile(r"api\.([\w-]+)\b")
_IN_FLOW = re.compile(r"system\.([\w-]+)\.step((?:\[\d+\])*)")
_ENTRY = 40

Kind = Literal["sequence", "parallel"]
How = Literal["named", "given"]
"""How a value is found: by its name, or because somebody bound it."""


@dataclass(frozen=True, slots=True)
class Moves:
    """What can be done to an entry.

    `beside`: it stands in a sequence, where nesting lets it run in parallel with the one above.
    """

    up: bool
    down: bool
    nest: bool
    unnest: bool
    beside: bool
    ungroup: bool = False
    remove: bool = True


@dataclass(frozen=True, slots=True)
class ProblemLine:
    """`field`: the id of where it is mended in this form; `step`, `api`: the definition it is mended in otherwise."""

    field: str
    place: str
    message: str
    hint: str
    step: str = ""
    api: str = ""


@dataclass(frozen=True, slots=True)
class StepItem:
    """A step in the tree; `also`: the other systems that use it, id and name."""

    kind: ClassVar[str] = "step"
    place: str
    key: str
    step: str
    title: str
    desc: str
    span: str
    known: bool
    twice: bool
    critical: bool
    publishes: tuple[str, ...]
    also: tuple[tuple[str, str], ...]
    problems: tuple[ProblemLine, ...]
    moves: Moves

    @property
    def label(self) -> str:
        return self.title or self.step


@dataclass(frozen=True, slots=True)
class GroupItem:
    kind: Kind
    place: str
    key: str
    children: tuple[Item, ...]
    moves: Moves


@dataclass(frozen=True, slots=True)
class BrokenItem:
    """An entry that names no step."""

    kind: ClassVar[str] = "broken"
    place: str
    key: str
    text: str
    moves: Moves


Item: TypeAlias = "StepItem | GroupItem | BrokenItem"


@dataclass(frozen=True, slots=True)
class Read:
    """A value that a step reads."""

    value: str
    arg: str
    link: str
    how: How
    of_task: bool


@dataclass(frozen=True, slots=True)
class MapStep:
    """A step in the drawing; `reads` and `publishes` are the ends of the lines."""

    kind: ClassVar[str] = "step"
    step: str
    name: str
    key: str
    span: str
    known: bool
    critical: bool
    wrong: bool
    reads: tuple[Read, ...]
    publishes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class MapGroup:
    kind: Kind
    children: tuple[Shape, ...]


Shape: TypeAlias = "MapStep | MapGroup"


@dataclass(frozen=True, slots=True)
class Missing:
    """An arg that nothing provides: the task has to, or the system. `late`: a step that publishes it, but too late."""

    name: str
    wanted_by: str
    late: str


@dataclass(frozen=True, slots=True)
class Choice:
    """An arg that several steps could provide: somebody has to say in the step's link which."""

    arg: str
    step: str
    place: str
    could: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class FoundStep:
    """A step that could be added."""

    id: str
    desc: str
    span: str
    publishes: tuple[str, ...]
    also: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Finding:
    steps: tuple[FoundStep, ...]
    more: int
    any_there: bool
    """Whether there is any step that is not in the flow."""


@dataclass(frozen=True, slots=True)
class Act:
    """A button of every entry; `label` has a place for what it moves: it is looked up once, not once per entry."""

    name: str
    icon: str
    label: str
    title: str


@dataclass(frozen=True, slots=True)
class EditorPage:
    tree: tuple[Item, ...]
    steps: int
    map: Shape | None
    span: str
    problems: tuple[ProblemLine, ...]
    missing: tuple[Missing, ...]
    choices: tuple[Choice, ...]
    finding: Finding
    acts: Mapping[tuple[bool, bool], tuple[Act, ...]]
    """By whether an entry stands in a sequence, and whether it is a group."""


def editor_page(flow: Written, system: System, library: Library, problems: Iterable[Problem], query: str) -> EditorPage:
    """`system` is what can be read of it by now; its tree is shown whatever is wrong with it."""
    plan = _plan(system, library)
    drawn = _Draft(flow, library, plan, problem_lines(flow, problems, system.id), system)
    return EditorPage(
        tree=drawn.items(flow, ()),
        steps=len(drawn.keys),
        map=drawn.map(),
        span=duration_text(critical_path(plan.flow, drawn.span_s)) if plan else NOTHING,
        problems=drawn.problems,
        missing=tuple(_missing(plan, drawn.wiring)) if plan and drawn.wiring else (),
        choices=tuple(_choices(drawn.wiring)) if drawn.wiring else (),
        finding=_finding(flow, library, query, drawn.others),
        acts={(beside, group): _acts(beside, group) for beside in (True, False) for group in (True, False)},
    )


def _acts(beside: bool, group: bool) -> tuple[Act, ...]:
    what = {"what": "{what}"}
    join, apart = _beside_others(what) if beside else _after_others(what)
    out, gone = _("Take %(what)s out of its group", **what), _("Remove %(what)s from the system", **what)
    return (
        Act("up", "arrow-up", _("Move %(what)s up", **what), _("Move up (Alt+↑)")),
        Act("down", "arrow-down", _("Move %(what)s down", **what), _("Move down (Alt+↓)")),
        join,
        Act("unnest", "indent-decrease", out, _("Out of the group (Alt+←)")),
        *((apart,) if group else ()),
        Act("remove", "trash-2", gone, _("Remove from the system (Alt+Del)")),
    )


def _beside_others(what: Mapping[str, str]) -> tuple[Act, Act]:
    """Nesting and ungrouping of what stands in a sequence."""
    join, apart = (
        _("Run %(what)s in parallel with the one above", **what),
        _("Run %(what)s one after the other", **what),
    )
    return (
        Act("nest", "indent-increase", join, _("In parallel with the one above (Alt+→)")),
        Act("ungroup", "list-tree", apart, _("Ungroup: one after the other (Alt+Shift+←)")),
    )


def _after_others(what: Mapping[str, str]) -> tuple[Act, Act]:
    """Likewise of what stands in a parallel group."""
    join, apart = _("Run %(what)s after the one above", **what), _("Run %(what)s side by side", **what)
    return (
        Act("nest", "indent-increase", join, _("After the one above (Alt+→)")),
        Act("ungroup", "list-tree", apart, _("Ungroup: side by side (Alt+Shift+←)")),
    )


def _plan(system: System, library: Library) -> Plan | None:
    try:
        return build_plan(gather(system, library.steps, library.apis, library.systems))
    except Invalid:
        return None


class _Draft:
    """The flow as it is being edited: all that its parts are drawn from."""

    def __init__(
        self,
        flow: Written,
        library: Library,
        plan: Plan | None,
        problems: tuple[ProblemLine, ...],
        system: System,
    ) -> None:
        self.flow, self.library, self.plan, self.problems = flow, library, plan, problems
        self.system = system.id
        self.keys = keys_of(flow)
        self.ids = ids_of(flow)
        self.wiring: Wiring | None = wire(plan, plan.system.def_args) if plan else None
        self.critical = frozenset(longest_way(plan.flow, self.span_s)) if plan else frozenset[str]()

    def span_s(self, step: str) -> float:
        return (span_of(self.plan, step) if self.plan else self.library.steps[step].expect_span).seconds

    def others(self, step: str) -> tuple[tuple[str, str], ...]:
        """The other systems that use it."""
        users = self.library.systems_using_step.get(step, ())
        return tuple((id_, self.library.systems[id_].name or id_) for id_ in users if id_ != self.system)

    # -- the tree ------------------------------------------------------------------------------------

    def items(self, entries: Written, place: Place) -> tuple[Item, ...]:
        return tuple(self._item(entry, (*place, n), len(entries)) for n, entry in enumerate(entries))

    def _item(self, entry: Any, place: Place, siblings: int) -> Item:
        moves = Moves(place[-1] > 0, place[-1] < siblings - 1, place[-1] > 0, len(place) > 1, len(place) % 2 == 1)
        written = ".".join(map(str, place))
        if isinstance(entry, list):
            kind: Kind = "parallel" if len(place) % 2 else "sequence"
            return GroupItem(kind, written, self.ids[place], self.items(entry, place), replace(moves, ungroup=True))
        node = read_entry(entry)
        if node is None:
            return BrokenItem(written, self.ids[place], shortened(compact(entry), _ENTRY), moves)
        return self._step(node.step, entry, place, moves)

    def _step(self, step: str, entry: Any, place: Place, moves: Moves) -> StepItem:
        known, key = self.library.steps.get(step), self.keys[place]
        return StepItem(
            place=".".join(map(str, place)),
            key=key,
            step=step,
            title=title_of(entry),
            desc=known.desc if known and known.desc not in (step, title_of(entry)) else "",
            span=duration_text(self.span_s(known.id)) if known else NOTHING,
            known=known is not None,
            twice=key != step,
            critical=step in self.critical,
            publishes=tuple(known.response) if known else (),
            also=self.others(step),
            problems=tuple(line for line in self.problems if line.field == f"item.{key}"),
            moves=moves,
        )

    # -- the drawing ---------------------------------------------------------------------------------

    def map(self) -> Shape | None:
        try:
            return self._shape(parse_flow(self.flow))
        except Invalid:
            return None

    def _shape(self, node: Node) -> Shape:
        if isinstance(node, StepNode):
            return self._map_step(node)
        return MapGroup(
            "sequence" if isinstance(node, InSequence) else "parallel", tuple(map(self._shape, node.children))
        )

    def _map_step(self, node: StepNode) -> MapStep:
        known = self.library.steps.get(node.step)
        return MapStep(
            step=node.step,
            name=node.name,
            key=node.step,
            span=duration_text(self.span_s(known.id)) if known else NOTHING,
            known=known is not None,
            critical=node.step in self.critical,
            wrong=any(line.field == f"item.{node.step}" for line in self.problems),
            reads=tuple(_reads(self.plan, self.wiring, node.step)) if self.plan and self.wiring else (),
            publishes=tuple(known.response) if known else (),
        )


def _reads(plan: Plan, wiring: Wiring, step: str) -> Iterator[Read]:
    """Each value once per link and arg, in the order of writing."""
    for link in plan.step(step).checklink:
        for arg, raw, how in _bound(plan, wiring, step, link):
            for root, key in values_read(raw):
                if root == TASK or root in plan.steps_set:
                    yield Read(f"{root}.{key}" if key else root, arg, link.id, how, root == TASK)


def _bound(plan: Plan, wiring: Wiring, step: str, link: Link) -> Iterator[tuple[str, Any, How]]:
    """What is written on the link, then what is found by name."""
    use = link.api.val
    for arg, raw in (*use.args.items(), ("largs", use.largs)):
        yield arg, raw, "given"
    for arg in plan.args_of(step, link.id):
        if (step, link.id, arg) in wiring.inferred:
            yield arg, wiring.inferred[step, link.id, arg], "named"


# -- what is missing ---------------------------------------------------------------------------------


def _missing(plan: Plan, wiring: Wiring) -> Iterator[Missing]:
    """What no step produces and the system does not declare, with who wants it."""
    wanted: dict[str, list[str]] = {}
    for step, link, arg in wiring.unbound:
        wanted.setdefault(arg, []).append(f"{step}/{link}")
    for (step, link), one in plan.links.items():
        for root, key in values_read([one.api.val.args, one.api.val.largs]):
            if root == TASK and key:
                wanted.setdefault(key, []).append(f"{step}/{link}")
    for name, places in wanted.items():
        if name not in plan.system.def_args and name not in _OF_THE_TASK:
            wanting = {place.split("/")[0] for place in places}
            late = [maker for maker in plan.makers.get(name, ()) if maker not in wanting]
            yield Missing(name, ", ".join(dict.fromkeys(places)), ", ".join(late))


def _choices(wiring: Wiring) -> Iterator[Choice]:
    for (step, link, arg), candidates in wiring.ambiguous.items():
        yield Choice(arg, step, f"{step}/{link}", tuple(reference_to(*one) for one in candidates))


# -- steps to add ------------------------------------------------------------------------------------


def _finding(flow: Written, library: Library, query: str, others: Any) -> Finding:
    there = {step.split(".")[0] for step in keys_of(flow).values()}
    left = [step for id_, step in sorted(library.steps.items()) if id_ not in there]
    words = query.casefold().split()
    found = sorted((step for step in left if all(word in _text_of(step) for word in words)), key=_nearness(words))
    shown = tuple(
        FoundStep(
            id=step.id,
            desc="" if step.desc == step.id else step.desc,
            span=duration_text(step.expect_span.seconds),
            publishes=tuple(step.response),
            also=others(step.id),
        )
        for step in found[:FOUND]
    )
    return Finding(shown, len(found) - len(shown), bool(left))


def _nearness(words: list[str]) -> Callable[[Step], tuple[bool, bool]]:
    """First the step of that very id, then those whose id begins with it."""
    first = words[0] if words else ""
    return lambda step: (step.id.casefold() != first, not step.id.casefold().startswith(first))


def _text_of(step: Any) -> str:
    calls = " ".join(link.api.val.id for link in step.checklink)
    return f"{step.id} {step.desc} {' '.join(step.response)} {calls}".casefold()


# -- where a problem is mended -----------------------------------------------------------------------


def problem_lines(flow: Written, problems: Iterable[Problem], own: str) -> tuple[ProblemLine, ...]:
    """`own`: the id of the system; those of others that run it are mended there."""
    ids = ids_of(flow)
    return tuple(_line(problem, ids, own) for problem in problems)


def _line(problem: Problem, ids: Mapping[Place, str], own: str) -> ProblemLine:
    said = _place(problem.path), problem.message, problem.hint
    if found := _STEP.match(problem.path):
        return ProblemLine(f"item.{found[1]}" if found[1] in ids.values() else "", *said, step=found[1])
    if found := _API.match(problem.path):
        return ProblemLine("", *said, api=found[1])
    if (found := _IN_FLOW.match(problem.path)) and found[1] == own:
        place = tuple(int(number) for number in re.findall(r"\d+", found[2]))
        key = ids.get(place, "")
        shown = field_label(TREE) if not key or key.startswith(("group.", "broken.")) else key
        return ProblemLine(f"item.{key}" if key else TREE, shown, problem.message, problem.hint)
    return ProblemLine("" if "." in problem.path and not problem.path.startswith(ARG) else problem.path, *said)


def _place(path: str) -> str:
    """A field of the form by its label; what stands elsewhere by its path."""
    return _("Args of a task") if path.startswith(ARG) else field_label(path)


def field_label(field: str) -> str:
    labels = {
        "id": _("Id"),
        "name": _("Name"),
        "desc": _("What it is for"),
        "limit": _("Tasks at once"),
        TREE: _("Steps"),
    }
    return labels.get(field, field)
