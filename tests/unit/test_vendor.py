"""The vendored front-end files are the ones that the lock names, to the byte."""

import base64
import hashlib
import json
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
VENDOR = ROOT / "webapp/static/vendor"
LOCK = VENDOR / "lock.json"
SPRITE = ROOT / "templates/components/sprite.html"
_LOCK = json.loads(LOCK.read_text(encoding="utf-8"))
PACKAGES, BUNDLES = _LOCK["packages"], _LOCK["bundles"]
FILES = {path: digest for one in [*PACKAGES, *BUNDLES] for path, digest in one["files"].items()}
SOURCES = {path: digest for bundle in BUNDLES for path, digest in bundle["source"].items()}


def digest_of(path: str) -> str:
    return "sha384-" + base64.b64encode(hashlib.sha384((ROOT / path).read_bytes()).digest()).decode()


@pytest.mark.parametrize("path", FILES)
def test_a_vendored_file_is_the_locked_one(path):
    assert digest_of(path) == FILES[path], f"{path}: run `make vendor`"


@pytest.mark.parametrize("path", SOURCES)
def test_a_bundle_was_made_from_what_is_here(path):
    assert digest_of(path) == SOURCES[path], f"{path} has changed: run `make vendor`"


@pytest.mark.parametrize("bundle", BUNDLES, ids=lambda bundle: bundle["name"])
def test_a_bundle_names_each_of_its_packages_in_its_licence(bundle):
    (licence,) = (path for path in bundle["files"] if path.endswith(".LICENSE.txt"))
    text = (ROOT / licence).read_text(encoding="utf-8")
    assert [name for name, version in bundle["packages"].items() if f"{name} {version}" not in text] == []


@pytest.mark.parametrize("path", [path for path in SOURCES if path.endswith("-lock.json")])
def test_the_lock_of_a_bundle_names_no_host_and_hashes_every_package(path):
    source = (ROOT / path).read_text(encoding="utf-8")
    packages = [about for name, about in json.loads(source)["packages"].items() if name]
    assert "://" not in source
    assert all(re.fullmatch(r"sha512-[\w+/]{86}==", about["integrity"]) for about in packages)


def test_every_file_beside_the_lock_is_in_it():
    present = {path.relative_to(ROOT).as_posix() for path in VENDOR.rglob("*") if path.is_file()}
    assert present - {LOCK.relative_to(ROOT).as_posix()} <= FILES.keys()


@pytest.mark.parametrize("package", PACKAGES, ids=lambda package: package["name"])
def test_a_package_says_what_it_is_and_ships_its_licence(package):
    assert re.fullmatch(r"\d+\.\d+\.\d+", package["version"])
    assert re.fullmatch(r"sha512-[\w+/]{86}==", package["integrity"])
    assert package["licence"]
    assert any(path.endswith(".LICENSE.txt") for path in package["files"])


def test_the_lock_names_no_host():
    assert "://" not in LOCK.read_text(encoding="utf-8")


def test_the_sprite_is_markup_that_a_strict_csp_allows():
    sprite = SPRITE.read_text(encoding="utf-8")
    symbols = re.findall(r'<symbol id="i-([a-z0-9-]+)" viewBox="0 0 24 24"', sprite)
    assert len(symbols) == len(set(symbols)) == sprite.count("<symbol")
    assert "style=" not in sprite
    assert "<script" not in sprite
