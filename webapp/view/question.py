"""What a task asks of a person: the question, what is shown with it, a field per value that the answer has."""

from __future__ import annotations

import ast
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from flask_babel import gettext as _

from engine.command import asked_keys
from engine.model import Attempt, Definition, Link, LinkState, ManualUse, Problem, Role, Step, Task

from .callee import asked_text
from .flow import is_asked
from .repair import marked
from .text import compact, shortened
from .told import told

RESPONSE = "response."
_SHOWN = 400


@dataclass(frozen=True, slots=True)
class AnswerField:
    """`choices`: where the answer is yes or no; else text is typed, or JSON."""

    id: str
    name: str
    key: str
    text: str
    choices: tuple[tuple[str, str], ...]
    problems: tuple[Problem, ...]


@dataclass(frozen=True, slots=True)
class Question:
    """`refusal`: why who looks at it cannot answer; there is no form then."""

    step: str
    link: str
    id: str
    prompt: str
    whom: str
    message: str
    """What became of the answer before, or that it is late."""
    shown: tuple[tuple[str, str], ...]
    condition: str
    fields: tuple[AnswerField, ...]
    note: str
    refusal: str
    made_from: str


@dataclass(frozen=True, slots=True)
class Reader:
    """Who looks at the page."""

    name: str
    role: Role


@dataclass(frozen=True, slots=True)
class TypedAnswer:
    """What was typed and not accepted, and why: it stands there again."""

    fields: Mapping[str, str] = field(default_factory=dict)
    problems: tuple[Problem, ...] = ()


NOTHING_TYPED = TypedAnswer()


def questions(task: Task, definition: Definition, calls: Mapping[str, Attempt], reader: Reader) -> list[Question]:
    """All that it asks now, in the order of writing."""
    return [
        question(task, definition.steps[step], definition.steps[step].link(state.id), calls, reader)
        for step, info in task.step_info.items()
        for state in info.api_status.values()
        if is_asked(state)
    ]


def question(
    task: Task, step: Step, link: Link, calls: Mapping[str, Attempt], reader: Reader, typed: TypedAnswer = NOTHING_TYPED
) -> Question:
    """Of a MANUAL link."""
    said, state = link.question, task.step_info[step.id].api_status[link.id]
    assert said is not None  # noqa: S101  only such links are asked about
    last = calls.get(state.last or "")
    return Question(
        step=step.id,
        link=link.id,
        id=f"ask-{step.id}-{link.id}-{question_mark(state)}",
        prompt=said.prompt,
        whom=asked_text(said),
        message=told(_beside_the_prompt(state.asks, said.prompt)),
        shown=tuple((name, _shown(value)) for name, value in (last.args if last else {}).items()),
        condition=link.condition.val,
        fields=tuple(_fields(step, link, last, typed)),
        note=typed.fields.get("note", ""),
        refusal=_refusal(said, reader),
        made_from=question_mark(state),
    )


def _beside_the_prompt(asks: str, prompt: str) -> str:
    """What the link says of its question beyond that it is asked."""
    said = asks.partition(f": {prompt[:40]}")[0].partition("; waits for ")[0]
    return "" if said.startswith("waits for ") else said


def question_mark(state: LinkState) -> str:
    """Of what a form was made from: another one is asked since, or it was answered."""
    return marked([state.status, state.passed, state.seq])


def _refusal(said: ManualUse, reader: Reader) -> str:
    if said.may_answer(reader.name, reader.role):
        return ""
    return _("It asks %(whom)s, not you.", whom=asked_text(said))


def _fields(step: Step, link: Link, last: Attempt | None, typed: TypedAnswer) -> Iterator[AnswerField]:
    before, choices = _answer_before(last), (("true", _("yes")), ("false", _("no")))
    for key in asked_keys(step, link.id):
        name = f"{RESPONSE}{key}"
        yield AnswerField(
            id=f"{step.id}-{link.id}-{key}",
            name=name,
            key=key,
            text=typed.fields.get(name, before.get(key, "")),
            choices=choices if key in _yes_or_no(link.condition.val) else (),
            problems=tuple(problem for problem in typed.problems if problem.path == name),
        )


def _answer_before(last: Attempt | None) -> dict[str, str]:
    """Of one that was not accepted: who answers again need not type it again."""
    answer = json.loads(last.body) if last and last.kind == "asked" and last.body else None
    if not isinstance(answer, dict):
        return {}
    return {key: _as_typed(value) for key, value in answer.items()}


def _as_typed(value: Any) -> str:
    return value if isinstance(value, str) and _is_plain(value) else compact(value)


def _is_plain(text: str) -> bool:
    """Text that would be read as itself."""
    try:
        json.loads(text)
    except ValueError:
        return not text.lstrip().startswith(('"', "{", "["))
    return False


def _yes_or_no(condition: str) -> frozenset[str]:
    """Keys whose truth the condition asks for: `result.ok`, also behind `not` and between `and` and `or`."""
    try:
        tree = ast.parse(condition.strip(), mode="eval").body
    except SyntaxError:
        return frozenset()
    return frozenset(_truths(tree))


def _truths(node: ast.expr) -> Iterator[str]:
    if isinstance(node, ast.BoolOp):
        for value in node.values:
            yield from _truths(value)
    elif isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
        yield from _truths(node.operand)
    elif isinstance(node, ast.Compare) and _is_truth_value(node.comparators[-1]):
        yield from _truths(node.left)
    elif isinstance(node, ast.Attribute) and ast.unparse(node.value) in ("result", "response"):
        yield node.attr


def _is_truth_value(node: Any) -> bool:
    return isinstance(node, ast.Constant) and isinstance(node.value, bool)


def _shown(value: Any) -> str:
    return shortened(value if isinstance(value, str) else compact(value), _SHOWN)
