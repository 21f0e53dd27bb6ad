"""Definitions kept as code: read with the place of every problem, compared with what is there, and put in its place."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from engine.code import Difference, Documents, File, Material, differences, read_files, read_pasted
from engine.model import DefinitionKind, DefinitionName, Document, Invalid, Problem, Revision
from engine.run import Clock
from engine.store import Store

from .catalog import Catalog, Loaded, read_documents
from .operator import NotFound


@dataclass(frozen=True)
class Source:
    """What files hold, and where in them it stands."""

    loaded: Loaded
    material: Material

    def located(self, problems: Iterable[Problem]) -> Invalid:
        """With file and line where a problem is of something in these files."""
        return Invalid(self.material.located(problems))


def read_source(files: Sequence[File], debug_only: bool = False) -> Source:
    """Raises `Invalid`."""
    return _source(read_files(files), debug_only)


def read_text(text: str, name: str) -> Source:
    """What somebody pasted. Raises `Invalid`."""
    return _source(read_pasted(text, name))


def _source(material: Material, debug_only: bool = False) -> Source:
    try:
        return Source(read_documents(material.raw, debug_only), material)
    except Invalid as invalid:
        raise Invalid(material.located(invalid.problems)) from None


@dataclass(frozen=True)
class Comparison:
    """What would change, and of which revisions that is said (0: it is not there)."""

    differences: tuple[Difference, ...]
    base: Mapping[DefinitionName, int]
    after: Documents

    @property
    def changes(self) -> tuple[Difference, ...]:
        return tuple(one for one in self.differences if one.what != "same")

    @property
    def removed(self) -> tuple[DefinitionName, ...]:
        return tuple(one.key for one in self.differences if one.what == "removed")

    @property
    def loaded(self) -> Loaded:
        """The definitions that are new or other than before."""
        return loaded_of({one.key: self.after[one.key] for one in self.changes if one.after is not None})

    def chosen(self, names: Collection[str]) -> Comparison:
        """Of these alone: `api/lookup`."""
        return replace(self, differences=tuple(one for one in self.differences if one.name in names))

    def since(self, base: Mapping[DefinitionName, int]) -> Comparison:
        """The same, decided on these revisions."""
        return replace(self, base=base)


class Code:
    """The definitions of a store as code, and what `who` makes of them."""

    def __init__(self, store: Store, clock: Clock | None = None, who: str = "command line") -> None:
        self._store, self._catalog = store, Catalog(store, clock, who)

    def documents(self, systems: Collection[str] = ()) -> Documents:
        """Everything, or what these systems are made of. Raises `NotFound`."""
        known = self._catalog.known()
        if missing := sorted(set(systems) - known.systems.keys()):
            raise NotFound(f"there is no system {missing[0]!r}")
        return documents_of(known.made_of(systems) if systems else known)

    def lacking(self, loaded: Loaded) -> frozenset[DefinitionName]:
        """What is there and not in `loaded`."""
        return frozenset(self._store.definitions.numbers().keys() - documents_of(loaded).keys())

    def compare(self, loaded: Loaded, removed: Collection[DefinitionName] = ()) -> Comparison:
        """With what is there; `removed` shall be no more."""
        numbers = self._store.definitions.numbers()  # first: what is saved from here on, is saved meanwhile
        before, after = documents_of(self._catalog.known()), documents_of(loaded)
        found = differences(before, after, removed)
        return Comparison(tuple(found), {one.key: numbers.get(one.key, 0) for one in found}, after)

    def problems(self, comparison: Comparison) -> list[Problem]:
        """What would be wrong if it were applied."""
        return self._catalog.problems(comparison.loaded, comparison.removed)

    def apply(self, comparison: Comparison, note: str = "") -> Sequence[Revision]:
        """All of it or nothing. Raises `Invalid`, `ChangedMeanwhile`, `Refused`."""
        keys = {one.key for one in comparison.changes}
        base = {key: number for key, number in comparison.base.items() if key in keys}
        return self._catalog.save(comparison.loaded, removed=comparison.removed, base=base, note=note)


def documents_of(loaded: Loaded) -> Documents:
    kinds: Mapping[DefinitionKind, Mapping[str, Document]] = {
        "api": loaded.apis, "step": loaded.steps, "system": loaded.systems,
    }  # fmt: skip
    return {(kind, id_): document for kind, many in kinds.items() for id_, document in many.items()}


def loaded_of(documents: Documents) -> Loaded:
    found: dict[str, dict[str, Any]] = {"api": {}, "step": {}, "system": {}}
    for (kind, id_), document in documents.items():
        found[kind][id_] = document
    return Loaded(found["api"], found["step"], found["system"])
