"""The proof (R10): everything that would go wrong, told before anything runs, all at once and each with its path.

A task that passes cannot deadlock: every value it waits for comes from a link that does not wait for it.
What only the run can tell (answers, computed `$CODE`) is not judged here; of secrets, only whether they are there.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from typing import Any

from engine.model import Problem, StepType, Task

from .args import Args
from .loops import loop_problems
from .plan import LinkAt, Plan
from .references import References
from .secret import ROOT, Secrets
from .setup import Setup, Setups, setups_of_plan, setups_of_task
from .suggest import did_you_mean, listed
from .waits import Gate, Graph, Knot, knots, producers, shortest_cycle, value_edges, waits_of
from .wiring import ArgAt, Candidate, reference_to, wire


def prove(
    plan: Plan, task: Task, task_args: Mapping[str, Any], secrets: Collection[str] | None = None
) -> list[Problem]:
    """Every problem of a task that is to run by this plan; none means that it may start.

    `secrets` are the names of all there are; None where nobody knows them.
    """
    setups = setups_of_task(plan, task)
    values = {**task_fields(task), **task_args}
    problems = list(_shape_problems(plan, task))
    problems += _setup_problems(plan, setups, values, secrets)
    problems += _missing_args(plan, setups, task_args)
    problems += _cycles(plan, setups)
    return problems


def lacks(plan: Plan, task: Task) -> str:
    """What keeps a READY task from being started; empty when nothing does."""
    problems = prove(plan, task, {**plan.system.def_args, **task.args})
    return f"cannot be started yet: {'; '.join(map(str, problems))}" if problems else ""


def prove_system(plan: Plan, secrets: Collection[str] | None = None) -> list[Problem]:
    """Every problem of a definition that no task could make good; values that a task may bring are not missed."""
    setups = setups_of_plan(plan)
    return [*_setup_problems(plan, setups, None, secrets), *_cycles(plan, setups)]


def task_names_read(plan: Plan) -> Iterator[str]:
    """The args of a task that the links name by themselves, as in `$$TASK.x`."""
    own = {"_id", "system", "name", "labels", "priority"}
    for setup in setups_of_plan(plan).values():
        for _, reference in setup.references:
            if reference.root == "TASK" and reference.path and reference.path[0] not in own:
                yield str(reference.path[0])


def task_fields(task: Task) -> dict[str, Any]:
    """What scripts and references see of the task itself, beneath its args."""
    own = {"_id": task.id, "system": task.system, "name": task.name}
    return own | {"labels": task.labels, "priority": task.priority}


def _shape_problems(plan: Plan, task: Task) -> Iterator[Problem]:
    """Steps and links that the task lacks, or has too many."""
    if task.system != plan.system.id:
        yield Problem("system", f"the task is of {task.system}, the plan of {plan.system.id}", "use its own plan")
    yield from _differences("step_info", "step", dict.fromkeys(plan.steps), task.step_info)
    for step in plan.steps:
        if step in task.step_info:
            links = dict.fromkeys(link.id for link in plan.step(step).checklink)
            path = f"step_info.{step}.api_status"
            yield from _differences(path, "link", links, task.step_info[step].api_status)


def _differences(path: str, kind: str, wanted: Collection[str], there: Collection[str]) -> Iterator[Problem]:
    for name in there:
        if name not in wanted:
            yield Problem(f"{path}.{name}", f"the plan has no {kind} called {name} here", did_you_mean(name, wanted))
    for name in wanted:
        if name not in there:
            yield Problem(f"{path}.{name}", f"the task lacks the {kind} {name}", "make the task anew from its system")


def _setup_problems(
    plan: Plan, setups: Setups, values: Mapping[str, Any] | None, secrets: Collection[str] | None
) -> Iterator[Problem]:
    args, references = Args(plan, setups, values), References(plan, values, secrets)
    for api in plan.definition.apis.values():
        yield from Secrets(secrets).of_api(api)
    for at, setup in setups.items():
        yield from args.problems(setup)
        for path, reference in setup.references:
            yield from references.problems(at, path, reference)
        yield from loop_problems(plan, setup, values)
        yield from _KIND_PROBLEMS[plan.links[at].api.op](plan, setup)


def _missing_args(plan: Plan, setups: Setups, task_args: Mapping[str, Any]) -> Iterator[Problem]:
    missing = list(_unset_args(plan, setups))
    if not missing:
        return
    given = {(*at, arg): raw for at, setup in setups.items() for arg, raw in setup.args.items()}
    wiring = wire(plan, task_args, given)
    for at in missing:
        step, link, arg = at
        path = f"{setups[step, link].path}.args.{arg}"
        yield _ambiguous(path, at, wiring.ambiguous[at]) if at in wiring.ambiguous else _unbound(plan, path, at)


def _unset_args(plan: Plan, setups: Setups) -> Iterator[ArgAt]:
    for at, setup in setups.items():
        for name, declared in plan.args_of(*at).items():
            if name not in setup.args and declared.val is None:
                yield (*at, name)


def _ambiguous(path: str, at: ArgAt, candidates: tuple[Candidate, ...]) -> Problem:
    steps = listed(step for step, _ in candidates)
    choice = " or ".join(reference_to(*candidate) for candidate in candidates[:3])
    return Problem(path, f"{at[2]} could come from {len(candidates)} steps: {steps}", f"choose one: {choice}")


def _unbound(plan: Plan, path: str, at: ArgAt) -> Problem:
    arg, callee = at[2], "system" if plan.link(at[0], at[1]).system_id else "api"
    hint = f"give it a value here, give the task an arg {arg}, or give the {callee} a default"
    return Problem(path, f"the arg {arg} of {at[0]}/{at[1]} has no value anywhere", hint)


def _no_problems(_plan: Plan, _setup: Setup) -> Iterator[Problem]:
    return iter(())


def _kept_secrets(_plan: Plan, setup: Setup) -> Iterator[Problem]:
    """What a child or a person is given is kept in the open."""
    for path, reference in setup.references:
        if reference.root == ROOT:
            hint = "let the api that needs it name it, in a header or as the default of an arg"
            yield Problem(path, f"{reference.source}: a secret is given to calls of apis only", hint)


def _child_problems(plan: Plan, setup: Setup) -> Iterator[Problem]:
    """Where a person would have to choose: nobody is there to do it when the child begins."""
    yield from _kept_secrets(plan, setup)
    child = plan.child_of(*setup.at)
    given = {**child.system.def_args, **setup.args}
    for (step, link, arg), candidates in wire(child, given).ambiguous.items():
        steps = listed(maker for maker, _ in candidates)
        message = f"{child.system.id} cannot run by itself: the arg {arg} of {step}/{link} could come from {steps}"
        yield Problem(setup.path, message, f"bind {arg} where {step} is defined")


_KIND_PROBLEMS: dict[StepType, Callable[[Plan, Setup], Iterator[Problem]]] = {
    StepType.API: _no_problems,
    StepType.LOOP: _no_problems,
    StepType.SYSTEM: _child_problems,
    StepType.MANUAL: _kept_secrets,
}


def _cycles(plan: Plan, setups: Setups) -> Iterator[Problem]:
    graph = waits_of(plan, value_edges(plan, setups))
    for knot in knots(graph):
        cycle = shortest_cycle(graph, knot, _reader_in(plan, knot, graph))
        names = " → ".join(f"{step}/{link}" for step, link in cycle)
        hint = "let one of them take its value from elsewhere (→ reads: waits for)"
        yield Problem(
            _where(plan, setups, cycle, knot),
            f"these links would wait for each other without end: {names}",
            hint,
        )


def _reader_in(plan: Plan, knot: Knot, graph: Graph) -> LinkAt:
    """The first link in the order of writing that waits for a value from within the knot."""
    for at in plan.links:
        if at in knot and any(other in knot and not isinstance(other, Gate) for other in graph[at]):
            return at
    raise AssertionError("a knot without a value: the flow alone has no cycles")


def _where(plan: Plan, setups: Setups, cycle: tuple[LinkAt, ...], knot: Knot) -> str:
    """The value through which the cycle's first link waits."""
    setup = setups[cycle[0]]
    paths = [path for path, reference in setup.references if set(producers(plan, reference)) & knot]
    return paths[0] if paths else setup.path
