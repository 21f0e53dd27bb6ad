"""A definition as it stands in code: `_id` first, fields in the order of their class, defaults left out."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from datetime import datetime
from enum import Enum
from functools import cache
from typing import Any, TypeAlias

from pydantic.fields import FieldInfo

from engine.model import KINDS, DefinitionName, Document, Part

Documents: TypeAlias = Mapping[DefinitionName, Document]

_EXACT = 2**53
"""Up to here every whole number is a float of its own."""


def name_of(document: Document) -> DefinitionName:
    return next(kind for kind, model in KINDS.items() if type(document) is model), document.id


def in_order(documents: Documents) -> list[tuple[DefinitionName, Document]]:
    """By kind, then by id."""
    kinds = list(KINDS)
    return sorted(documents.items(), key=lambda item: (kinds.index(item[0][0]), item[0][1]))


def canonical(value: Any) -> str:
    """The same for the same: tells 1, 1.0 and true apart, and takes no notice of the order of keys."""
    return json.dumps(value, sort_keys=True)


def as_file(documents: Documents, tasks: Iterable[Document] | None = None) -> dict[str, list[Any]]:
    """The form of a file that holds many: `{"api": [...], "step": [...], "system": [...]}`, and `task` if given."""
    found: dict[str, list[Any]] = {kind: [] for kind in KINDS}
    for (kind, _id), document in in_order(documents):
        found[kind].append(in_code(document))
    return found if tasks is None else found | {"task": [in_code(task) for task in tasks]}


def in_code(part: Part) -> dict[str, Any]:
    own = {
        field.alias or name: _plain(value, field)
        for name, field in _fields(type(part)).items()
        if not _is_default(value := getattr(part, name), field)
    }
    return own | {name: _plain(value, None) for name, value in (part.__pydantic_extra__ or {}).items()}


@cache
def _fields(kind: type[Part]) -> dict[str, FieldInfo]:
    """The id, then the class's own, then what it shares with others."""
    own = kind.__annotations__
    return dict(sorted(kind.model_fields.items(), key=lambda item: (item[0] != "id", item[0] not in own)))


def _is_default(value: Any, field: FieldInfo) -> bool:
    return not field.is_required() and bool(value == field.get_default(call_default_factory=True))


def _plain(value: Any, field: FieldInfo | None) -> Any:
    """JSON; a whole number of seconds is written without its `.0`, where it is a number of ours."""
    if isinstance(value, Part):
        return in_code(value)
    if isinstance(value, dict):
        return {str(name): _plain(item, None) for name, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item, None) for item in value]
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, datetime):
        return value.isoformat()
    ours = isinstance(value, float) and field is not None and field.annotation is not Any
    return int(value) if ours and value.is_integer() and abs(value) < _EXACT else value
