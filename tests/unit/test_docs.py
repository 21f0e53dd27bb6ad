"""What the documents name is what the code has: fields, defaults, settings, links, examples."""

import json
import re
import tempfile
from enum import Enum
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from pydantic.fields import FieldInfo

import mock_api
from engine import model
from engine.command import Catalog, Loaded, read_documents
from engine.model import Part
from engine.settings import Settings

ROOT = Path(__file__).resolve().parents[2]
PAGES = [ROOT / "README.md", ROOT / "CHANGELOG.md", *sorted((ROOT / "docs").glob("*.md"))]
REFERENCE = (ROOT / "docs" / "reference.md").read_text(encoding="utf-8")
OPERATIONS = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")
GUIDE = (ROOT / "docs" / "guide.md").read_text(encoding="utf-8")

PARTS = [part for name in model.__all__ if isinstance(part := getattr(model, name), type) and issubclass(part, Part)]
ABSTRACT = {"Part", "Document"}
WITH_PATIENCE = {"Api", "ApiUse", "ManualUse"}

HOSTS = {"127.0.0.1", "localhost", "host", "keepachangelog.com", "semver.org"}
EXAMPLE_DOMAINS = ("example.com", "example.org")


def page_id(page: Path) -> str:
    return page.relative_to(ROOT).as_posix()


def section(title: str) -> str:
    """What stands under a heading of the reference, up to the next."""
    found = re.search(rf"^## {title}\n(.*?)(?=^##? |\Z)", REFERENCE, re.MULTILINE | re.DOTALL)
    assert found, f"docs/reference.md has no section {title}"
    return found[1]


def rows(text: str) -> dict[str, list[str]]:
    """The tables of a text: what stands in the first cell, in code, and the other cells."""
    cells = [
        [cell.strip() for cell in line.strip("|").split("|")] for line in text.splitlines() if line.startswith("| `")
    ]
    return {cell[0].strip("`"): cell[1:] for cell in cells}


def default_of(field: FieldInfo) -> Any:
    value = field.get_default(call_default_factory=True)
    if isinstance(value, Part):
        return value.model_dump(mode="json", exclude_none=True)
    return value.value if isinstance(value, Enum) else value


@pytest.mark.parametrize(
    "part", [part for part in PARTS if part.__name__ not in ABSTRACT], ids=lambda part: part.__name__
)
def test_the_reference_has_every_field_with_its_default_and_no_other(part: type[Part]) -> None:
    inherited = model.Patience.model_fields if part.__name__ in WITH_PATIENCE else {}
    fields = {field.alias or name: field for name, field in part.model_fields.items() if name not in inherited}
    table = rows(section(part.__name__))
    assert table.keys() == fields.keys()
    for name, field in fields.items():
        default = table[name][1]
        assert default == ("required" if field.is_required() else f"`{json.dumps(default_of(field))}`"), name


def test_operations_has_every_setting_with_its_default_and_no_other() -> None:
    table = {name: cells for name, cells in rows(OPERATIONS).items() if name.startswith("STEPLINE_")}
    fields = {f"STEPLINE_{name.upper()}": field for name, field in Settings.model_fields.items()}
    assert table.keys() == fields.keys()
    for name, field in fields.items():
        default = f"{field.default:g}" if isinstance(field.default, float) else str(field.default)
        assert table[name][0] == ("none" if field.default is None else f"`{default}`"), name


def test_the_guide_s_examples_are_sound() -> None:
    """Each block loads, and its systems are proven with all the blocks before it."""
    sample = json.loads(mock_api.SAMPLE.read_text(encoding="utf-8"))
    known = read_documents({"api": sample["api"]})
    blocks = [json.loads(block) for block in re.findall(r"```json\n(.*?)```", GUIDE, re.DOTALL)]
    files = [block for block in blocks if block.keys() <= {"api", "step", "system", "task"}]
    assert len(files) >= 3
    for file in files:
        new = read_documents(file)
        known = Loaded(known.apis | new.apis, known.steps | new.steps, known.systems | new.systems)
        Catalog.check(known)
    for link in (block for block in blocks if block not in files):
        assert model.Link.model_validate(link).api.val.model_extra == {}


@pytest.mark.parametrize("page", PAGES, ids=page_id)
def test_links_between_pages_lead_somewhere(page: Path) -> None:
    for target in re.findall(r"\]\(([^)#\s]+)(?:#[^)]*)?\)", page.read_text(encoding="utf-8")):
        assert urlsplit(target).scheme or (page.parent / target).exists(), target


@pytest.mark.parametrize("page", PAGES, ids=page_id)
def test_no_page_holds_a_path_of_a_machine(page: Path) -> None:
    roots = {entry.name for entry in Path(ROOT.anchor).iterdir()} | {"home", "Users"}
    text = page.read_text(encoding="utf-8")
    assert not re.findall(rf"(?<![\w.:/)-])/(?:{'|'.join(map(re.escape, roots))})/\S*", text)
    for place in (ROOT, Path.home(), Path(tempfile.gettempdir())):
        assert not re.search(rf"(?<![\w.]){re.escape(str(place))}\b", text)


@pytest.mark.parametrize("page", PAGES, ids=page_id)
def test_pages_name_only_hosts_that_are_meant_to_be_there(page: Path) -> None:
    """No mirror, registry or machine that somebody happened to use."""
    text = page.read_text(encoding="utf-8")
    found = {host for url in re.findall(r"\b[a-z]+://[^\s'\"`)<>]+", text) if (host := urlsplit(url).hostname)}
    assert {host for host in found - HOSTS if not host.endswith(EXAMPLE_DOMAINS)} == set()
