"""An answer that says "not yet": the sample, in which what the condition reads is null or otherwise void."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import islice, product
from typing import Any

from engine.script import Evaluator, Path, Script, ScriptError, names_read

_VOIDS: tuple[Any, ...] = (None, 0, False, "", [], True, 1, "not ready")
"""Tried in this order; the last ones are for conditions such as `not result.pending`."""
_MOST_TRIED = 600


def not_ready_answers(condition: str, sample: Any, task: Mapping[str, Any], evaluator: Evaluator) -> Iterator[Any]:
    """Answers for which the condition does not hold, the likeliest first."""
    script = Script.expr(condition.strip())
    for answer in _candidates(_paths(script), sample):
        try:
            names = {"result": answer, "response": answer, "task": task, "loop": None}
            if not evaluator.evaluate(script, names):
                yield answer
        except ScriptError:
            continue


def empty_answer(value: Any) -> Any:
    """The same in shape, and null wherever a value stands."""
    if isinstance(value, dict):
        return {key: empty_answer(item) for key, item in value.items()}
    return [empty_answer(item) for item in value] if isinstance(value, list) else None


def _paths(script: Script) -> list[Path]:
    return [read.path for read in names_read(script) if read.name in ("result", "response")]


def _candidates(paths: list[Path], sample: Any) -> Iterator[Any]:
    """The sample with all that is read made void, in every way that there is time for."""
    for voids in islice(product(_VOIDS, repeat=len(paths)), _MOST_TRIED):
        answer = sample
        for path, void in zip(paths, voids, strict=True):
            answer = _with(answer, path, void)
        yield answer


def _with(value: Any, path: Path, void: Any) -> Any:
    if not path:
        return void
    key, rest = path[0], path[1:]
    if isinstance(key, int):
        items = list(value) if isinstance(value, list) and value else [None]
        place = key if -len(items) <= key < len(items) else 0
        items[place] = _with(items[place], rest, void)
        return items
    known = value if isinstance(value, dict) else {}
    return {**known, key: _with(known.get(key), rest, void)}
