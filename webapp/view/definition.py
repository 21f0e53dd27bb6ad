"""A system, a step or an API as its own page shows it: the definition, drawn and told, with nothing of a run in it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, ClassVar, Literal, TypeAlias

from flask_babel import gettext as _

from engine.call import shown_header, without_credentials
from engine.model import Api, Arg, Hours, Invalid, Link, Patience, Problem, Step, StepType, System
from engine.plan import (
    Node,
    Plan,
    Sequence,
    StepNode,
    Wiring,
    build_plan,
    critical_path,
    gather,
    parse_flow,
    span_of,
    wire,
)
from engine.plan import prove_system as prove

from .callee import Callee, callee
from .flow import written
from .health import Health, health
from .library import Library
from .moment import NOTHING, duration_text
from .text import compact, pretty, shortened

_VALUE = 160

Source = Literal["given", "named", "choose", "default", "open"]
"""Where the value of an arg comes from; `choose`: several could give it, `open`: a task has to."""
Fact: TypeAlias = tuple[str, str]
"""What, and what it is."""


@dataclass(frozen=True, slots=True)
class ArgLine:
    name: str
    type: str
    value: str
    source: Source


@dataclass(frozen=True, slots=True)
class LinkShape:
    id: str
    callee: Callee
    loop: str
    reduce: str
    condition: str
    args: tuple[ArgLine, ...]
    facts: tuple[Fact, ...]


@dataclass(frozen=True, slots=True)
class StepShape:
    kind: ClassVar[str] = "step"
    id: str
    name: str
    desc: str
    known: bool
    span: str
    links: tuple[LinkShape, ...]
    response: tuple[Fact, ...]


@dataclass(frozen=True, slots=True)
class GroupShape:
    kind: Literal["sequence", "parallel"]
    children: tuple[Shape, ...]


Shape: TypeAlias = "StepShape | GroupShape"


@dataclass(frozen=True, slots=True)
class SystemPage:
    id: str
    name: str
    desc: str
    sample: bool
    flow: Shape | None
    args: tuple[Fact, ...]
    limit: str
    span: str
    """The expected time of the longest way through."""
    problems: tuple[Problem, ...]
    health: Health
    json: str


@dataclass(frozen=True, slots=True)
class StepPage:
    shape: StepShape
    sample: bool
    systems: tuple[Fact, ...]
    """Those that use it: id, name."""
    health: Health
    json: str


@dataclass(frozen=True, slots=True)
class ApiPage:
    id: str
    desc: str
    sample: bool
    method: str
    url: str
    args: tuple[ArgLine, ...]
    headers: tuple[Fact, ...]
    facts: tuple[Fact, ...]
    answer: str
    steps: tuple[str, ...]
    systems: tuple[Fact, ...]
    health: Health
    json: str


def system_page(system: System, library: Library, hours: Hours) -> SystemPage:
    plan, problems = _plan(system, library)
    painter = _Painter(library, wire(plan, system.def_args) if plan else None, plan)
    return SystemPage(
        id=system.id,
        name=system.name or system.id,
        desc=system.desc,
        sample=system.debug,
        flow=_flow(system, painter),
        args=tuple((name, _shown(value)) for name, value in system.def_args.items()),
        limit=str(system.max_concurrency or ""),
        span=_span_of(plan) if plan else NOTHING,
        problems=problems,
        health=health(hours, ("system", system.id)),
        json=pretty(system.to_json()),
    )


def step_page(step: Step, library: Library, hours: Hours) -> StepPage:
    return StepPage(
        shape=_Painter(library, None).step(step.id, step.id),
        sample=step.debug,
        systems=_named(library, library.systems_using_step.get(step.id, ())),
        health=health(hours, ("step", step.id)),
        json=pretty(step.to_json()),
    )


def api_page(api: Api, library: Library, hours: Hours) -> ApiPage:
    shown = api.model_copy(update={"headers": _headers(api), "url": without_credentials(api.url)})
    return ApiPage(
        id=api.id,
        desc=api.desc,
        sample=api.debug,
        method=api.method,
        url=shown.url,
        args=tuple(_declared(api, name) for name in api.args),
        headers=tuple(shown.headers.items()),
        facts=(*_how_called(api), *_patience(api)),
        answer="" if api.sample is None else pretty(api.sample),
        steps=library.steps_using_api.get(api.id, ()),
        systems=_named(library, library.systems_using_api.get(api.id, ())),
        health=health(hours, ("api", api.id)),
        json=pretty(shown.to_json()),
    )


class _Painter:
    """Draws steps; with a wiring it says what each arg would bind to in a task of that system."""

    def __init__(self, library: Library, wiring: Wiring | None, plan: Plan | None = None) -> None:
        self._library, self._wiring, self._plan = library, wiring, plan

    def shape(self, node: Node) -> Shape:
        if isinstance(node, StepNode):
            return self.step(node.step, node.name)
        kind: Literal["sequence", "parallel"] = "sequence" if isinstance(node, Sequence) else "parallel"
        return GroupShape(kind, tuple(map(self.shape, node.children)))

    def step(self, id_: str, name: str) -> StepShape:
        step = self._library.steps.get(id_)
        if step is None:
            return StepShape(id_, name, "", False, NOTHING, (), ())
        return StepShape(
            id=id_,
            name=name,
            desc="" if step.desc in (name, id_) else step.desc,
            known=True,
            span=duration_text(self._span_s(step)),
            links=tuple(self._link(id_, link) for link in step.checklink),
            response=tuple((key, f"{source.fromapi}: {source.key}") for key, source in step.response.items()),
        )

    def _span_s(self, step: Step) -> float:
        return (span_of(self._plan, step.id) if self._plan else step.expect_span).seconds

    def _link(self, step: str, link: Link) -> LinkShape:
        use, declared = link.api.val, self._library.args_of(link)
        return LinkShape(
            id=link.id,
            callee=callee(link, self._library.apis, self._library.systems),
            loop=_loop_text(link),
            reduce=use.lresult or "",
            condition=link.condition.val,
            args=tuple(self._arg(step, link, name, declared.get(name)) for name in {**declared, **use.args}),
            facts=tuple(_patience(use)),
        )

    def _arg(self, step: str, link: Link, name: str, declared: Arg | None) -> ArgLine:
        kind = declared.type if declared else "any"
        at, wiring, given = (step, link.id, name), self._wiring, link.api.val.args.get(name)
        if given is not None:
            return ArgLine(name, kind, _written(given), "given")
        if wiring and at in wiring.inferred:
            return ArgLine(name, kind, wiring.inferred[at], "named")
        if wiring and at in wiring.ambiguous:
            choices = " | ".join(f"$${step}.{key}" for step, key in wiring.ambiguous[at])
            return ArgLine(name, kind, choices, "choose")
        if declared and declared.val is not None:
            return ArgLine(name, kind, _shown(declared.val), "default")
        return ArgLine(name, kind, "", "open" if wiring else "named")


def _plan(system: System, library: Library) -> tuple[Plan | None, tuple[Problem, ...]]:
    """A definition that cannot be run is shown all the same, with what is wrong."""
    try:
        plan = build_plan(gather(system, library.steps, library.apis, library.systems))
    except Invalid as invalid:
        return None, tuple(invalid.problems)
    return plan, tuple(prove(plan))


def _flow(system: System, painter: _Painter) -> Shape | None:
    try:
        return painter.shape(parse_flow(system.step))
    except Invalid:
        return None


def _span_of(plan: Plan) -> str:
    return duration_text(critical_path(plan.flow, lambda step: span_of(plan, step).seconds))


def _named(library: Library, systems: tuple[str, ...]) -> tuple[Fact, ...]:
    return tuple((id_, library.systems[id_].name or id_) for id_ in systems)


def _declared(api: Api, name: str) -> ArgLine:
    arg = api.args[name]
    return ArgLine(name, arg.type, "" if arg.val is None else _shown(arg.val), "open" if arg.val is None else "default")


def _headers(api: Api) -> dict[str, str]:
    return {name: shown_header(name, value) for name, value in api.headers.items()}


def _loop_text(link: Link) -> str:
    if link.api.op != StepType.LOOP:
        return ""
    over, side_by_side = _written(link.api.val.largs), link.api.val.lparallel
    if side_by_side and side_by_side > 1:
        return _("loop over %(over)s, %(count)d side by side", over=over, count=side_by_side)
    return _("loop over %(over)s", over=over)


def _how_called(api: Api) -> Iterator[Fact]:
    yield _("Time limit"), duration_text(api.timeout_s)
    if api.send:
        yield _("Args are sent as"), api.send
    yield _("May be repeated"), _("yes") if api.repeatable else _("no")
    if not api.repeatable:
        yield (
            _("When the outcome is unknown"),
            _("it is tried again") if api.on_unknown == "retry" else _("a person is asked"),
        )
    if api.follow_redirects:
        yield _("Redirects"), _("are followed")
    if api.max_concurrency:
        yield _("Calls at once"), str(api.max_concurrency)


def _patience(said: Patience) -> Iterator[Fact]:
    if said.interval is not None:
        yield _("Tried again after"), duration_text(said.interval)
    if said.backoff is not None:
        yield _("Each wait is longer by"), f"× {said.backoff:g}"
    if said.max_interval_s is not None:
        yield _("Longest wait"), duration_text(said.max_interval_s)
    if said.max_attempts is not None:
        yield _("Attempts at most"), str(said.max_attempts)
    if said.give_up_after_s is not None:
        yield _("Given up after"), duration_text(said.give_up_after_s)


def _written(value: Any) -> str:
    return shortened(written(value), _VALUE)


def _shown(value: Any) -> str:
    return shortened(compact(value), _VALUE)
