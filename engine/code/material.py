"""Files put together to the form that `read_documents` takes, and the way back: from a problem to its file and line."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from engine.model import KINDS, Invalid, Problem

from .files import FOLDERS, File
from .limits import MOST_BYTES, MOST_DOCUMENTS, MOST_OF_ONE, Allowance, Unreadable
from .places import Spot, line_at, spots_of
from .text import value_of

_FILE_KEYS = frozenset({*KINDS, "task"})


@dataclass(frozen=True, slots=True)
class _Origin:
    """Where a document was written: `place` is its way down the file."""

    file: File
    place: str


@dataclass
class Material:
    """`raw` is `{"api": [...], "step": [...], "system": [...], "task": [...]}`, unread otherwise."""

    raw: dict[str, list[Any]] = field(default_factory=lambda: {kind: [] for kind in (*KINDS, "task")})
    _origins: dict[str, _Origin] = field(default_factory=dict)
    """`api.lookup` → where it stands."""
    _spots: dict[str, Spot | None] = field(default_factory=dict)

    def located(self, problems: Iterable[Problem]) -> list[Problem]:
        """Each with the file and the line in front of its path, where it is of something that was read here."""
        return [replace(problem, path=self._place_of(problem.path)) for problem in problems]

    def add(self, kind: str, document: Any, origin: _Origin) -> Iterator[Problem]:
        name = document.get("_id", len(self.raw[kind])) if isinstance(document, dict) else len(self.raw[kind])
        other = self._origins.setdefault(f"{kind}.{name}", origin)
        if other is not origin:
            yield Problem(self._line(origin, ""), f"the {kind} {name} stands in {other.file.name} too", "remove one")
            return
        if len(self.raw[kind]) >= MOST_DOCUMENTS:
            raise Unreadable(
                f"there are more than {MOST_DOCUMENTS:,} of the kind {kind}", "take some of them at a time"
            )
        Allowance(MOST_OF_ONE).take_all(document)
        self.raw[kind].append(document)

    def _place_of(self, path: str) -> str:
        ends = [len(path), *(at for at, sign in enumerate(path) if sign in ".[")]
        name = next((path[:end] for end in sorted(ends, reverse=True) if path[:end] in self._origins), None)
        if name is None:
            return path
        return f"{self._line(self._origins[name], path[len(name) :].removeprefix('.'))}: {path}"

    def _line(self, origin: _Origin, path: str) -> str:
        file = origin.file
        if file.name not in self._spots:
            self._spots[file.name] = spots_of(file.data)
        spots = self._spots[file.name]
        separator = "" if not path or path.startswith("[") else "."
        return (
            f"{file.name}:{line_at(spots, origin.place + separator * bool(origin.place) + path)}"
            if spots
            else file.name
        )


def read_files(files: Sequence[File]) -> Material:
    """Raises `Invalid` with every file that cannot be read."""
    material, problems, allowance = Material(), list[Problem](), Allowance()
    for file in files:
        try:
            problems += _add(material, file, value_of(file.data, file.name, allowance))
        except Unreadable as error:
            problems.append(
                Problem(f"{file.name}:{error.line}" if error.line else file.name, error.message, error.hint)
            )
    if not problems and not any(material.raw.values()):
        problems.append(Problem(files[0].name, "there is no definition in it"))
    if problems:
        raise Invalid(problems)
    return material


def read_pasted(text: str, name: str) -> Material:
    """What somebody typed or pasted. Raises `Invalid`."""
    data = text.encode("utf-8", "replace")
    if len(data) > MOST_BYTES:
        raise Invalid([Problem(name, f"this is more than {MOST_BYTES:,} bytes", "take some of it at a time")])
    return read_files([File(name, data)])


def _add(material: Material, file: File, value: Any) -> Iterator[Problem]:
    if isinstance(value, dict) and "_id" not in value and (not file.kind or value.keys() <= _FILE_KEYS):
        yield from _add_many(material, file, value)
    elif not file.kind:
        hint = f"put it into a folder named {', '.join(FOLDERS.values())}"
        told = "this is one definition, and nothing says of what kind" if isinstance(value, dict) else _expected()
        yield Problem(f"{file.name}:1", told, hint if isinstance(value, dict) else "")
    else:
        yield from _add_one(material, file, value)


def _add_one(material: Material, file: File, value: Any) -> Iterator[Problem]:
    if isinstance(value, dict) and isinstance(value.get("_id"), str) and value["_id"] != file.stem:
        hint = f"call the file {value['_id']}, or the {file.kind} {file.stem}"
        yield Problem(f"{file.name}:1", f"its _id is {value['_id']}", hint)
    yield from material.add(file.kind, value, _Origin(file, ""))


def _add_many(material: Material, file: File, value: dict[str, Any]) -> Iterator[Problem]:
    for kind, documents in value.items():
        if kind not in _FILE_KEYS:
            hint = f"use {', '.join(material.raw)}"
            yield Problem(_at(file, kind), "is no kind of document", hint)
        elif not isinstance(documents, list):
            yield Problem(_at(file, kind), _expected())
        else:
            for number, document in enumerate(documents):
                yield from material.add(kind, document, _Origin(file, f"{kind}[{number}]"))


def _at(file: File, key: str) -> str:
    spots = spots_of(file.data)
    return f"{file.name}:{line_at(spots, key)}: {key}" if spots else f"{file.name}: {key}"


def _expected() -> str:
    return 'expected {"api": [...], "step": [...], "system": [...], "task": [...]}'
