"""Definitions in and out: the seed's file format, checked whole before anything is saved."""

from __future__ import annotations

import hashlib
import json
import secrets
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from engine.model import Api, Document, Event, Invalid, Problem, Step, System, Task, TaskStatus
from engine.plan import adopt_unproven, build_plan, gather, prove_system
from engine.run import Clock, SharedClock, schedule_fields
from engine.store import Store

from .subject import DEFINITIONS

KINDS: dict[str, type[Document]] = {"api": Api, "step": Step, "system": System, "task": Task}


@dataclass(frozen=True)
class Loaded:
    """The documents of a file, in models."""

    apis: dict[str, Api] = field(default_factory=dict)
    steps: dict[str, Step] = field(default_factory=dict)
    systems: dict[str, System] = field(default_factory=dict)
    tasks: dict[str, Task] = field(default_factory=dict)

    @property
    def definitions(self) -> list[Document]:
        return [*self.apis.values(), *self.steps.values(), *self.systems.values()]


def read_file(path: Path, debug_only: bool = False) -> Loaded:
    """The documents of a JSON file `{"api": [...], "step": [...], ...}`. Raises `Invalid` with every problem."""
    try:
        raw = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise Invalid([Problem(str(path), f"cannot be read: {error.strerror}")]) from None
    except ValueError as error:
        raise Invalid([Problem(str(path), f"is no JSON: {error}")]) from None
    return read_documents(raw, debug_only)


def read_documents(raw: Any, debug_only: bool = False) -> Loaded:
    """With `debug_only` nothing but what is marked as sample data, and the tasks, which bear no mark."""
    problems: list[Problem] = []
    found = {kind: _read_kind(raw, kind, problems) for kind in KINDS}
    if isinstance(raw, Mapping):
        extra = sorted(set(raw) - set(KINDS))
        problems += [Problem(name, "is no kind of document", f"use {', '.join(KINDS)}") for name in extra]
    if problems:
        raise Invalid(problems)
    if debug_only:
        found = {kind: {id_: one for id_, one in many.items() if _is_sample(one)} for kind, many in found.items()}
    return Loaded(*found.values())  # type: ignore[arg-type]  # each under the field of its kind, in KINDS' order


def _is_sample(document: Document) -> bool:
    return isinstance(document, Task) or bool(getattr(document, "debug", False))


def _read_kind(raw: Any, kind: str, problems: list[Problem]) -> dict[str, Document]:
    documents = raw.get(kind, []) if isinstance(raw, Mapping) else None
    if not isinstance(documents, list):
        problems.append(Problem(kind, 'expected {"api": [...], "step": [...], "system": [...], "task": [...]}'))
        return {}
    found: dict[str, Document] = {}
    for place, document in _read_each(kind, documents, problems):
        if document.id in found:
            problems.append(Problem(place, f"there are two documents of the id {document.id!r}", "rename one"))
        found[document.id] = document
    return found


def _read_each(kind: str, documents: Iterable[Any], problems: list[Problem]) -> Iterator[tuple[str, Document]]:
    for number, document in enumerate(documents):
        name = document.get("_id", number) if isinstance(document, Mapping) else number
        place = f"{kind}.{name}"
        try:
            yield place, KINDS[kind].load(document, place)
        except Invalid as invalid:
            problems += invalid.problems


