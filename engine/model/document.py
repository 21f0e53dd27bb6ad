"""What every stored document shares: an id, room for fields we do not know, and a JSON form.

A document that was written by a newer version, or that carries notes of its owner, keeps every
field it came with: unknown fields survive a round trip.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime
from functools import cache
from typing import Annotated, Any, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints, ValidationError

from .problem import Invalid, Problem, problems_of

ID_PATTERN = r"^[A-Za-z0-9_-]{1,64}$"
"""Ids are parts of database paths and of Idempotency-Keys: no dots, dollars or slashes."""

DocumentId = Annotated[str, StringConstraints(pattern=ID_PATTERN)]
"""An id that a person chose: letters, digits, `_` and `-`, at most 64."""


def _in_utc(moment: datetime) -> datetime:
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


Moment = Annotated[datetime, AfterValidator(_in_utc)]
"""An aware time in UTC; a naive one is taken as UTC."""


class Part(BaseModel):
    """A piece of a document. Reads and writes the seed's own field names."""

    model_config = ConfigDict(
        extra="allow",
        validate_by_name=True,
        validate_by_alias=True,
        serialize_by_alias=True,
        use_attribute_docstrings=True,  # editors show them, by way of the JSON Schemas
    )

    def to_json(self) -> dict[str, Any]:
        """The JSON form, dates as ISO text: what exports and pages use."""
        document: dict[str, Any] = json.loads(json.dumps(self.to_document(), default=_as_text))
        return document

    def to_document(self) -> dict[str, Any]:
        """The form that is stored: parts become dicts, values stay as they are (dates, any JSON at all)."""
        aliases = stored_names(type(self))
        own = {aliases[name]: _without_parts(value, 0) for name, value in self.__dict__.items()}
        return own | (self.__pydantic_extra__ or {})


@cache
def stored_names(kind: type[Part]) -> dict[str, str]:
    """Field → what it is called in the database."""
    return {name: field.alias or name for name, field in kind.model_fields.items()}


def _as_text(value: Any) -> str:
    return value.isoformat() if isinstance(value, datetime) else str(value)


_PARTS_END = 4
"""Parts are found this deep in a field's dicts and lists, at the most; what is deeper is somebody's JSON."""


_NO_PARTS = frozenset({str, int, bool, float, type(None), datetime})


def _without_parts(value: Any, depth: int) -> Any:
    if type(value) in _NO_PARTS:
        return value
    if isinstance(value, Part):
        return value.to_document()
    if depth > _PARTS_END:
        return value
    if isinstance(value, dict):
        return {key: _without_parts(item, depth + 1) for key, item in value.items()}
    if isinstance(value, list):
        return [_without_parts(item, depth + 1) for item in value]
    return value


class Document(Part):
    """A part with an id: one document of a collection."""

    id: DocumentId = Field(alias="_id")
    """Its name: letters, digits, _ and -, at most 64."""

    @classmethod
    def load(cls, raw: Any, where: str = "") -> Self:
        """The document that `raw` describes; raises `Invalid` with every problem found, not the first alone."""
        if not isinstance(raw, dict):
            name = cls.__name__.lower()
            raise Invalid([Problem(where, f"a {name} is a JSON object, this is {type(raw).__name__}")])
        try:
            return cls.model_validate(raw)
        except ValidationError as error:
            raise Invalid(problems_of(error, where)) from None
