"""Whether a link's loop settings make sense: `type`, `largs`, `lresult`, `lparallel`, and who reads the list."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from engine.model import CALLING, Problem
from engine.script import Literal_, Script, TaskRef, names_read

from .plan import Plan
from .reading import read_text
from .rounds import rounds_of
from .secret import ROOT
from .setup import Setup
from .structure import SCRIPT_NAMES, script_fault

_LIST_HINT = "read one round (result[0].…), or give an lresult that returns one object"


def loop_problems(plan: Plan, setup: Setup, task_values: Mapping[str, Any] | None) -> Iterator[Problem]:
    """Everything wrong with the loop of one link. Without a task, `largs` may still come."""
    kind = plan.link(*setup.at).api.op
    if setup.type != kind and not {setup.type, kind} <= CALLING:
        yield Problem(f"{setup.path}.type", f"this link is {kind}: its type cannot be {setup.type}", f"make it {kind}")
        return
    if not setup.loops:
        yield from _loopless_problems(setup)
        return
    if setup.largs is not None:
        yield from _count_problems(setup, task_values)
    elif task_values is not None:
        hint = "give a count, a list, or a reference to one, such as $TASK.n"
        yield Problem(f"{setup.path}.largs", "a LOOP needs largs, the number of its rounds", hint)
    yield from _lresult_problems(plan, setup)


def _loopless_problems(setup: Setup) -> Iterator[Problem]:
    for name in ("largs", "lresult", "lparallel"):
        if getattr(setup, name) not in (None, ""):
            message = f"{name} is given, but this link is called once: its type is {setup.type}"
            yield Problem(f"{setup.path}.{name}", message, f"set its type to LOOP, or remove {name}")
    for path, reading in setup.arg_readings:
        if reading.reads_loop:
            hint = "set its type to LOOP and give largs, or do without loop"
            yield Problem(path, f"loop is only there in a LOOP, and the type of this link is {setup.type}", hint)


def _count_problems(setup: Setup, task_values: Mapping[str, Any] | None) -> Iterator[Problem]:
    path = f"{setup.path}.largs"
    if any(reference.root == ROOT for _, reading in setup.largs_readings for reference in reading.references):
        yield Problem(path, "a loop cannot run over a secret", "bind the secret to an arg: $$SECRET.<name>")
    if any(reading.reads_loop for _, reading in setup.largs_readings):
        yield Problem(path, "largs is read before the loop begins: there is no loop yet", "count without loop")
    known, count = _known_count(setup.largs, task_values)
    if not known:
        return
    try:
        rounds_of(count)
    except ValueError as error:
        source = f"{setup.largs}: " if isinstance(setup.largs, str) and setup.largs.startswith("$") else ""
        yield Problem(path, f"{source}{error}", "write a count such as 4, a list, or a reference to one")


def _known_count(largs: Any, task_values: Mapping[str, Any] | None) -> tuple[bool, Any]:
    """Whether the value of `largs` is known before the task runs, and the value."""
    if not isinstance(largs, str):
        return True, largs
    reading = read_text(largs)
    if isinstance(reading.value, Literal_):
        return not reading.fault, reading.value.value
    if isinstance(reading.value, TaskRef) and len(reading.value.path) == 1 and task_values is not None:
        key = str(reading.value.path[0])
        return key in task_values, task_values.get(key)
    return False, None


def _lresult_problems(plan: Plan, setup: Setup) -> Iterator[Problem]:
    if (setup.lresult or "").strip():
        fault = script_fault(Script.body(setup.lresult or ""), SCRIPT_NAMES)
        if fault:
            hint = "lresult is a Python function body: it reads result, task and loop, and ends with return"
            yield Problem(f"{setup.path}.lresult", f"lresult cannot be used: {fault}", hint)
        return
    for what, source in _judges(plan, setup):
        for read in names_read(Script.expr(source)):
            if read.name in ("result", "response") and read.path and isinstance(read.path[0], str):
                message = f"{what} reads {read.name}.{read.path[0]}, but the result of a LOOP is a list"
                yield Problem(f"{setup.path}.lresult", message, _LIST_HINT)


def _judges(plan: Plan, setup: Setup) -> Iterator[tuple[str, str]]:
    """The scripts that read the result of this link."""
    step, link = setup.at
    condition = plan.link(step, link).condition.val
    if condition.strip():
        yield "its condition", condition
    for key, source in plan.step(step).response.items():
        if source.fromapi == link:
            yield f"the response key {key} of {step}", source.key
