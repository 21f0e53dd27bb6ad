"""The schemas that editors read know what the models know."""

from __future__ import annotations

from typing import Any

import pytest

from engine.code import SCHEMAS, schema_of
from engine.model import KINDS, ApiUse, Document, Part
from tests.unit.builders import seed


def fields_in(schema: dict[str, Any], root: dict[str, Any]) -> dict[str, Any]:
    """The fields that a schema describes; a reference is followed."""
    if "$ref" in schema:
        return fields_in(root["$defs"][schema["$ref"].rpartition("/")[2]], root)
    return schema.get("properties", {})


@pytest.mark.parametrize("kind", KINDS)
def test_a_schema_has_every_field_by_its_name_in_files(kind: str) -> None:
    model: type[Document] = KINDS[kind]  # type: ignore[index]
    assert schema_of(kind)["properties"].keys() == {field.alias or name for name, field in model.model_fields.items()}
    assert "_id" in schema_of(kind)["required"]


@pytest.mark.parametrize("kind", KINDS)
def test_the_seed_s_documents_have_only_fields_that_the_schema_of_a_file_knows(kind: str) -> None:
    root = schema_of("file")
    known = fields_in(root["properties"][kind]["items"], root)
    for document in seed()[kind]:
        assert document.keys() <= known.keys()


def test_every_reference_of_a_schema_leads_somewhere() -> None:
    for name in SCHEMAS:
        root = schema_of(name)
        assert {one.rpartition("/")[2] for one in references_in(root)} <= root.get("$defs", {}).keys()


def references_in(value: Any) -> set[str]:
    if isinstance(value, list):
        return {one for item in value for one in references_in(item)}
    if not isinstance(value, dict):
        return set()
    here = {value["$ref"]} if isinstance(value.get("$ref"), str) else set()
    return here | references_in(list(value.values()))


def test_the_flow_of_a_system_is_a_list_of_steps_and_of_lists() -> None:
    schema = schema_of("system")
    assert schema["properties"]["step"]["items"] == {"$ref": "#/$defs/FlowEntry"}
    assert [one["type"] for one in schema["$defs"]["FlowEntry"]["anyOf"]] == ["string", "object", "array"]


def test_a_link_may_say_whatever_a_model_reads() -> None:
    schema = schema_of("step")
    forms = [one["$ref"].rpartition("/")[2] for one in schema["$defs"]["ApiCall"]["properties"]["val"]["anyOf"]]
    uses: list[type[ApiUse]] = [ApiUse, *ApiUse.__subclasses__()]
    assert set(forms) == {use.__name__ for use in uses} <= schema["$defs"].keys()


def test_fields_are_described_by_what_the_models_say_of_them() -> None:
    fields = schema_of("api")["properties"]
    assert fields["timeout_s"]["description"] == "Seconds for the whole call."
    assert Part.model_config["use_attribute_docstrings"]
