"""The value language of API args: literals, references (`$$step.key`, `$TASK.x`, `$$SECRET.x`), `$CODE…`.

Parsing is static and knows no task; resolving reads a Scope. Waiting for values is for others.
"""

import functools
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias, Union

from engine.script.names import NameRead, names_read
from engine.script.path import Path, PathError, parse_text, read, show
from engine.script.secret import SECRET, Sealed
from engine.script.source import Script

TASK = "TASK"
LOOP_NAME = "loop"
TASK_NAME = "task"

_CODE_PREFIX = "$CODE"
_TASK_PREFIXES = ("$TASK.", "$TASK[")
_ROOT = re.compile(r"[A-Za-z0-9_-]{1,64}")

Evaluate: TypeAlias = Callable[[Script, Mapping[str, Any]], Any]


class BadValue(Exception):
    """A value is written like a reference or code but is none; the text tells the fix."""


class UnresolvedValue(Exception):
    """A value cannot be had from this task as it stands; the text says which and why."""


@dataclass(frozen=True)
class Literal_:  # noqa: N801 - `Literal` is typing's
    value: Any


@dataclass(frozen=True)
class TaskRef:
    path: Path
    source: str

    @property
    def reference(self) -> "Reference":
        return Reference(TASK, self.path, self.source)


@dataclass(frozen=True)
class StepRef:
    step: str
    path: Path
    source: str

    @property
    def reference(self) -> "Reference":
        return Reference(self.step, self.path, self.source)


@dataclass(frozen=True)
class SecretRef:
    path: Path
    source: str

    @property
    def reference(self) -> "Reference":
        return Reference(SECRET, self.path, self.source)


@dataclass(frozen=True)
class Code:
    script: Script
    source: str


Value: TypeAlias = Union[  # noqa: UP007 - `|` cannot hold a quoted name
    Literal_, TaskRef, StepRef, SecretRef, Code, dict[str, "Value"], list["Value"]
]


@dataclass(frozen=True)
class Reference:
    """What a value reads: `root` is a step's id, "TASK" or "SECRET"; `source` is the text as written."""

    root: str
    path: Path
    source: str


@dataclass(frozen=True)
class Scope:
    """What the references of one call can see."""

    task: Mapping[str, Any]
    """The task's args, and its own fields (`_id`) where no arg has the name."""
    steps: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    """The published response of each step."""
    loop: Mapping[str, Any] | None = None


def parse_value(raw: Any) -> Value:
    """Return the value written as `raw`, through dicts and lists. Raises BadValue."""
    if isinstance(raw, dict):
        return {key: parse_value(item) for key, item in raw.items()}
    if isinstance(raw, list):
        return [parse_value(item) for item in raw]
    if isinstance(raw, str):
        return _parse_text(raw)
    return Literal_(raw)


@functools.lru_cache(maxsize=4096)
def _parse_text(text: str) -> Value:
    """The same object each time: values are frozen."""
    if text.startswith("\\$"):
        return Literal_(text[1:])
    if text.startswith("$$"):
        return _parse_reference(text, text[2:])
    if text.startswith(_CODE_PREFIX):
        return _parse_code(text)
    if text.startswith(_TASK_PREFIXES):
        return _parse_reference(text, text[1:])
    return Literal_(text)


def _parse_code(text: str) -> Code:
    source = text[len(_CODE_PREFIX) :]
    if not source.strip():
        raise BadValue("$CODE must be followed by a Python expression")
    return Code(Script.expr(source), text)


def _parse_reference(text: str, body: str) -> Value:
    root = _ROOT.match(body)
    path = parse_text(body[root.end() :]) if root else None
    if root is None or path is None:
        forms = "$$step.key, $$TASK.name or $$SECRET.name"
        raise BadValue(f"{text!r} is no reference; write {forms}, or \\{text} for the text itself")
    if not path or not isinstance(path[0], str):
        raise BadValue(f"{text!r} names no key; write $${root[0]}.<key>")
    if root[0] == TASK:
        return TaskRef(path, text)
    return SecretRef(path, text) if root[0] == SECRET else StepRef(root[0], path, text)


def references(value: Value) -> tuple[Reference, ...]:
    """Return what a value reads, in the order written, and in `$CODE` as far as paths are constant.

    Raises ScriptError for `$CODE` that cannot be parsed.
    """
    return tuple(_references(value))


def _references(value: Value) -> Iterator[Reference]:
    match value:
        case dict():
            for item in value.values():
                yield from _references(item)
        case list():
            for item in value:
                yield from _references(item)
        case TaskRef() | StepRef() | SecretRef():
            yield value.reference
        case Code():
            yield from _code_references(value)


@functools.lru_cache(maxsize=4096)
def _code_references(code: Code) -> tuple[Reference, ...]:
    reads = (read for read in names_read(code.script) if read.name != LOOP_NAME)
    return tuple(_code_reference(read, code.source) for read in reads)


def _code_reference(name_read: NameRead, source: str) -> Reference:
    root = TASK if name_read.name == TASK_NAME else name_read.name
    return Reference(root, name_read.path, source)


def resolve(value: Value, scope: Scope, evaluate: Evaluate) -> Any:
    """Return the JSON value that a value has now, `Sealed` in place of each secret.

    Raises UnresolvedValue, and what `evaluate` raises.
    """
    match value:
        case dict():
            return {key: resolve(item, scope, evaluate) for key, item in value.items()}
        case list():
            return [resolve(item, scope, evaluate) for item in value]
        case Literal_():
            return value.value
        case Code():
            return _resolve_code(value, scope, evaluate)
        case SecretRef(path, source):
            return _sealed(path, source)
        case TaskRef() | StepRef():
            return _resolve_reference(value.reference, scope)


def _sealed(path: Path, source: str) -> Sealed:
    """A part of one could not be told from other text any more, and would be shown."""
    if len(path) > 1:
        raise UnresolvedValue(f"{source}: a secret is one text without parts; write $${SECRET}.{path[0]}")
    return Sealed(str(path[0]))


def _resolve_reference(reference: Reference, scope: Scope) -> Any:
    root = _root(reference, scope)
    _require_key(reference, root)
    try:
        return read(root[str(reference.path[0])], reference.path[1:])
    except PathError as error:
        raise UnresolvedValue(f"{reference.source}: {error}") from None


def _resolve_code(code: Code, scope: Scope, evaluate: Evaluate) -> Any:
    """The keys that code names by a constant path must be there, just as a plain reference's."""
    names: dict[str, Any] = {LOOP_NAME: scope.loop, TASK_NAME: scope.task}
    for reference in _code_references(code):
        root = _root(reference, scope)
        if reference.path:
            _require_key(reference, root)
        if reference.root != TASK:
            names[reference.root] = root
    return evaluate(code.script, names)


def _root(reference: Reference, scope: Scope) -> Mapping[str, Any]:
    if reference.root == TASK:
        return scope.task
    if reference.root == SECRET:
        raise UnresolvedValue(f"{reference.source}: a script cannot read secrets; bind $${SECRET}.<name> to an arg")
    if reference.root not in scope.steps:
        raise UnresolvedValue(f"{reference.source}: there is no response of a step called {reference.root!r}")
    return scope.steps[reference.root]


def _require_key(reference: Reference, root: Mapping[str, Any]) -> None:
    key = reference.path[0]
    if key not in root:
        raise UnresolvedValue(f"{reference.source}: {_owner(reference)} has no {show((key,)).lstrip('.')!r}")


def _owner(reference: Reference) -> str:
    return "the task" if reference.root == TASK else f"the response of {reference.root!r}"
