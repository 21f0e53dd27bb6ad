"""Plans made from definitions: what a system names is gathered, checked, and put together with what its links run."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import MappingProxyType

from engine.model import Api, Arg, Definition, Invalid, Problem, Step, System

from .flow import read_flow, steps_in
from .plan import Child, Plan, content_hash
from .proof import task_names_read
from .structure import structural_problems, unknown_ids
from .wiring import wire

DEEPEST = 8
"""Systems within one another."""
MOST_SYSTEMS = 100
"""That one system runs in all, those within others counted each time."""
_NONE: Mapping[str, System] = MappingProxyType({})


def build_plan(definition: Definition) -> Plan:
    """The plan of a definition; raises `Invalid` with every structural problem, not the first alone."""
    flow, problems = read_flow(definition.system.step, f"system.{definition.system.id}.step")
    problems.extend(structural_problems(definition, flow))
    children: dict[str, Plan] = {}
    for id_, inner in definition.systems.items():
        try:
            children[id_] = build_plan(inner)
        except Invalid as invalid:
            problems.extend(invalid.problems)
    if problems:
        raise Invalid(dict.fromkeys(problems))
    hash_ = content_hash(definition)
    return Plan(hash_, definition, flow, {id_: Child(plan, signature(plan)) for id_, plan in children.items()})


def signature(plan: Plan) -> dict[str, Arg]:
    """The args that a task of this plan takes; one without a value has to be given."""
    wiring = wire(plan, plan.system.def_args)
    found = {name: Arg() for name in task_names_read(plan)}
    for step, link, name in wiring.unbound:
        declared = plan.args_of(step, link)[name].type
        same = name not in found or found[name].type == declared
        found[name] = Arg(type=declared if same else "any")
    return {**found, **{name: Arg(val=value) for name, value in plan.system.def_args.items()}}


def gather(
    system: System, steps: Mapping[str, Step], apis: Mapping[str, Api], systems: Mapping[str, System] = _NONE
) -> Definition:
    """The system with the steps, apis and systems that it names, and no others.

    Raises `Invalid` for unknown ids, and for systems that would run each other without end.
    """
    gathering = _Gathering(steps, apis, systems)
    definition = gathering.definition(system, (system.id,))
    if gathering.problems:
        raise Invalid(dict.fromkeys(gathering.problems))
    return definition


class _Gathering:
    def __init__(self, steps: Mapping[str, Step], apis: Mapping[str, Api], systems: Mapping[str, System]) -> None:
        self._steps, self._apis, self._systems = steps, apis, systems
        self._count = 0
        self.problems: list[Problem] = []

    def definition(self, system: System, trail: tuple[str, ...]) -> Definition:
        """`trail`: the systems that it stands in, itself the last."""
        flow, problems = read_flow(system.step, f"system.{system.id}.step")
        problems.extend(unknown_ids(system, flow, self._steps, self._apis, self._systems))
        self.problems.extend(problems)
        named = {step: self._steps[step] for step in steps_in(flow) if step in self._steps}
        called = dict.fromkeys(link.api_id for step in named.values() for link in step.checklink if link.api_id)
        apis = {api: self._apis[api] for api in called if api in self._apis}
        inner = {child.id: self.definition(child, (*trail, child.id)) for child in self._run_by(named, trail)}
        return Definition(system=system, steps=named, apis=apis, systems=inner)

    def _run_by(self, steps: Mapping[str, Step], trail: tuple[str, ...]) -> Iterator[System]:
        """The systems that the links of these steps run, each once; none of those that must not stand here."""
        places = {
            link.system_id: f"step.{step.id}.checklink.{link.id}.api.val._id"
            for step in steps.values()
            for link in step.checklink
            if link.system_id in self._systems
        }
        for id_, place in places.items():
            if id_ is None:
                continue
            self._count += 1
            if problem := self._misplaced(id_, place, trail):
                self.problems.append(problem)
            else:
                yield self._systems[id_]

    def _misplaced(self, id_: str, place: str, trail: tuple[str, ...]) -> Problem | None:
        if id_ in trail:
            cycle = " → ".join([*trail[trail.index(id_) :], id_])
            return Problem(place, f"these systems would run each other without end: {cycle}", "take one of them out")
        if len(trail) >= DEEPEST:
            way = " → ".join([*trail, id_])
            return Problem(place, f"systems are nested more than {DEEPEST} deep: {way}", "let fewer run one another")
        if self._count > MOST_SYSTEMS:
            hint = "split it into tasks of their own"
            return Problem(place, f"{trail[0]} would run more than {MOST_SYSTEMS} systems in all", hint)
        return None
