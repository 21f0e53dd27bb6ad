"""Definitions in and out: the seed's file format, checked whole before anything is saved."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from engine.model import (
    KINDS,
    Api,
    DefinitionKind,
    DefinitionName,
    Document,
    Event,
    Invalid,
    Problem,
    Revision,
    Step,
    System,
    Task,
    TaskStatus,
)
from engine.plan import (
    adopt_unproven,
    build_plan,
    gather,
    prove_system,
    secret_problems,
    step_problems,
    steps_of,
)
from engine.rehearse import kept_problems
from engine.run import Clock, SharedClock, schedule_fields
from engine.store import Changes, Overtaken, SaveTooLarge, Store

from .act import ChangedMeanwhile, Refused
from .subject import DEFINITIONS

_TRIES = 20
MOST_PROBLEMS = 200
"""So many are told at once: nobody mends more before trying again."""

FILED: dict[str, type[Document]] = {**dict(KINDS.items()), "task": Task}
"""What a file may hold."""


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

    def overlaid(self, other: Loaded) -> Loaded:
        """With the definitions of `other` in place of its own."""
        return Loaded(self.apis | other.apis, self.steps | other.steps, self.systems | other.systems)

    def without(self, names: Iterable[DefinitionName]) -> Loaded:
        gone = set(names)
        kinds = (("api", self.apis), ("step", self.steps), ("system", self.systems))
        left = [{id_: one for id_, one in many.items() if (kind, id_) not in gone} for kind, many in kinds]
        return Loaded(*left)  # type: ignore[arg-type]  # as above

    def users_of(self, kind: DefinitionKind, id_: str) -> list[str]:
        """The steps that call an API or run a system, the systems that have a step."""
        if kind == "step":
            return [f"system {one.id}" for one in self.systems.values() if id_ in steps_of(one.step)]
        named_by = {"api": _called_by, "system": _run_by}[kind]
        return [f"step {step.id}" for step in self.steps.values() if id_ in named_by(step)]

    def made_of(self, systems: Iterable[str]) -> Loaded:
        """These systems with the steps, APIs and systems that they use, as far as they are there."""
        chosen = self._with_what_they_run(systems)
        named = {step for system in chosen.values() for step in steps_of(system.step)} & self.steps.keys()
        called = {api for step in named for api in _called_by(self.steps[step])} & self.apis.keys()
        return Loaded({id_: self.apis[id_] for id_ in called}, {id_: self.steps[id_] for id_ in named}, chosen)

    def _with_what_they_run(self, ids: Iterable[str]) -> dict[str, System]:
        """These systems, those that their links run, and so on."""
        found: dict[str, System] = {}
        left = list(ids)
        while left:
            id_ = left.pop(0)
            if id_ in self.systems and id_ not in found:
                found[id_] = self.systems[id_]
                steps = [self.steps[step] for step in steps_of(found[id_].step) if step in self.steps]
                left += sorted(set().union(*map(_run_by, steps)))
        return found

    def systems_touched_by(self, other: Loaded) -> list[System]:
        """Its systems that are in `other`, or use something of it, or run one that does."""
        steps = other.steps.keys() | {id_ for id_, step in self.steps.items() if _called_by(step) & other.apis.keys()}
        named = {id_: {*steps_of(one.step)} for id_, one in self.systems.items()}
        touched = {id_ for id_ in self.systems if id_ in other.systems or named[id_] & steps}
        fresh = touched
        while fresh:
            running = {id_ for id_, step in self.steps.items() if _run_by(step) & fresh}
            fresh = {id_ for id_ in self.systems if named[id_] & running} - touched
            touched |= fresh
        return [system for id_, system in self.systems.items() if id_ in touched]


def read_documents(raw: Any, debug_only: bool = False) -> Loaded:
    """With `debug_only` nothing but what is marked as sample data, and the tasks, which bear no mark."""
    problems: list[Problem] = []
    found = {kind: _read_kind(raw, kind, problems) for kind in FILED}
    if isinstance(raw, Mapping):
        extra = sorted(set(raw) - set(FILED))
        problems += [Problem(name, "is no kind of document", f"use {', '.join(FILED)}") for name in extra]
    if problems:
        raise Invalid(problems)
    if debug_only:
        found = {kind: {id_: one for id_, one in many.items() if _is_sample(one)} for kind, many in found.items()}
    return Loaded(*found.values())  # type: ignore[arg-type]  # each under the field of its kind, in FILED's order


def _called_by(step: Step) -> set[str]:
    return {link.api_id for link in step.checklink if link.api_id}


def _run_by(step: Step) -> set[str]:
    return {link.system_id for link in step.checklink if link.system_id}


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
        if len(problems) >= MOST_PROBLEMS:
            return
        name = document.get("_id", number) if isinstance(document, Mapping) else number
        place = f"{kind}.{name}"
        try:
            yield place, FILED[kind].load(document, place)
        except Invalid as invalid:
            problems += invalid.problems


class Catalog:
    """The definitions of a store, as `who` changes them."""

    def __init__(self, store: Store, clock: Clock | None = None, who: str = "command line") -> None:
        self._store, self._clock, self._who = store, clock or SharedClock(store.time), who
        self._read: tuple[int, Loaded] | None = None

    def save(
        self,
        loaded: Loaded,
        *,
        removed: Iterable[DefinitionName] = (),
        base: Mapping[DefinitionName, int] | None = None,
        note: str = "",
    ) -> list[Revision]:
        """Saves the definitions, at one stroke, when they and all that uses them are sound; what has changed.

        Rehearsals that are kept with those systems have to hold, too.

        `base` says which revisions were edited (0: none was there). Raises `Invalid`, `ChangedMeanwhile`, `Refused`,
        with nothing saved.
        """
        changes = Changes(tuple(loaded.definitions), tuple(removed))
        for _ in range(_TRIES):
            version = self._store.definitions.version()
            self._require_base(base or {})
            if problems := self.problems(loaded, changes.removed) or self._test_problems(loaded):
                raise Invalid(problems)
            try:
                return self._store.definitions.save(changes, self._event(), note.strip(), after=version)
            except Overtaken:
                continue
            except SaveTooLarge as error:
                raise Refused(str(error)) from None
        raise Refused("others save definitions all the time just now: try again")

    def problems(self, loaded: Loaded, removed: Iterable[DefinitionName] = ()) -> list[Problem]:
        """What would be wrong if this were saved: with what is new, and with all that uses it."""
        before = self.known()
        gone = tuple(removed)
        after = before.without(gone).overlaid(loaded)
        secrets = self._store.secrets.names()
        problems = list(_still_used(gone, after))
        problems += secret_problems(loaded.apis.values(), loaded.steps.values(), secrets)
        for step in loaded.steps.values():
            problems += step_problems(step, after.apis, after.systems)
        for system in after.systems_touched_by(loaded):
            problems += _problems_of(system, after.steps, after.apis, after.systems, secrets)
        for task in loaded.tasks.values():
            problems += _problems_of_task(task, after.systems, after.steps, after.apis)
        return list(dict.fromkeys(problems))

    def _test_problems(self, loaded: Loaded) -> list[Problem]:
        """Rehearsals that would not hold any more; of what is sound."""
        after = self.known().overlaid(loaded)
        return _unmet(after.systems_touched_by(loaded), after)

    def known(self) -> Loaded:
        """Every definition there is; read again only when something has been saved since."""
        definitions = self._store.definitions
        version = definitions.version()
        if self._read is None or self._read[0] != version:
            self._read = version, Loaded(definitions.apis(), definitions.steps(), definitions.systems())
        return self._read[1]

    def _require_base(self, base: Mapping[DefinitionName, int]) -> None:
        for (kind, id_), number in base.items():
            now = self._store.definitions.revision(kind, id_)
            if now != number:
                raise ChangedMeanwhile(_changed(kind, id_, number, now))

    def _event(self) -> Event:
        """The store adds which save it is and what has changed."""
        now = self._clock.now()
        return Event(id=DEFINITIONS, task=DEFINITIONS, seq=0, at=now, who=self._who, what="definitions saved")

    @staticmethod
    def check(loaded: Loaded) -> int:
        """Proves the systems and tasks of a file on their own, and rehearses; how many systems. Raises `Invalid`."""
        problems = [
            problem
            for system in loaded.systems.values()
            for problem in _problems_of(system, loaded.steps, loaded.apis, loaded.systems)
        ]
        for task in loaded.tasks.values() if not problems else ():
            problems += _problems_of_task(task, loaded.systems, loaded.steps, loaded.apis)
        problems = problems or _unmet(loaded.systems.values(), loaded)
        if problems:
            raise Invalid(problems)
        return len(loaded.systems)

    def ready_tasks(self) -> list[Task]:
        """Every task that has not begun, without its schedule: a file may be loaded much later."""
        return [_unscheduled(task) for task in self._store.tasks.all() if _portable(task)]

    def purge_debug(self) -> tuple[int, int]:
        """Removes sample definitions and the tasks made from them; how many definitions and tasks."""
        definitions = self._store.definitions
        systems = {id_ for id_, system in definitions.systems().items() if system.debug}
        tasks = [task for task in self._store.tasks.ids_of(systems) if self._store.remove_task(task)]
        samples = Changes(removed=definitions.marked_debug())
        return len(definitions.save(samples, self._event())), len(tasks)


def _portable(task: Task) -> bool:
    """Not begun, and nobody's child: that is for its parent to make."""
    return task.status == TaskStatus.READY and task.parent is None


