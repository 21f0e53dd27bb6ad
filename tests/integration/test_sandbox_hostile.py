"""Escapes and resource attacks against each layer alone and against all together.

Which escapes the validator refuses is in tests/unit/test_script_check.py.
"""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from engine.script import Evaluator, Script, ScriptError
from engine.script.pool import Failure
from engine.script.program import assemble
from engine.script.source import parse
from tests.integration.hostile.attacks import ATTACKS
from tests.integration.hostile.escapes import ESCAPES

CANARY = "canary-7f3a"
NAMES = {"result": [{"name": "a"}], "response": [{"name": "a"}], "loop": {"index": 0}, "task": {"_id": "t"}}
HARMLESS_ATTACKS = {"redos (a+)+$", "surrogate", "cyclic repr", "str find quad"}
"""What the sandbox finishes within its limits."""

escapes = pytest.mark.parametrize(("kind", "source"), ESCAPES)
attacks = pytest.mark.parametrize(("name", "source"), ATTACKS, ids=[name for name, _ in ATTACKS])


@pytest.fixture(scope="module")
def evaluator() -> Iterator[Evaluator]:
    evaluator = Evaluator()
    yield evaluator
    evaluator.close()


@pytest.fixture
def canaries(monkeypatch, tmp_path) -> Path:
    """Put a secret into the environment and into a file of the working directory, which is empty else."""
    monkeypatch.setenv("SBX_CANARY", CANARY)
    monkeypatch.chdir(tmp_path)
    (tmp_path / "canary.txt").write_text(CANARY)
    return tmp_path


def outcome_of_all(evaluator: Evaluator, script: Script) -> str:
    """Run it as the product does; anything but a value or a ScriptError fails the test."""
    try:
        return repr(evaluator.evaluate(script, NAMES))
    except ScriptError as error:
        return f"{error.kind}: {error} {error.source_line}"


def outcome_unvalidated(evaluator: Evaluator, script: Script) -> str:
    """Rewrite it and run it, but let nothing be refused by the validator."""
    try:
        program = assemble(parse(script), {"result", "response", "loop", "task"})
        texts, slots = evaluator._encoded(program, NAMES)
        return evaluator._pool.run(program.code, texts, slots)
    except (ScriptError, Failure) as error:
        return f"{error.kind}: {error.message}"


def outcome_of_bare_sandbox(evaluator: Evaluator, script: Script) -> str:
    """Hand the text to a worker: no parsing, no validator, no rewrite."""
    source = script.source
    if script.kind == "body":
        source = "def main():\n" + "\n".join(f"    {line}" for line in source.split("\n")) + "\nmain()"
    try:
        return evaluator._pool.run(source, [], [])
    except Failure as failure:
        return f"{failure.kind}: {failure.message}"


layers = pytest.mark.parametrize("outcome_of", [outcome_of_all, outcome_unvalidated, outcome_of_bare_sandbox])


@layers
@escapes
def test_an_escape_reaches_no_secret_and_leaves_no_trace(evaluator, canaries, outcome_of, kind, source):
    outcome = outcome_of(evaluator, Script(kind, source))
    said = outcome.replace(source, "")
    assert CANARY not in said
    assert os.environ["PATH"] not in said
    assert [path.name for path in canaries.iterdir()] == ["canary.txt"]
    assert evaluator.evaluate(Script.expr("sum([0, 1])"), {}) == 1


@layers
@attacks
def test_an_attack_is_ended_and_the_next_script_runs(evaluator, outcome_of, name, source):
    outcome = outcome_of(evaluator, Script.body(source))
    if name not in HARMLESS_ATTACKS:
        assert outcome.startswith(("syntax:", "forbidden:", "runtime:", "timeout:", "memory:"))
    assert evaluator.evaluate(Script.expr("sum([0, 1])"), {}) == 1


def test_the_canaries_can_be_found_by_code_that_is_not_contained(canaries):
    assert os.environ["SBX_CANARY"] == Path("canary.txt").read_text() == CANARY
