"""What a strict CSP forbids, or escaping is needed for, does not stand in templates or scripts."""

import re
from pathlib import Path

import pytest
from jinja2 import Environment

from webapp.view.flow import ParallelBox, SequenceBox, StepBox

ROOT = Path(__file__).resolve().parents[2]
TEMPLATES = sorted((ROOT / "templates").rglob("*.html"))
SCRIPTS = sorted((ROOT / "webapp/static").glob("*.js"))
REFUSED = {
    "an inline style": r"\sstyle\s*=",
    "a style element": r"<style\b",
    "an inline script": r"<script\b(?![^>]*\ssrc=)",
    "an inline event handler": r"\son[a-z]+\s*=",
    "hx-on": r"\bhx-on\b",
    "evaluated JavaScript": r"['\"]\s*(js|javascript):",
    "a trigger with a filter": r"hx-trigger=\"[^\"]*\[",
    "unescaped output": r"\|\s*safe\b|\bMarkup\b|autoescape\s+false",
    "somebody else's server": r"(src|href|hx-\w+)=['\"](https?:)?//",
}


@pytest.mark.parametrize("what", REFUSED)
@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_a_template_has_nothing_that_is_refused(path, what):
    assert not re.search(REFUSED[what], path.read_text(encoding="utf-8"), re.IGNORECASE)


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_a_template_can_be_read(path):
    Environment(autoescape=True).parse(path.read_text(encoding="utf-8"))


@pytest.mark.parametrize("path", SCRIPTS, ids=lambda path: path.name)
def test_a_script_says_what_it_does_and_makes_no_markup(path):
    source = path.read_text(encoding="utf-8")
    assert source.startswith("// ")
    assert not re.search(r"innerHTML|insertAdjacentHTML|document\.write|\beval\b|new Function|\.style\b", source)


def test_the_flow_has_a_macro_for_each_kind_of_box():
    source = (ROOT / "templates/components/flow.html").read_text(encoding="utf-8")
    (table,) = re.findall(r"\{\{ \{(.*?)\}\[box\.kind\]", source)
    assert set(re.findall(r'"(\w+)":', table)) == {box.kind for box in (StepBox, SequenceBox, ParallelBox)}
