"""Where in the form for a new task a problem is mended: its path, as the id of a field and in words. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from engine.model import Problem
from engine.plan import ArgAt, LinkAt, Plan

_LINK = re.compile(r"step_info\.([\w-]+)\.api_status\.([\w-]+)(?:\.(.+))?", re.DOTALL)
_STEP = re.compile(r"step_info\.([\w-]+)(?:\.(expect_span).*)?")
_OWN = re.compile(r"(system|name|labels|priority|start_at|raw|args)\b")


@dataclass(frozen=True, slots=True)
class ProblemLine:
    """`field`: the id of what to mend it in; empty where the form has nothing for it."""

    field: str
    place: str
    message: str
    hint: str


def arg_id(plan: Plan, at: LinkAt, arg: str) -> str:
    return f"arg.{at[0]}.{at[1]}.{list(plan.args_of(*at)).index(arg)}"


def part_id(what: str, at: LinkAt) -> str:
    return f"{what}.{at[0]}.{at[1]}"


def given_id(keys: Sequence[str], key: str) -> str:
    return f"given.{keys.index(key)}" if key in keys else "args"


def problem_lines(plan: Plan | None, keys: Sequence[str], problems: Iterable[Problem]) -> tuple[ProblemLine, ...]:
    """`keys`: the args of the task that have a field of their own."""
    return tuple(_line(plan, keys, problem) for problem in problems)


def at_the_task(unbound: Iterable[ArgAt], keys: Sequence[str], problems: Iterable[Problem]) -> list[Problem]:
    """What a call lacks and a field of the task asks for is best given there."""
    paths = {f"step_info.{step}.api_status.{link}.args.{arg}": arg for step, link, arg in unbound if arg in keys}
    return [
        replace(problem, path=f"args.{paths[problem.path]}") if problem.path in paths else problem
        for problem in problems
    ]


def _line(plan: Plan | None, keys: Sequence[str], problem: Problem) -> ProblemLine:
    field, place = _field(plan, keys, problem.path)
    return ProblemLine(field, place, problem.message, problem.hint)


def _field(plan: Plan | None, keys: Sequence[str], path: str) -> tuple[str, str]:
    if plan and (found := _LINK.fullmatch(path)) and (found[1], found[2]) in plan.links:
        return _in_link(plan, (found[1], found[2]), found[3] or "")
    if plan and (found := _STEP.fullmatch(path)) and found[1] in plan.steps_set:
        return (f"span.{found[1]}" if found[2] else f"step.{found[1]}"), found[1]
    if path.startswith("args.") and (key := _longest(path.removeprefix("args."), keys)):
        return given_id(keys, key), key
    own = _OWN.match(path)
    return (own[1], path) if own else ("", path)


def _in_link(plan: Plan, at: LinkAt, rest: str) -> tuple[str, str]:
    place = f"{at[0]}/{at[1]}"
    if rest.startswith("args.") and (arg := _longest(rest.removeprefix("args."), plan.args_of(*at))):
        return arg_id(plan, at, arg), f"{place} {arg}"
    what = re.split(r"[.\[]", rest)[0]
    if what in ("type", "largs", "lresult", "lparallel"):
        return part_id(what, at), f"{place} {what}"
    return part_id("link", at), place


def _longest(text: str, names: Iterable[str]) -> str | None:
    """The name that `text` is, or leads into: `age`, `age[0]`, `age.x`."""
    fitting = [name for name in names if text == name or text.startswith((f"{name}.", f"{name}["))]
    return max(fitting, key=len, default=None)
