"""JSON Schemas of the definitions, for editors: made from the models, so they say what is checked here."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from engine.model import KINDS, ApiUse, DefinitionKind

_DIALECT = "https://json-schema.org/draft/2020-12/schema"
_FLOW = {
    "description": "Steps in turn; a list inside is a parallel group, a list inside that a sequence, and so on.",
    "type": "array",
    "items": {"$ref": "#/$defs/FlowEntry"},
}
_ENTRY = {
    "description": "A step, or a list of what runs side by side (in it, a list is a sequence again).",
    "anyOf": [
        {"type": "string"},
        {
            "type": "object",
            "properties": {
                "_id": {"type": "string", "description": "The step."},
                "name": {"type": "string", "description": "What this system calls it."},
            },
            "required": ["_id"],
        },
        {"type": "array", "items": {"$ref": "#/$defs/FlowEntry"}},
    ],
}


def schema_of(name: str) -> dict[str, Any]:
    """`api`, `step`, `system`, or `file` for a file with many. Raises `KeyError`."""
    return {"$schema": _DIALECT} | SCHEMAS[name]()


def _definition(kind: DefinitionKind) -> dict[str, Any]:
    schema = KINDS[kind].model_json_schema(by_alias=True, mode="validation")
    more = _MORE.get(kind)
    return more(schema) if more else schema


def _with_flow(schema: dict[str, Any]) -> dict[str, Any]:
    schema["properties"]["step"] = _FLOW
    schema["$defs"] = schema.get("$defs", {}) | {"FlowEntry": _ENTRY}
    return schema


def _with_every_use(schema: dict[str, Any]) -> dict[str, Any]:
    """What a link says depends on its `op`: any of the forms there are."""
    uses: tuple[type[ApiUse], ...] = (ApiUse, *ApiUse.__subclasses__())
    for use in uses[1:]:
        made = use.model_json_schema(by_alias=True, mode="validation")
        schema["$defs"] |= made.pop("$defs", {}) | {use.__name__: made}
    forms = [{"$ref": f"#/$defs/{use.__name__}"} for use in uses]
    schema["$defs"]["ApiCall"]["properties"]["val"] = {"anyOf": forms}
    return schema


_MORE: Mapping[DefinitionKind, Callable[[dict[str, Any]], dict[str, Any]]] = {
    "step": _with_every_use,
    "system": _with_flow,
}
"""What the models do not say by themselves."""


def _file() -> dict[str, Any]:
    parts: dict[str, Any] = {}
    lists: dict[str, Any] = {}
    for kind in KINDS:
        schema = _definition(kind)
        parts |= schema.pop("$defs", {}) | {schema["title"]: schema}
        lists[kind] = {"type": "array", "items": {"$ref": f"#/$defs/{schema['title']}"}}
    tasks = {"type": "array", "items": {"type": "object", "required": ["_id", "system"]}}
    return {
        "title": "Definitions",
        "description": "Definitions in one file, each kind a list.",
        "type": "object",
        "properties": lists | {"task": tasks},
        "additionalProperties": False,
        "$defs": parts,
    }


SCHEMAS: Mapping[str, Callable[[], dict[str, Any]]] = {
    **{kind: partial(_definition, kind) for kind in KINDS},
    "file": _file,
}
