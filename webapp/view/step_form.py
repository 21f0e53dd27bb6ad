"""The form of a step as it is shown: every field with what stands in it, what is wrong, what a trial came to. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from flask_babel import gettext as _

from engine.model import Api, System
from engine.plan.structure import SCRIPT_NAMES
from engine.script import ConditionPart, Script, ScriptError, check
from webapp.arg_text import AUTO, CODE, EARLIER, LITERAL, TASK, WRITTEN
from webapp.link_kinds import LINK_KINDS, LOOP, PATIENCE, QUESTION, RowTexts, SaidArg, kind_of
from webapp.step_form import SPAN_PARTS, ArgsOf, StepForm
from webapp.trial import Trial

from .draft_place import ProblemLine
from .field import Field, Option
from .sample_tree import Node, outline, tree
from .step_place import arg_field_id, arg_name_field_id
from .text import compact, shortened
from .told import told

_VALUE = 80
TRIED_ON = ("sample", "last", "pasted")
PASTED_ONLY = ("pasted",)


@dataclass(frozen=True, slots=True)
class ScriptField:
    """`marks`: where it cannot be used. `complete`: what it may read, with values as they would be."""

    field: Field
    marks: tuple[Mapping[str, Any], ...]
    complete: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class ArgRow:
    """`name`: where it is named, if nothing declares it."""

    slot: str
    field: Field
    name: Field | None
    type: str
    default: str
    sources: tuple[str, ...]
    """Published values of its name, and `task.x` where a system gives an arg of it: what “automatic” takes."""
    kind: str
    kind_name: str
    kinds: tuple[Option, ...]
    choices: str
    """The id of the list that its value is likely in; empty where it is anything."""


@dataclass(frozen=True, slots=True)
class PartRow:
    text: str
    holds: bool | None
    reads: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class TrialRow:
    """`about` says what it was tried on; `holds` is None where that could not be told.

    `value`: what the condition comes to, where that is no truth value. `asks`: args of the task that it reads, to be
    given for the trial; `unknown`: those that nobody has given. `taken`: paths that the response reads, and their keys.
    """

    about: str
    holds: bool | None
    fault: str
    value: str
    parts: tuple[PartRow, ...]
    answer: Node | None
    asks: tuple[Field, ...]
    unknown: tuple[str, ...]
    taken: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Tried:
    """A trial with what it was made on, as the page found it; `trial` is None where there was no answer.

    `task_args`: those that its scripts read; `unknown`: those of them that have no value here.
    """

    about: str
    trial: Trial | None = None
    fault: str = ""
    task_args: tuple[str, ...] = ()
    unknown: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class LinkRow:
    row: str
    number: int
    id: Field
    was: str
    op: Field
    kinds: tuple[Option, ...]
    blocks: tuple[str, ...]
    target: Field
    endpoint: str
    args: tuple[ArgRow, ...]
    takes_any_arg: bool
    loop: Mapping[str, Field]
    lresult: ScriptField
    patience: tuple[Field, ...]
    is_impatient: bool
    """Something of it is wrong."""
    question: Mapping[str, Field]
    asked: tuple[str, ...]
    """The keys of the response for which a person is asked."""
    condition: ScriptField
    tries: tuple[str, ...]
    """What a trial can be made on."""
    tried_on: str
    pasted: Field
    trial: TrialRow
    carried: tuple[tuple[str, str], ...]
    """Fields that are not shown now, with what was typed into them."""
    is_first: bool
    is_last: bool


@dataclass(frozen=True, slots=True)
class OutRow:
    out: str
    number: int
    was: str
    key: Field
    source: Field
    sources: tuple[Option, ...]
    path: ScriptField
    value: str
    fault: str
    unknown: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class StepFields:
    id: Field
    desc: Field
    span: tuple[Field, ...]
    span_problems: tuple[ProblemLine, ...]
    links: tuple[LinkRow, ...]
    links_problems: tuple[ProblemLine, ...]
    outs: tuple[OutRow, ...]


@dataclass(frozen=True)
class Around:
    """What stands around a step: what it can call, what its scripts may read, what a trial of each link came to.

    `task_args` and `earlier`: what the systems that use it give, and what their other steps publish (`step.key`).
    """

    args_of: ArgsOf
    apis: Mapping[str, Api]
    systems: Mapping[str, System]
    task: Mapping[str, Any]
    task_args: Sequence[str] = ()
    earlier: Sequence[str] = ()
    tried: Mapping[str, Tried] = field(default_factory=dict)


def step_fields(form: StepForm, around: Around, problems: Sequence[ProblemLine]) -> StepFields:
    return _Painter(form, around, problems).step()


class _Painter:
    def __init__(self, form: StepForm, around: Around, problems: Sequence[ProblemLine]) -> None:
        self.form, self.around = form, around
        self.problems: dict[str, list[ProblemLine]] = {}
        for problem in problems:
            self.problems.setdefault(problem.field, []).append(problem)

    def at(self, id_: str) -> tuple[ProblemLine, ...]:
        return tuple(self.problems.get(id_, ()))

    def field(self, name: str, label: str, hint: str = "") -> Field:
        return Field(name, name, label, self.form.text(name), hint, self.at(name))

    def script(self, name: str, label: str, complete: Mapping[str, Any], body: bool = False) -> ScriptField:
        field = self.field(name, label)
        return ScriptField(field, marks_of(Script.body(field.text) if body else Script.expr(field.text)), complete)

    def step(self) -> StepFields:
        labels = {"day": _("days"), "hour": _("hours"), "minute": _("minutes")}
        return StepFields(
            id=self.field("id", _("Id")),
            desc=self.field("desc", _("Description")),
            span=tuple(self.field(f"span.{part}", labels[part]) for part in SPAN_PARTS),
            span_problems=self.at("span"),
            links=tuple(self.link(row, number) for number, row in enumerate(self.form.rows, 1)),
            links_problems=(*self.at("links"), *self.at("response")),
            outs=tuple(self.out(out, number) for number, out in enumerate(self.form.outs, 1)),
        )

    def link(self, row: str, number: int) -> LinkRow:
        at, op, texts = f"link.{row}", self.form.op(row), self.form.row(row, self.around.args_of)
        tried = self.around.tried.get(row, Tried(""))
        kind = kind_of(op)
        shown = LinkRow(
            row=row,
            number=number,
            id=Field(f"{at}.id", f"{at}.id", _("Id"), texts.text("id"), texts.text("target"), self.at(f"{at}.id")),
            was=texts.text("was"),
            op=self.field(f"{at}.op", _("What it does")),
            kinds=tuple(Option(value, kind.label()) for value, kind in LINK_KINDS.items()),
            blocks=kind.blocks,
            target=self.field(f"{at}.target", _("System") if op == "SYSTEM" else _("API")),
            endpoint=self.endpoint(op, texts.text("target").strip()),
            args=tuple(self.arg(row, number, arg) for number, arg in enumerate(texts.args)),
            takes_any_arg=kind.takes_any_arg,
            loop={part: self.field(f"{at}.{part}", label) for part, label in _loop_labels().items()},
            lresult=self.script(f"{at}.lresult", _("Result of the rounds"), self.names(tried, loops=True), body=True),
            patience=tuple(self.patience(at, texts)),
            is_impatient=any(self.at(f"{at}.{part}") for part in PATIENCE),
            question={part: self.field(f"{at}.{part}", label) for part, label in self.question_labels().items()},
            asked=tuple(self.form.text(f"out.{out}.key").strip() or "…" for out in self.form.outs_of(row)),
            condition=self.script(f"{at}.condition", _("Done when"), self.names(tried, loops=False)),
            tries=_tries(self.form, row),
            tried_on=tried_on(self.form, row),
            pasted=self.field(f"{at}.pasted", _("An answer as JSON")),
            trial=self.trial(row, tried),
            carried=(),
            is_first=number == 1,
            is_last=number == len(self.form.rows),
        )
        return _with_carried(shown, texts)

    def endpoint(self, op: str, target: str) -> str:
        if op == "SYSTEM":
            return self.around.systems[target].name if target in self.around.systems else ""
        api = self.around.apis.get(target)
        return f"{api.method} {api.url}" if api else ""

    def names(self, tried: Tried, loops: bool) -> dict[str, Any]:
        """What scripts may read, with values as they would be."""
        result = outline(tried.trial.result) if tried.trial else {}
        loop = {"loop": {"index": 0, "count": 1, "item": None}} if loops else {}
        return {"result": result, "response": result, "task": outline(dict(self.around.task)), **loop}

    def patience(self, at: str, texts: RowTexts) -> Iterator[Field]:
        api = self.around.apis.get(texts.text("target").strip())
        for part, label in _patience_labels().items():
            default = getattr(api, part, None)
            hint = "" if default is None else f"{default:.10g}"
            yield Field(f"{at}.{part}", f"{at}.{part}", label, texts.text(part), hint, self.at(f"{at}.{part}"))

    def question_labels(self) -> dict[str, str]:
        labels = (_("What is asked"), _("Least role that may answer"), _("Who may answer"), _("Remind after, seconds"))
        return dict(zip(QUESTION, labels, strict=True))

    def arg(self, row: str, number: int, arg: SaidArg) -> ArgRow:
        id_, name_id, kind = arg_field_id(row, number), arg_name_field_id(row, number), arg.said.kind
        name = Field(name_id, f"link.{row}.name.{arg.slot}", _("Name"), arg.name, "", self.at(name_id))
        return ArgRow(
            slot=arg.slot,
            field=Field(id_, f"link.{row}.value.{arg.slot}", arg.name, arg.said.text, "", self.at(id_)),
            name=name if arg.named else None,
            type=arg.declared.type,
            default="" if arg.declared.val is None else shortened(compact(arg.declared.val), _VALUE),
            sources=self.sources(row, arg.name),
            kind=kind,
            kind_name=f"link.{row}.kind.{arg.slot}",
            kinds=tuple(one for one in _arg_kinds() if one.value != AUTO or kind == AUTO or not arg.named),
            choices={TASK: "task-args", EARLIER: "earlier-values"}.get(kind, ""),
        )

    def sources(self, row: str, arg: str) -> tuple[str, ...]:
        """A link does not wait for itself."""
        own = {f"{self.form.id}.{self.form.text(f'out.{out}.key').strip()}" for out in self.form.outs_of(row)}
        published = tuple(one for one in self.around.earlier if one.partition(".")[2] == arg and one not in own)
        return published or (_of_task([arg]) if arg in self.around.task_args else ())

    def trial(self, row: str, tried: Tried) -> TrialRow:
        trial, form = tried.trial, self.form
        asks = tuple(self.ask(f"link.{row}.task.{arg}", arg) for arg in tried.task_args)
        if trial is None:
            return TrialRow(tried.about, None, tried.fault, "", (), None, asks, (), {})
        is_truth = trial.value is None or isinstance(trial.value, bool)
        value = "" if is_truth else shortened(compact(trial.value), _VALUE)
        answer = None if trial.holds is None and not trial.reads and trial.result is None else tree(trial.result)
        taken = {form.text(f"out.{out}.path").strip(): form.text(f"out.{out}.key").strip() for out in form.outs_of(row)}
        parts = tuple(map(_part_row, trial.parts))
        return TrialRow(
            tried.about, trial.holds, trial.fault, value, parts, answer, asks, _of_task(tried.unknown), taken
        )

    def ask(self, name: str, arg: str) -> Field:
        """An arg of the task, to be given for a trial; the hint is what it is anyway."""
        known = self.around.task
        hint = shortened(compact(known[arg]), _VALUE) if arg in known else ""
        return Field(name, name, _of_task([arg])[0], self.form.text(name), hint)

    def out(self, out: str, number: int) -> OutRow:
        form, at = self.form, f"out.{out}"
        row = form.out_row(out)
        tried = self.around.tried.get(row, Tried(""))
        read = tried.trial.reads.get(out) if tried.trial else None
        source = self.field(f"{at}.from", _("Call"))
        return OutRow(
            out=out,
            number=number,
            was=form.text(f"{at}.was"),
            key=self.field(f"{at}.key", _("Name")),
            source=source,
            sources=tuple(Option(one, form.link_id(one) or f"[{place}]") for place, one in enumerate(form.rows, 1)),
            path=self.script(f"{at}.path", _("What is read"), self.names(tried, loops=False)),
            value="" if read is None or read.fault else shortened(compact(read.value), _VALUE),
            fault=read.fault if read else "",
            unknown=_of_task(tried.unknown),
        )


def marks_of(script: Script) -> tuple[Mapping[str, Any], ...]:
    """Where a script cannot be used."""
    if not script.source.strip():
        return ()
    try:
        check(script, SCRIPT_NAMES)
    except ScriptError as error:
        return ({"line": error.line or 1, "column": error.column or 0, "message": told(error.message)},)
    return ()


def _with_carried(shown: LinkRow, texts: RowTexts) -> LinkRow:
    """What was typed for another kind of link is not lost when the kind changes, and changes back."""
    blocks = set(shown.blocks)
    own = {"was", "id", "op", "condition", "try", "pasted"}
    own |= {ask.id.removeprefix(f"link.{shown.row}.") for ask in shown.trial.asks}
    own |= {"target"} if blocks & {"api", "system"} else set()
    own |= set(LOOP) if "loop" in blocks else set()
    own |= set(PATIENCE) if "patience" in blocks else set()
    own |= set(QUESTION) if "question" in blocks else set()
    args = {f"{part}.{arg.slot}" for arg in texts.args for part in ("kind", "value", "name")}
    hidden = [(f"link.{shown.row}.{name}", text) for name, text in texts.texts.items() if name not in own | args]
    return replace(shown, carried=tuple(hidden))


def _part_row(part: ConditionPart) -> PartRow:
    reads = tuple((read.text, shortened(compact(read.value), _VALUE)) for read in part.reads)
    return PartRow(part.text, part.holds, reads)


def _of_task(args: Sequence[str]) -> tuple[str, ...]:
    """As scripts name them."""
    return tuple(f"task.{arg}" for arg in args)


def _tries(form: StepForm, row: str) -> tuple[str, ...]:
    """A person and another system have no sample, nor an answer that is kept."""
    return TRIED_ON if "api" in kind_of(form.op(row)).blocks else PASTED_ONLY


def tried_on(form: StepForm, row: str) -> str:
    tries, said = _tries(form, row), form.text(f"link.{row}.try")
    return said if said in tries else tries[0]


def _loop_labels() -> dict[str, str]:
    return {"largs": _("Rounds"), "lparallel": _("Side by side")}


def _patience_labels() -> dict[str, str]:
    labels = (
        _("Try again after, seconds"), _("Each wait longer by factor"), _("Longest wait, seconds"),
        _("Random spread, 0 to 1"), _("Attempts at most"), _("Give up after, seconds"),
    )  # fmt: skip
    return dict(zip(PATIENCE, labels, strict=True))


def _arg_kinds() -> tuple[Option, ...]:
    return (
        Option(AUTO, _("automatic")),
        Option(LITERAL, _("literal")),
        Option(TASK, _("task arg")),
        Option(EARLIER, _("earlier value")),
        Option(CODE, _("code")),
        Option(WRITTEN, _("as written")),
    )
