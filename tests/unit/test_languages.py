"""Every text that a page can show is there in every language, and nothing is translated that is not shown."""

from __future__ import annotations

import re
from io import BytesIO
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po

from webapp.language import LANGUAGES

ROOT = Path(__file__).resolve().parents[2]
SHOWN = [("templates/**.html", "jinja2"), ("webapp/**.py", "python")]
KEYWORDS = {"_": None, "gettext": None, "lazy_gettext": None, "ngettext": (1, 2), "lazy_ngettext": (1, 2)}
TRANSLATED = [code for code in LANGUAGES if code != "en"]
PLACEHOLDER = re.compile(r"%\(\w+\)[sd]")


def texts() -> set[str | tuple[str, ...]]:
    found = (extract_from_dir(ROOT / folder, [(pattern, how)], keywords=KEYWORDS) for folder, pattern, how in folders())
    return {message for folder in found for _file, _line, message, _comments, _context in folder}


def folders():
    return [(pattern.partition("/")[0], pattern.partition("/")[2], how) for pattern, how in SHOWN]


def catalogues(language: str) -> list[tuple[str, Catalog]]:
    paths = sorted((ROOT / "webapp/translations" / language).glob("*.po"))
    return [(path.name, read_po(BytesIO(path.read_bytes()), locale=language)) for path in paths]


@pytest.mark.parametrize("language", TRANSLATED)
def test_every_text_is_translated_and_nothing_else_is(language):
    ids = [message.id for _name, one in catalogues(language) for message in one if message.id]
    assert {"missing": texts() - set(ids), "not shown": set(ids) - texts()} == {"missing": set(), "not shown": set()}


@pytest.mark.parametrize("language", TRANSLATED)
def test_a_text_has_one_translation(language):
    said: dict[str, str] = {}
    for name, one in catalogues(language):
        for message in filter(lambda message: message.id, one):
            assert said.setdefault(str(message.id), str(message.string)) == str(message.string), f"{name}: {message.id}"


@pytest.mark.parametrize("language", TRANSLATED)
def test_a_translation_is_finished_and_keeps_the_placeholders(language):
    for name, one in catalogues(language):
        for message in filter(lambda message: message.id, one):
            english = message.id if isinstance(message.id, str) else message.id[-1]
            said = message.string if isinstance(message.string, str) else (message.string or [""])[-1]
            assert said, f"{name}: {english!r} is not translated"
            assert not message.fuzzy, f"{name}: {english!r} is a guess"
            assert set(PLACEHOLDER.findall(said)) == set(PLACEHOLDER.findall(english)), f"{name}: {english!r}"
