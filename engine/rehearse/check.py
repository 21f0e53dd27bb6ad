"""What is wrong with a rehearsal before it runs: answers that cannot be given, expectations that cannot be met."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace

from engine.model import Problem, Rehearsal, Scripted, StepType, TaskStatus
from engine.plan import LinkAt, Plan
from engine.plan.suggest import did_you_mean, listed

from .subjects import Script, apis_of, inner, links_of, script_of

LATE, STATUS = "late", "status"


def rehearsal_problems(plan: Plan, rehearsal: Rehearsal) -> list[Problem]:
    """All of them; paths begin with `answers` or `expect`."""
    return [
        *_answer_problems(plan, rehearsal.answers),
        *_samples_missing(plan, rehearsal),
        *_expect_problems(plan, rehearsal.expect),
    ]


def _answer_problems(plan: Plan, answers: Mapping[str, Sequence[Scripted]]) -> Iterator[Problem]:
    links = {name: (where, at) for name, where, at in links_of(plan)}
    known = [*apis_of(plan), *links]
    for name, script in answers.items():
        if name not in known:
            yield Problem(f"answers.{name}", f"the system calls no {name}", did_you_mean(name, known))
            continue
        for number, scripted in enumerate(script):
            yield from _scripted_problems(f"answers.{name}[{number}]", scripted)
        if name in links and (problem := _unfit(*links[name], name, script)):
            yield problem
        elif any(scripted.not_ready for scripted in script):
            yield from _never_not_ready(plan, name)


def _scripted_problems(path: str, scripted: Scripted) -> Iterator[Problem]:
    for name in scripted.model_extra or ():
        hint = did_you_mean(name, Scripted.model_fields)
        yield Problem(f"{path}.{name}", f"an answer has no field {name}", hint)
    said = [name for name, holds in _EXCLUSIVE.items() if holds(scripted)]
    if len(said) > 1:
        yield Problem(path, f"{listed(said)} exclude one another", "write an entry for each")


_EXCLUSIVE: Mapping[str, Callable[[Scripted], bool]] = {
    "no_reply": lambda scripted: scripted.no_reply,
    "not_ready": lambda scripted: scripted.not_ready,
    "a status of 400 and above": lambda scripted: scripted.fails,
}


def _unfit(plan: Plan, at: LinkAt, name: str, script: Script) -> Problem | None:
    """What only a call can come to."""
    kind = plan.link(*at).api.op
    if not any(scripted.no_reply or scripted.status or (scripted.not_ready and kind in _RUNS) for scripted in script):
        return None
    hint = _FIT.get(kind)
    return Problem(f"answers.{name}", f"{name} calls no API", hint) if hint else None


_RUNS = (StepType.SYSTEM,)
_FIT: Mapping[StepType, str] = {
    StepType.SYSTEM: "say what its own APIs answer, or give the values of its steps as answer, with takes_s",
    StepType.MANUAL: "give what the person answers as answer, with takes_s",
}


def _never_not_ready(plan: Plan, name: str) -> Iterator[Problem]:
    for at, link in plan.links.items():
        if name not in ("/".join(at), link.api_id) or link.condition.val.strip():
            continue
        message = f"{at[0]}/{at[1]} has no condition, so any answer is good enough: it is never not ready"
        yield Problem(f"answers.{name}", message, "give the link a condition, or let the call fail by a status")


def _samples_missing(plan: Plan, rehearsal: Rehearsal) -> Iterator[Problem]:
    """Whoever has nothing to answer is told here, once."""
    found: dict[str, Problem] = {}
    for at, link in plan.links.items():
        script = script_of(rehearsal.answers, plan, at)
        if any(one.answer is not None and not one.fails for one in script):
            continue
        for problem in _MISSING[link.api.op](plan, at, rehearsal):
            found.setdefault(problem.path, problem)
    yield from found.values()


def _no_sample(plan: Plan, at: LinkAt, _rehearsal: Rehearsal) -> Iterator[Problem]:
    api = plan.api_of(*at)
    if api.sample is None:
        message = f"{api.id} has no sample, and no answer is given: what would it answer {at[0]}/{at[1]}?"
        yield Problem(f"answers.{api.id}", message, f"give the api {api.id} a sample result, or an answer here")


def _no_word(plan: Plan, at: LinkAt, _rehearsal: Rehearsal) -> Iterator[Problem]:
    """A person who is only asked to say that it is done has nothing else to say."""
    asked = plan.link(*at).condition.val.strip() or any(
        source.fromapi == at[1] for source in plan.step(at[0]).response.values()
    )
    if asked:
        name = "/".join(at)
        message = f"{name} asks a person, and no answer is given: what would they say?"
        yield Problem(f"answers.{name}", message, "give an answer here")


def _missing_below(plan: Plan, at: LinkAt, rehearsal: Rehearsal) -> Iterator[Problem]:
    """Of the links of the system that it runs, by their way there."""
    for problem in _samples_missing(plan.child_of(*at), inner(rehearsal, plan, at)):
        name = problem.path.removeprefix("answers.")
        yield replace(problem, path=f"answers.{'/'.join(at)}/{name}") if "/" in name else problem


_MISSING: Mapping[StepType, Callable[[Plan, LinkAt, Rehearsal], Iterator[Problem]]] = {
    StepType.API: _no_sample,
    StepType.LOOP: _no_sample,
    StepType.SYSTEM: _missing_below,
    StepType.MANUAL: _no_word,
}


# -- expectations ------------------------------------------------------------------------------------


def _expect_problems(plan: Plan, expect: Mapping[str, object]) -> Iterator[Problem]:
    for key, wanted in expect.items():
        if found := _OWN[key](plan, wanted) if key in _OWN else _value_problem(plan, key):
            yield Problem(f"expect.{key}", *found)


def _value_problem(plan: Plan, key: str) -> tuple[str, str] | None:
    step, _, path = key.partition(".")
    if step not in plan.steps_set or not path:
        known = [STATUS, LATE, *(f"{one}.{name}" for one in plan.steps for name in plan.step(one).response)]
        return f"there is no value {key}", did_you_mean(key, known)
    name, keys = path.partition(".")[0].partition("[")[0], plan.step(step).response
    return None if name in keys else (f"{step} never produces {name}", did_you_mean(name, keys))


def _status_problem(_plan: Plan, wanted: object) -> tuple[str, str] | None:
    statuses = [status.value for status in TaskStatus]
    return None if wanted in statuses else (f"{wanted!r} is no status", did_you_mean(str(wanted), statuses))


def _late_problem(plan: Plan, wanted: object) -> tuple[str, str] | None:
    if not isinstance(wanted, list):
        return "expected a list of the steps that are late", "write [] when none may be"
    strange = [step for step in wanted if step not in plan.steps_set]
    return (f"the system has no step {strange[0]!r}", did_you_mean(str(strange[0]), plan.steps)) if strange else None


_OWN: Mapping[str, Callable[[Plan, object], tuple[str, str] | None]] = {STATUS: _status_problem, LATE: _late_problem}