class Catalog:
    """The definitions of a store, as `who` changes them."""

    def __init__(self, store: Store, clock: Clock | None = None, who: str = "command line") -> None:
        self._store, self._clock, self._who = store, clock or SharedClock(store.time), who

    def save(self, loaded: Loaded) -> None:
        """Saves the definitions when every system, and every task, is sound with what is there already.

        Raises `Invalid`, with nothing saved.
        """
        definitions = self._store.definitions
        before = Loaded(definitions.apis(), definitions.steps(), definitions.systems())
        apis, steps = before.apis | loaded.apis, before.steps | loaded.steps
        problems: list[Problem] = []
        systems = before.systems | loaded.systems
        for system in systems.values():
            problems += _problems_of(system, steps, apis, systems)
        for task in loaded.tasks.values():
            problems += _problems_of_task(task, systems, steps, apis)
        if problems:
            raise Invalid(problems)
        definitions.save(loaded.definitions)
        self._tell("definitions loaded", _versions(before), _versions(loaded))

    def _tell(self, what: str, before: Mapping[str, str], after: Mapping[str, str]) -> None:
        """Behind the save, and only of what differs: id → version, none for what was not there."""
        changed = {name: version for name, version in after.items() if before.get(name) != version}
        if not changed:
            return
        known = {name: before.get(name) for name in changed}
        event = Event(
            id=f"{DEFINITIONS}/{secrets.token_hex(8)}", task=DEFINITIONS, seq=0, at=self._clock.now(), who=self._who,
            what=what, before=known, after=changed,
        )  # fmt: skip
        self._store.history.add_events([event])

    @staticmethod
    def check(loaded: Loaded) -> int:
        """Proves the systems and tasks of a file on their own; how many systems. Raises `Invalid`."""
        problems = [
            problem
            for system in loaded.systems.values()
            for problem in _problems_of(system, loaded.steps, loaded.apis, loaded.systems)
        ]
        for task in loaded.tasks.values() if not problems else ():
            problems += _problems_of_task(task, loaded.systems, loaded.steps, loaded.apis)
        if problems:
            raise Invalid(problems)
        return len(loaded.systems)

    def export(self) -> dict[str, list[Any]]:
        """Every definition, and every task that has not begun, in the form that `read_documents` takes."""
        definitions = self._store.definitions
        kinds: dict[str, Iterable[Document]] = {
            "api": definitions.apis().values(),
            "step": definitions.steps().values(),
            "system": definitions.systems().values(),
            "task": (_unscheduled(task) for task in self._store.tasks.all() if _portable(task)),
        }
        return {kind: [document.to_json() for document in many] for kind, many in kinds.items()}

    def purge_debug(self) -> tuple[int, int]:
        """Removes sample definitions and the tasks made from them; how many definitions and tasks."""
        systems = {id_ for id_, system in self._store.definitions.systems().items() if system.debug}
        tasks = [task for task in self._store.tasks.ids_of(systems) if self._store.remove_task(task)]
        return self._store.definitions.purge_debug(), len(tasks)


def _portable(task: Task) -> bool:
    """Not begun, and nobody's child: that is for its parent to make."""
    return task.status == TaskStatus.READY and task.parent is None


def _unscheduled(task: Task) -> Task:
    """A file may be loaded much later: nothing in it starts by itself."""
    return task.model_copy(update=schedule_fields(None, "")) if task.start_at else task


def _versions(loaded: Loaded) -> dict[str, str]:
    """`api/api1` → the beginning of its content's hash."""
    return {f"{type(one).__name__.lower()}/{one.id}": _version(one) for one in loaded.definitions}


def _version(document: Document) -> str:
    text = json.dumps(document.model_dump(mode="json", exclude_defaults=True), sort_keys=True)
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:12]


def _problems_of(
    system: System, steps: Mapping[str, Step], apis: Mapping[str, Api], systems: Mapping[str, System]
) -> list[Problem]:
    try:
        return prove_system(build_plan(gather(system, steps, apis, systems)))
    except Invalid as invalid:
        return list(invalid.problems)


def _problems_of_task(
    task: Task, systems: Mapping[str, System], steps: Mapping[str, Step], apis: Mapping[str, Api]
) -> list[Problem]:
    """What keeps it from being kept; a lack that only keeps it from being started is no problem here."""
    system = systems.get(task.system)
    if system is None:
        return [Problem(f"task.{task.id}.system", f"there is no system {task.system!r}", "add it to the file")]
    try:
        adopt_unproven(build_plan(gather(system, steps, apis, systems)), task, datetime.now(UTC))
    except Invalid as invalid:
        return [Problem(f"task.{task.id}.{one.path}", one.message, one.hint) for one in invalid.problems]
    return []
