"""Definitions to text and back: nothing is lost, and the same definitions are always the same bytes."""

from __future__ import annotations

import io
import json
import zipfile
from pathlib import Path

import pytest
import yaml
from hypothesis import HealthCheck, given, settings

from engine.code import (
    File,
    Format,
    as_file,
    file_of,
    files_at,
    files_in_zip,
    folder_of,
    in_code,
    keep_folder,
    zip_of,
)
from engine.code.form import Documents
from engine.code.text import text_of, value_of
from engine.command import documents_of, read_source
from engine.model import Api, Step
from tests.unit.builders import SEED
from tests.unit.definitions import catalogs, values

MANY = settings(max_examples=60, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])


def read(files: list[File]) -> Documents:
    return documents_of(read_source(files).loaded)


def same(one: Documents, other: Documents) -> bool:
    """As models, and as JSON, which tells 1 from true and knows the order of keys."""
    return dict(one) == dict(other) and json.dumps(as_file(one)) == json.dumps(as_file(other))


@MANY
@given(catalogs)
@pytest.mark.parametrize("format_", ["yaml", "json"])
def test_what_a_file_was_made_of_comes_back_and_makes_the_same_file(format_: Format, documents: Documents) -> None:
    file = file_of(documents, format_)
    again = read([file])
    assert same(again, documents)
    assert file_of(again, format_) == file


@MANY
@given(catalogs)
@pytest.mark.parametrize("format_", ["yaml", "json"])
def test_what_a_folder_was_made_of_comes_back_and_makes_the_same_folder(format_: Format, documents: Documents) -> None:
    files = folder_of(documents, format_)
    again = read(files_in_zip(zip_of(files)))
    assert same(again, documents)
    assert zip_of(folder_of(again, format_)) == zip_of(files)


@MANY
@given(values)
def test_yaml_says_the_same_to_us_and_to_a_reader_of_yaml_1_1(value: object) -> None:
    text = text_of({"value": value}, "yaml")
    told = yaml.load(text, Loader=yaml.SafeLoader)
    assert json.dumps(told) == json.dumps(value_of(text.encode())) == json.dumps({"value": value})


@pytest.mark.parametrize("format_", ["yaml", "json"])
def test_the_seed_s_documents_come_back_whole(format_: Format) -> None:
    documents = read([File("seed.json", SEED.read_bytes())])
    assert len(documents) == 11
    assert same(read([file_of(documents, format_)]), documents)


def test_half_a_character_is_kept_by_json_and_refused_by_yaml() -> None:
    api = Api.load({"_id": "a", "url": "http://h", "result": "\ud800"})
    assert read([file_of({("api", "a"): api}, "json")]) == {("api", "a"): api}
    with pytest.raises(Exception, match="half a character"):
        file_of({("api", "a"): api}, "yaml")


def test_fields_stand_in_their_own_order_without_defaults_and_unknown_ones_behind() -> None:
    api = Api.load(
        {
            "owner": "ann",
            "interval": 5,
            "debug": False,
            "url": "http://h",
            "_id": "a",
            "args": {"b": {"type": "int", "val": None}},
        }
    )
    assert (
        json.dumps(in_code(api))
        == '{"_id": "a", "url": "http://h", "args": {"b": {"type": "int"}}, "interval": 5, "owner": "ann"}'
    )


def test_lines_of_code_are_a_block_that_can_be_read() -> None:
    step = Step.load(
        {"_id": "s", "checklink": [{"_id": "l", "api": {"val": {"_id": "a", "lresult": "x = result\nreturn x[0]\n"}}}]}
    )
    assert "lresult: |\n          x = result\n          return x[0]\n" in text_of(in_code(step), "yaml")


def test_kinds_and_ids_stand_in_order() -> None:
    documents: Documents = {("api", id_): Api.load({"_id": id_, "url": "http://h"}) for id_ in ("b", "a")}
    assert [one["_id"] for one in as_file(documents)["api"]] == ["a", "b"]


def test_two_names_that_a_disk_cannot_tell_apart_make_no_folder() -> None:
    documents: Documents = {("api", id_): Api.load({"_id": id_, "url": "http://h"}) for id_ in ("a", "A")}
    with pytest.raises(Exception, match="some disks cannot tell it from"):
        folder_of(documents, "yaml")


# -- a folder on the disk ----------------------------------------------------------------------------

API: Documents = {("api", "a"): Api.load({"_id": "a", "url": "http://h"})}


def keep(root: Path, documents: Documents, remove_others: bool = True) -> list[tuple[str, str]]:
    return list(keep_folder(root, folder_of(documents, "yaml"), remove_others))


def test_a_folder_is_written_once_and_then_left_as_it_is(tmp_path: Path) -> None:
    assert keep(tmp_path, API) == [("written", "apis/a.yaml")]
    assert keep(tmp_path, API) == []
    assert read(files_at(tmp_path)) == API


def test_a_file_that_says_the_same_keeps_its_comments(tmp_path: Path) -> None:
    keep(tmp_path, API)
    commented = "# who to ask: ann\n_id: a\nurl: 'http://h'\n"
    (tmp_path / "apis/a.yaml").write_text(commented, encoding="utf-8")
    assert keep(tmp_path, API) == []
    assert (tmp_path / "apis/a.yaml").read_text(encoding="utf-8") == commented


def test_what_is_no_more_is_removed_and_what_is_not_ours_stays(tmp_path: Path) -> None:
    keep(tmp_path, API)
    (tmp_path / "apis/b.json").write_text('{"_id": "b", "url": "http://h"}', encoding="utf-8")
    (tmp_path / "README.md").write_text("# ours", encoding="utf-8")
    assert keep(tmp_path, API, remove_others=False) == []
    assert keep(tmp_path, API) == [("removed", "apis/b.json")]
    assert (tmp_path / "README.md").exists()


def test_a_definition_stands_in_one_file_also_when_the_format_changes(tmp_path: Path) -> None:
    keep(tmp_path, API)
    changed: Documents = {("api", "a"): Api.load({"_id": "a", "url": "http://other"})}
    told = list(keep_folder(tmp_path, folder_of(changed, "json"), remove_others=True))
    assert told == [("written", "apis/a.json"), ("removed", "apis/a.yaml")]
    assert read(files_at(tmp_path)) == changed


def test_hidden_files_and_what_a_mac_adds_to_a_zip_are_left_alone(tmp_path: Path) -> None:
    keep(tmp_path, API)
    for name in (".github/workflows.yaml", ".gitlab-ci.yml"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("on: push", encoding="utf-8")
    assert read(files_at(tmp_path)) == API
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("definitions/apis/a.yaml", "_id: a\nurl: http://h\n")
        archive.writestr("__MACOSX/apis/a.yaml", b"\xff")
    assert read(files_in_zip(out.getvalue())) == API


def test_one_file_of_a_folder_can_be_read_alone(tmp_path: Path) -> None:
    keep(tmp_path, API)
    assert read(files_at(tmp_path / "apis" / "a.yaml")) == API
    assert files_at(tmp_path / "apis" / "a.yaml")[0].data == b"_id: a\nurl: http://h\n"
