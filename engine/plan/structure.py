"""What must be right before a plan can be made at all: ids, duplicates, mappings, and the syntax of scripts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from functools import lru_cache

from engine.model import Api, Definition, Document, Link, Problem, Step, System
from engine.script import Script, ScriptError, check, names_read

from .flow import Node, steps_in
from .suggest import did_you_mean
from .tree import places

SCRIPT_NAMES = frozenset({"result", "response", "task", "loop"})
"""What a condition, an `lresult` and the `key` of a response may read."""
_MAY_READ = f"it may read {', '.join(sorted(SCRIPT_NAMES))}"
RESERVED_STEPS = frozenset({"TASK", "SECRET", "task", "loop"})
"""Names that mean something else in a value."""


@lru_cache(maxsize=8192)
def script_fault(script: Script, names: frozenset[str] | None) -> str | None:
    """Why a script cannot be used, with its line; None if it can."""
    try:
        check(script, names)
    except ScriptError as error:
        return str(error)
    return None


def unknown_ids(
    system: System, flow: Node, steps: Mapping[str, Step], apis: Mapping[str, Api], systems: Mapping[str, object]
) -> Iterator[Problem]:
    """Steps that the flow names, apis and systems that those steps name, and that are not there."""
    for step_id in dict.fromkeys(steps_in(flow)):
        if step_id not in steps:
            hint = did_you_mean(step_id, steps)
            yield Problem(_standing(system, step_id)[0], f"there is no step called {step_id}", hint)
            continue
        yield from _unknown_callees(steps[step_id], apis, systems)


def _unknown_callees(step: Step, apis: Mapping[str, Api], systems: Mapping[str, object]) -> Iterator[Problem]:
    for link in step.checklink:
        place = f"step.{step.id}.checklink.{link.id}.api"
        for kind, id_, known in (("api", link.api_id, apis), ("system", link.system_id, systems)):
            if id_ is not None and id_ not in known:
                yield Problem(place, f"there is no {kind} called {id_}", did_you_mean(id_, known))


def step_problems(step: Step, apis: Mapping[str, Api], systems: Mapping[str, object]) -> Iterator[Problem]:
    """Everything that is wrong with a step on its own, be it in a system or in none yet."""
    yield from _unknown_callees(step, apis, systems)
    yield from _step_problems(step, f"step.{step.id}")


def structural_problems(definition: Definition, flow: Node) -> Iterator[Problem]:
    """Everything that is wrong with a definition on its own."""
    named = Counter(steps_in(flow))
    yield from unknown_ids(definition.system, flow, definition.steps, definition.apis, definition.systems)
    yield from _repeated(definition.system, named)
    yield from _mismatches(definition, named)
    for step_id in named:
        if step_id in definition.steps:
            yield from _step_problems(definition.steps[step_id], f"step.{step_id}")


def _repeated(system: System, named: Counter[str]) -> Iterator[Problem]:
    for step_id, times in named.items():
        if times > 1:
            hint = "make a copy of the step under another id"
            where = _standing(system, step_id)[-1]
            yield Problem(where, f"the step {step_id} stands {times} times in this system", hint)
        if step_id in RESERVED_STEPS:
            hint = f"rename it: $${step_id} and {step_id} mean something else in a value"
            yield Problem(_standing(system, step_id)[0], f"a step cannot be called {step_id}", hint)


def _standing(system: System, step_id: str) -> list[str]:
    """The path of each place at which it stands."""
    where = f"system.{system.id}.step"
    found = [place for place, node in places(system.step) if node.step == step_id]
    return [where + "".join(f"[{number}]" for number in place) for place in found]


def _mismatches(definition: Definition, named: Counter[str]) -> Iterator[Problem]:
    links = [link for step in definition.steps.values() for link in step.checklink]
    inner = {key: one.system for key, one in definition.systems.items()}
    kinds: tuple[tuple[str, Mapping[str, Document], Collection[str | None]], ...] = (
        ("step", definition.steps, named),
        ("api", definition.apis, {link.api_id for link in links}),
        ("system", inner, {link.system_id for link in links}),
    )
    for kind, documents, wanted in kinds:
        for key, document in documents.items():
            if key != document.id:
                yield Problem(f"{kind}.{key}", f"its _id is {document.id}", "file it under its own _id")
            if key not in wanted:
                hint = "leave it out; gather() takes only what the system names"
                yield Problem(f"{kind}.{key}", f"the system does not use this {kind}", hint)


def _step_problems(step: Step, where: str) -> Iterator[Problem]:
    for link_id, times in Counter(link.id for link in step.checklink).items():
        if times > 1:
            hint = 'give each its own "_id"; two links may call the same api'
            yield Problem(f"{where}.checklink.{link_id}", f"{times} links are called {link_id}", hint)
    for link in step.checklink:
        yield from _link_problems(link, f"{where}.checklink.{link.id}")
        yield from _unanswered(step, link, f"{where}.checklink.{link.id}")
    yield from _response_problems(step, f"{where}.response")


def _unanswered(step: Step, link: Link, where: str) -> Iterator[Problem]:
    """What is read of a person's answer and is not asked for."""
    if link.question is None:
        return
    asked = [key for key, source in step.response.items() if source.fromapi == link.id]
    scripts = {f"{where}.condition.val": link.condition.val}
    scripts |= {f"step.{step.id}.response.{key}.key": step.response[key].key for key in asked}
    for path, script in scripts.items():
        for key in _read_of_result(script):
            if key not in asked:
                hint = f"add {key} to the response keys of {link.id}: a person is asked for a value of each"
                yield Problem(path, f"it reads {key}, but nobody is asked for {key}", hint)


def _read_of_result(script: str) -> Iterator[str]:
    try:
        reads = names_read(Script.expr(script)) if script.strip() else ()
    except ScriptError:  # told where the script stands
        return
    for read in reads:
        if read.name in ("result", "response") and read.path and isinstance(read.path[0], str):
            yield read.path[0]


def _link_problems(link: Link, where: str) -> Iterator[Problem]:
    if link.condition.val.strip():
        fault = script_fault(Script.expr(link.condition.val), SCRIPT_NAMES)
        if fault:
            yield Problem(f"{where}.condition.val", f"the condition cannot be used: {fault}", _MAY_READ)
    if (link.api.val.lresult or "").strip():
        fault = script_fault(Script.body(link.api.val.lresult or ""), SCRIPT_NAMES)
        if fault:
            yield Problem(f"{where}.api.val.lresult", f"lresult cannot be used: {fault}", _MAY_READ)


def _response_problems(step: Step, where: str) -> Iterator[Problem]:
    links = {link.id for link in step.checklink}
    for key, source in step.response.items():
        if not key or key.startswith("$") or "." in key or "\0" in key:
            hint = "leave out dots and a leading $"
            yield Problem(f"{where}.{key}", f"a response cannot have a key written {key!r}", hint)
        if source.fromapi not in links:
            message = f"fromapi names {source.fromapi}, but no link of {step.id} has that id"
            yield Problem(f"{where}.{key}.fromapi", message, did_you_mean(source.fromapi, links))
        fault = script_fault(Script.expr(source.key), SCRIPT_NAMES)
        if fault:
            yield Problem(f"{where}.{key}.key", f"the key cannot be read: {fault}", _MAY_READ)