def _unscheduled(task: Task) -> Task:
    return task.model_copy(update=schedule_fields(None, "")) if task.start_at else task


def _changed(kind: DefinitionKind, id_: str, number: int, now: int) -> str:
    if now == 0:
        return f"the {kind} {id_} was removed meanwhile: save it under a new id, or leave it"
    if number == 0:
        return f"the id {id_} is another {kind}'s already: choose another one"
    return f"the {kind} {id_} was saved meanwhile: it is revision {now} now, and revision {number} was edited"


def _still_used(gone: Iterable[DefinitionName], left: Loaded) -> Iterator[Problem]:
    for kind, id_ in gone:
        if users := left.users_of(kind, id_):
            yield Problem(f"{kind}.{id_}", f"it is used by {', '.join(users)}", "take it out of there first")


def _unmet(systems: Iterable[System], known: Loaded) -> list[Problem]:
    """What kept rehearsals of sound systems expect and does not come."""
    tested = (system for system in systems if system.rehearsals)
    return kept_problems(build_plan(gather(system, known.steps, known.apis, known.systems)) for system in tested)


def _problems_of(
    system: System,
    steps: Mapping[str, Step],
    apis: Mapping[str, Api],
    systems: Mapping[str, System],
    secrets: Collection[str] | None = None,
) -> list[Problem]:
    try:
        return prove_system(build_plan(gather(system, steps, apis, systems)), secrets)
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
