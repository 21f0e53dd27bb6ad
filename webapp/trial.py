"""A trial of a link's scripts on an answer that is there: does the condition hold, and why; what the response reads.

Nothing is called and nothing is kept. `evaluate` is what runs scripts.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from engine.script import ConditionPart, Script, ScriptError, explain, names_read

Evaluate = Callable[[Script, Mapping[str, Any]], Any]
ROUNDS = 5
"""Of a loop whose count is not known before it runs."""
_MOST_ROUNDS = 100


@dataclass(frozen=True, slots=True)
class Scripts:
    """`keys`: number of a row of the response → the path that it reads."""

    condition: str
    lresult: str = ""
    keys: Mapping[str, str] | None = None

    @property
    def task_args(self) -> tuple[str, ...]:
        """The args of the task that they read, as far as it can be seen; nothing of one that cannot be parsed."""
        paths = (self.keys or {}).values()
        scripts = [Script.expr(self.condition), Script.body(self.lresult), *map(Script.expr, paths)]
        read = (arg for script in scripts if script.source.strip() for arg in _task_args(script))
        return tuple(dict.fromkeys(read))


@dataclass(frozen=True, slots=True)
class Read:
    """What a key of the response came to."""

    value: Any = None
    fault: str = ""


@dataclass(frozen=True, slots=True)
class Trial:
    """`result` is what the condition judges, `value` what it comes to: anything may count as true.

    `holds` is None where it could not be told; then `fault` says why.
    """

    result: Any
    value: Any
    holds: bool | None
    parts: Sequence[ConditionPart]
    fault: str
    reads: Mapping[str, Read]


def try_link(scripts: Scripts, answer: Any, task: Mapping[str, Any], evaluate: Evaluate) -> Trial:
    """`answer` is the call's, or the list of the rounds' when there is an `lresult` to make one of it."""
    result, fault = _reduced(scripts, answer, task, evaluate)
    if fault:
        return Trial(None, None, None, (), fault, {})
    names = {"result": result, "response": result, "task": task, "loop": None}
    value, fault = _judged(scripts.condition, names, evaluate)
    parts = explain(Script.expr(scripts.condition), names) if scripts.condition.strip() else ()
    reads = {out: _read(path, names, evaluate) for out, path in (scripts.keys or {}).items() if path.strip()}
    return Trial(result, value, None if fault else bool(value), parts, fault, reads)


def rounds_like(sample: Any, largs: Any) -> list[Any]:
    """The answers of a loop that are all like the sample."""
    count = len(largs) if isinstance(largs, list) else largs if isinstance(largs, int) else ROUNDS
    return [sample] * min(max(count, 0), _MOST_ROUNDS)


def _reduced(scripts: Scripts, answer: Any, task: Mapping[str, Any], evaluate: Evaluate) -> tuple[Any, str]:
    if not scripts.lresult.strip():
        return answer, ""
    count = len(answer) if isinstance(answer, list) else 0
    loop = {"index": count - 1, "count": count, "item": None}
    names = {"result": answer, "response": answer, "task": task, "loop": loop}
    try:
        return evaluate(Script.body(scripts.lresult), names), ""
    except ScriptError as error:
        return None, f"lresult: {error}"


def _judged(condition: str, names: Mapping[str, Any], evaluate: Evaluate) -> tuple[Any, str]:
    """An empty one always holds."""
    if not condition.strip():
        return True, ""
    try:
        return evaluate(Script.expr(condition), names), ""
    except ScriptError as error:
        return None, str(error)


def _task_args(script: Script) -> list[str]:
    try:
        return [str(read.path[0]) for read in names_read(script) if read.name == "task" and read.path]
    except ScriptError:
        return []


def _read(path: str, names: Mapping[str, Any], evaluate: Evaluate) -> Read:
    try:
        return Read(evaluate(Script.expr(path), names))
    except ScriptError as error:
        return Read(fault=str(error))
