"""Definitions (api, step, system) as people edit them, every revision of them, and plans as tasks use them.

A save changes many definitions at one stroke, on servers without transactions: it is written whole first, under the
next number, and carried out then. Whoever is killed in between leaves it to the next who saves or starts.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, TypeVar

from pymongo import ReplaceOne
from pymongo.errors import DocumentTooLarge, DuplicateKeyError

from engine.model import (
    KINDS,
    Api,
    Definition,
    DefinitionKind,
    DefinitionName,
    Document,
    Event,
    Revision,
    Save,
    Step,
    System,
)

from .codec import pack, unpack
from .connect import Documents
from .history import History
from .pulse import CATALOG, Pulse

D = TypeVar("D", bound=Document)

NAMES: dict[type[Document], DefinitionKind] = {kind: name for name, kind in KINDS.items()}

_NUMBER = "_revision"
"""Where a stored definition says which revision it is; no field of the document."""
_REMEMBERED = 256
"""Plans kept in memory: they never change."""


class Overtaken(Exception):
    """Somebody saved since the definitions were read: read them, and judge them, again."""


class SaveTooLarge(ValueError):
    """More than one save can hold."""


@dataclass(frozen=True)
class Changes:
    """What a save shall change: documents new or in place of old ones, and names that shall be no more."""

    documents: tuple[Document, ...] = ()
    removed: tuple[DefinitionName, ...] = ()

    def items(self) -> Iterator[tuple[DefinitionName, Document | None]]:
        for document in self.documents:
            yield name_of(document), document
        for name in self.removed:
            yield name, None


def name_of(document: Document) -> DefinitionName:
    return NAMES[type(document)], document.id


class Definitions:
    """Reads answer with models, or None for what is not there."""

    def __init__(self, db: Documents, pulse: Pulse, history: History) -> None:
        self._db, self._pulse, self._history = db, pulse, history
        self._plans: dict[str, Definition] = {}
        self._last_save = 0

    # -- saves -----------------------------------------------------------------------------------

    def version(self) -> int:
        """The number of the last save, which is carried through by then: what is read from now on has it in it."""
        saves = self._saves_from(self._last_save) or self._saves_from(0)  # an older one: the database was put back
        if not all(saves.values()):
            self.finish()
        self._last_save = max(saves, default=0)
        return self._last_save

    def _saves_from(self, number: int) -> dict[int, bool]:
        """Save → whether it is done. Pages ask all the time: what was seen before is not read again."""
        return {raw["_id"]: raw["done"] for raw in self._db.save.find({"_id": {"$gte": number}}, {"done": 1})}

    def save(self, changes: Changes, event: Event, note: str = "", after: int | None = None) -> list[Revision]:
        """Saves what differs from what is there; the revisions made. Proof is the caller's business.

        The event gets its id, and what was before and after, from the save that it tells of.
        `after` is the `version` that the caller has judged by; None: any. Raises `Overtaken`, `SaveTooLarge`.
        """
        while True:
            version = self.version()
            if after not in (None, version):
                raise Overtaken(f"save {version} came after {after}")
            revisions = list(self._revisions(changes, event, note, version + 1))
            if not revisions:
                return []
            try:
                self._write(Save(id=version + 1, revisions=revisions, event=_told(event, version + 1, revisions)))
            except DuplicateKeyError:
                continue
            self.finish()
            return revisions

    def _revisions(self, changes: Changes, event: Event, note: str, save: int) -> Iterator[Revision]:
        for name, document in changes.items():
            stored = self._db[name[0]].find_one({"_id": name[1]})
            body = None if document is None else document.to_document()
            if _says(body) == _says(_body(stored)):
                continue
            kind, of = name
            number = self._last_number(name) + 1
            yield Revision(
                kind=kind, of=of, number=number, save=save, at=event.at, who=event.who, note=note, document=body
            )  # fmt: skip

    def _last_number(self, name: DefinitionName) -> int:
        """Also of what has been removed since; one that was there before saves were numbered counts as the first."""
        numbers = [raw["number"] for raw in self._db.revision.find({"name": "/".join(name)}, {"number": 1})]
        return max(numbers, default=self.revision(*name))

    def _write(self, save: Save) -> None:
        try:
            self._db.save.insert_one(pack(save))
        except DocumentTooLarge:
            message = f"{len(save.revisions)} definitions are too much for one save: save them in several parts"
            raise SaveTooLarge(message) from None

    def finish(self) -> None:
        """Carries through what was written but not carried out, by whomever; does no harm when done twice."""
        for raw in self._db.save.find({"done": False}):
            self._carry_out(Save.model_validate(unpack(raw)))

    def _carry_out(self, save: Save) -> None:
        if save.revisions:
            self._db.revision.bulk_write([_kept(revision) for revision in save.revisions], ordered=False)
        for kind in KINDS:
            self._put_in_place(kind, [revision for revision in save.revisions if revision.kind == kind])
        if save.event:
            self._history.add_events([save.event])
        self._db.save.update_one({"_id": save.id}, {"$set": {"done": True, "revisions": []}})
        self._pulse.touch(CATALOG)

    def _put_in_place(self, kind: DefinitionKind, revisions: list[Revision]) -> None:
        """Never in place of a newer one: somebody may have been here, and further, while we stood still."""
        ids = [revision.of for revision in revisions]
        there = {raw["_id"]: raw.get(_NUMBER) for raw in self._db[kind].find({"_id": {"$in": ids}}, {_NUMBER: 1})}
        for revision in revisions:
            number = there.get(revision.of)
            if number is None or number < revision.number:
                self._replace(kind, revision, number)

    def _replace(self, kind: DefinitionKind, revision: Revision, number: int | None) -> None:
        still = {"_id": revision.of, _NUMBER: number}  # None: without the field, or not there
        if revision.document is None:
            self._db[kind].delete_one(still)
            return
        try:
            self._db[kind].replace_one(still, pack(revision.document) | {_NUMBER: revision.number}, upsert=True)
        except DuplicateKeyError:
            return  # it has moved on by now

    # -- revisions -------------------------------------------------------------------------------

    def revision(self, kind: DefinitionKind, id_: str) -> int:
        """Which revision is in force; 0: it is not there."""
        raw = self._db[kind].find_one({"_id": id_}, {_NUMBER: 1})
        return 0 if raw is None else int(raw.get(_NUMBER, 1))

    def numbers(self) -> dict[DefinitionName, int]:
        """Of everything that is there."""
        found = ((kind, raw) for kind in KINDS for raw in self._db[kind].find({}, {_NUMBER: 1}))
        return {(kind, raw["_id"]): int(raw.get(_NUMBER, 1)) for kind, raw in found}

    def revisions(self, kind: DefinitionKind, id_: str) -> list[Revision]:
        """The newest first; also of what is not there any more."""
        found = [Revision.model_validate(unpack(raw)) for raw in self._db.revision.find({"name": f"{kind}/{id_}"})]
        return sorted(found, key=lambda revision: -revision.number)

    def revision_of(self, document: Document) -> int | None:
        """The newest revision with just this content, such as that of a plan; None: it was never saved."""
        body = document.to_document()
        same = (one.number for one in self.revisions(*name_of(document)) if one.document == body)
        return next(same, None)

    # -- reads -----------------------------------------------------------------------------------

    def api(self, id_: str) -> Api | None:
        return self._one(Api, id_)

    def step(self, id_: str) -> Step | None:
        return self._one(Step, id_)

    def system(self, id_: str) -> System | None:
        return self._one(System, id_)

    def apis(self) -> dict[str, Api]:
        return self._all(Api)

    def steps(self) -> dict[str, Step]:
        return self._all(Step)

    def systems(self) -> dict[str, System]:
        return self._all(System)

    def limited_systems(self) -> dict[str, int]:
        """System → `max_concurrency`, of those that have one."""
        found = self._db.system.find({"max_concurrency": {"$gt": 0}}, {"max_concurrency": 1})
        return {raw["_id"]: raw["max_concurrency"] for raw in found}

    def marked_debug(self) -> tuple[DefinitionName, ...]:
        """Sample data."""
        return tuple((kind, raw["_id"]) for kind in KINDS for raw in self._db[kind].find({"debug": True}, {"_id": 1}))

    # -- plans -----------------------------------------------------------------------------------

    def keep_plan(self, hash_: str, definition: Definition) -> None:
        """Stores the definition under its hash, once; a plan never changes."""
        if hash_ in self._plans:
            return
        body = pack(definition)
        self._db.plan.update_one({"_id": hash_}, {"$setOnInsert": body}, upsert=True)
        self._remember(hash_, definition)

    def plan(self, hash_: str) -> Definition | None:
        """The definition that a task was made from."""
        if hash_ not in self._plans:
            raw = self._db.plan.find_one({"_id": hash_})
            if raw is None:
                return None
            raw.pop("_id")
            self._remember(hash_, Definition.model_validate(unpack(raw)))
        return self._plans[hash_]

    def _remember(self, hash_: str, definition: Definition) -> None:
        """The oldest goes first: definitions are edited for years."""
        while len(self._plans) >= _REMEMBERED:
            del self._plans[next(iter(self._plans))]
        self._plans[hash_] = definition

    def _one(self, kind: type[D], id_: str) -> D | None:
        raw = self._db[NAMES[kind]].find_one({"_id": id_})
        return None if raw is None else _model(kind, raw)

    def _all(self, kind: type[D]) -> dict[str, D]:
        return {raw["_id"]: _model(kind, raw) for raw in self._db[NAMES[kind]].find()}


def _model(kind: type[D], raw: dict[str, Any]) -> D:
    return kind.model_validate(_body(raw))


def _says(body: dict[str, Any] | None) -> str:
    """Tells 1 from true, which Python's equality does not."""
    return json.dumps(body, sort_keys=True, default=str)


def _body(stored: dict[str, Any] | None) -> dict[str, Any] | None:
    """The document as it was saved."""
    if stored is None:
        return None
    body: dict[str, Any] = unpack({key: value for key, value in stored.items() if key != _NUMBER})
    return body


def _kept(revision: Revision) -> ReplaceOne[dict[str, Any]]:
    name = "/".join(revision.name)
    id_ = f"{name}/{revision.number}"
    return ReplaceOne({"_id": id_}, pack(revision) | {"_id": id_, "name": name}, upsert=True)


def _told(event: Event, save: int, revisions: list[Revision]) -> Event:
    """One a save, with each definition's revision before and after; None where it was not there, or is no more."""
    names = {"/".join(revision.name): revision for revision in revisions}
    before = {name: revision.number - 1 or None for name, revision in names.items()}
    after = {name: revision.number if revision.document is not None else None for name, revision in names.items()}
    return event.model_copy(update={"id": f"{event.task}/{save}", "seq": save, "before": before, "after": after})
