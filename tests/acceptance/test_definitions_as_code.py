"""Definitions in a folder, as somebody keeps them in git."""

import json
from collections.abc import Callable
from pathlib import Path

from tests.acceptance.conftest import ROOT, Product

Products = Callable[..., Product]
SEED = str(ROOT / "mock_api" / "documents.json")


def test_a_folder_is_exported_edited_compared_and_applied(product: Products, tmp_path: Path) -> None:
    folder = tmp_path / "definitions"
    product().run("load", SEED, "--no-tasks")
    assert f"{folder} has 11 definitions" in product().run("export", str(folder)).stdout
    assert product().run("export", str(folder)).stdout == f"{folder} has 11 definitions\n"
    same = product().run("diff", str(folder))
    assert (same.returncode, same.stdout) == (0, "nothing to change: 11 definitions are as they are there\n")

    (folder / "apis" / "api9.yaml").write_text("_id: api9\nurl: http://127.0.0.1/9\n", encoding="utf-8")
    differs = product().run("diff", str(folder))
    assert differs.returncode == 1
    assert "added api/api9\n   _id: api9" in differs.stdout.replace("+", " ")
    assert "would be added api/api9" in product().run("apply", str(folder), "--dry-run").stdout
    assert product().run("apply", str(folder), "--note", "why").stdout == "added api/api9\n1 added, 11 same\n"
    assert product().run("apply", str(folder)).stdout.startswith("nothing to change")

    (folder / "apis" / "api9.yaml").unlink()
    assert product().run("apply", str(folder), "--prune").stdout == "removed api/api9\n1 removed, 11 same\n"


def test_what_is_wrong_is_told_with_file_and_line(product: Products, tmp_path: Path) -> None:
    steps = tmp_path / "steps"
    steps.mkdir()
    (steps / "s.yaml").write_text("_id: s\nchecklink:\n  - _id: l\n    api: {val: {_id: none}}\n", encoding="utf-8")
    (tmp_path / "all.json").write_text('{"system": [{"_id": "all", "step": ["s"]}]}', encoding="utf-8")
    wrong = product().run("check", str(tmp_path))
    assert wrong.returncode == 1
    assert f"{steps}/s.yaml:4: step.s.checklink.l.api: there is no api called none" in wrong.stderr
    (steps / "bad.yaml").write_text("a: *b", encoding="utf-8")
    unreadable = product().run("diff", str(tmp_path))
    assert unreadable.returncode == 2
    assert f"{steps}/bad.yaml:1: aliases (*b) are not read" in unreadable.stderr


def test_a_schema_is_printed_without_a_database(product: Products) -> None:
    assert json.loads(product().run("schema", "api").stdout)["properties"]["_id"]["type"] == "string"
