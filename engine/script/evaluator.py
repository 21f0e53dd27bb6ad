"""Evaluates a script with names: in this process where that is sure to be right, else in the sandbox."""

import difflib
import functools
import json
import re
from collections.abc import Collection, Mapping
from typing import Any

from engine.script.errors import ScriptError
from engine.script.jsontext import texts_and_slots
from engine.script.names import NameRead, free_reads
from engine.script.pool import Failure, Limits, WorkerPool, as_script_error
from engine.script.program import Program, assemble
from engine.script.quick import Declined, QuickScript, compile_quick
from engine.script.rewrite import loaded_names
from engine.script.source import Script, parse
from engine.script.validate import validate
from engine.script.vocabulary import BUILTINS, MODULES
from engine.script.wording import OTHER_CONSTANTS

CACHED_SCRIPTS = 4096


def check(script: Script, names: Collection[str] | None) -> None:
    """Raise ScriptError (`syntax`, `forbidden`, `name`) for what can be known without running the script.

    `names` are all that it may read; None means that they are not known.
    """
    parsed = parse(script)
    validate(parsed, names or ())
    if names is None:
        return
    known = BUILTINS | MODULES | set(names)
    for read in free_reads(parsed.body):
        if read.name not in known:
            raise script.error("name", _unknown(read.name, names), read.line, _column_of(script, read))


def _column_of(script: Script, read: NameRead) -> int | None:
    """Where the line first reads the name; `.name` is a key of something else."""
    found = re.search(rf"(?<![\w.]){re.escape(read.name)}\b", script.line(read.line) or "")
    return found.start() + 1 if found else None


def _unknown(name: str, names: Collection[str]) -> str:
    near = difflib.get_close_matches(name, [*names, *sorted(BUILTINS | MODULES)], 1)
    if meant := OTHER_CONSTANTS.get(name) or (near and near[0]):
        return f"there is no {name!r} here; did you mean {meant!r}?"
    return f"there is no {name!r} here; there is {', '.join(sorted(names)) or 'no name at all'}"


class Evaluator:
    """Owns the workers, which start when a script first needs them; make one per process, anywhere."""

    def __init__(self, workers: int = 2, limits: Limits = Limits()) -> None:  # noqa: B008 - frozen
        self._limits = limits
        self._pool = WorkerPool(workers, limits)

    def evaluate(self, script: Script, names: Mapping[str, Any]) -> Any:
        """Return the script's JSON value. Raises ScriptError.

        A name's value is a JSON value, or a RawJson. Names that Python cannot write (`my-step`) are left out.
        """
        quick = _quick(script)
        try:
            if quick is not None:
                return quick(names)
        except Declined:
            pass
        return self._in_sandbox(script, names)

    def close(self) -> None:
        """End the workers; safe to call twice. A later `evaluate` starts them anew."""
        self._pool.close()

    def _in_sandbox(self, script: Script, names: Mapping[str, Any]) -> Any:
        program = _program(script, frozenset(name for name in _mentioned(script) if name in names))
        texts, slots = self._encoded(program, names)
        try:
            return _decoded(self._pool.run(program.code, texts, slots))
        except Failure as failure:
            raise program.error(failure) if failure.frames else as_script_error(failure) from None

    def _encoded(self, program: Program, names: Mapping[str, Any]) -> tuple[list[str], list[int]]:
        try:
            texts, slots = texts_and_slots(names, program.inputs)
        except (TypeError, ValueError, RecursionError) as error:
            raise ScriptError("input", f"the data that this script reads is not JSON: {error}") from None
        if sum(map(len, texts)) > self._limits.input_bytes:
            limit = self._limits.input_bytes
            raise ScriptError("input", f"the data that this script reads is larger than {limit} bytes")
        return texts, slots


def _decoded(text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        raise ScriptError("result", "the result is not JSON") from None


@functools.lru_cache(CACHED_SCRIPTS)
def _quick(script: Script) -> QuickScript | None:
    parsed = parse(script)
    validate(parsed, _mentioned(script))  # which of them are given is for the sandbox's way to judge
    return compile_quick(parsed)


@functools.lru_cache(CACHED_SCRIPTS)
def _mentioned(script: Script) -> frozenset[str]:
    """Every name that the script loads; of those that it is given, only these are sent."""
    return frozenset(loaded_names(parse(script).body))


@functools.lru_cache(CACHED_SCRIPTS)
def _program(script: Script, given: frozenset[str]) -> Program:
    parsed = parse(script)
    validate(parsed, given)
    return assemble(parsed, given)
