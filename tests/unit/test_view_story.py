"""What the engine tells of is told in the reader's language."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from typing import get_args

import pytest

from engine.command import Resolution
from tests.unit.speaking import speaking
from webapp.view.story import happened

ENGINE = Path(__file__).resolve().parents[2] / "engine"
TELLING = {"add_event", "_change", "_event", "_go_on"}
WORDS = re.compile(r"[a-z][a-z -]+")
CHINESE = re.compile(r"[\u4e00-\u9fff]")


def told() -> set[str]:
    """Every `what` that stands in the engine's source."""
    files = [path for room in ("command", "run") for path in (ENGINE / room).glob("*.py")]
    nodes = [node for path in files for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))]
    found = {text for node in nodes if isinstance(node, ast.Call) for text in told_by(node)}
    return found | {f"resolved: {how}" for how in get_args(Resolution)} | {"settings changed"}


def told_by(call: ast.Call) -> Iterator[str]:
    name = getattr(call.func, "attr", "")
    said = [*call.args, *(given.value for given in call.keywords if given.arg == "what")]
    if name not in TELLING and getattr(call.func, "id", "") != "Event":
        return
    for part in said:
        for one in (part.body, part.orelse) if isinstance(part, ast.IfExp) else (part,):
            if isinstance(one, ast.Constant) and WORDS.fullmatch(str(one.value)):
                yield str(one.value)


def test_the_engine_tells_of_what_we_look_for():
    assert {"created", "started", "pause requested", "role changed", "settings changed", "span edited"} <= told()


@pytest.mark.parametrize("what", sorted(told()))
def test_an_event_is_told_in_the_reader_s_language(what):
    with speaking("zh"):
        assert CHINESE.search(happened(what))


def test_what_is_not_known_stands_as_it_is():
    with speaking("zh"):
        assert happened("step9 <b>conjured</b>") == "step9 <b>conjured</b>"
