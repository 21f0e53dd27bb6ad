"""The form for a new task as it is shown: every field with what stands in it, what it comes to, what is wrong. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from flask_babel import gettext as _

from engine.model import Link, StepType
from engine.plan import ArgAt, LinkAt, Node, Plan, StepNode, Wiring, reference_to, span_of
from webapp.arg_text import AUTO, CODE, DEFAULT, EARLIER, LITERAL, SILENT, TASK, WRITTEN
from webapp.form_fields import (
    SPAN_PARTS,
    Fields,
    arg_field,
    arg_text_in,
    link_field,
    loop_texts,
    span_field,
    span_texts,
    span_texts_of,
)
from webapp.given_args import Given

from .callee import Callee, callee
from .draft_place import ProblemLine, arg_id, part_id
from .field import Field, Option
from .moment import duration_text
from .text import compact, shortened

MOST_ARGS = 150
"""Args of calls that are shown at once; of a larger system the steps that were opened, changed, or have a problem."""
_VALUE = 60


@dataclass(frozen=True, slots=True)
class Source:
    """Where an arg gets its value by itself. `tone` is bad where it gets none."""

    text: str
    value: str
    tone: str
    icon: str


@dataclass(frozen=True, slots=True)
class ArgRow:
    field: Field
    """Its value, where its kind has one."""
    type: str
    kind: str
    kind_name: str
    kinds: tuple[Option, ...]
    options: tuple[Option, ...]
    """To choose the value from; empty where it is typed."""
    source: Source | None
    is_code: bool


@dataclass(frozen=True, slots=True)
class Wire:
    """An arg and where it comes from, in short. `loose`: from nowhere yet."""

    arg: str
    value: str
    loose: bool


@dataclass(frozen=True, slots=True)
class LinkRow:
    id: str
    link: str
    callee: Callee
    condition: str
    args: tuple[ArgRow, ...]
    type: Field
    may_loop: bool
    loops: bool
    largs: Field
    lresult: Field
    lparallel: Field
    problems: tuple[ProblemLine, ...]


@dataclass(frozen=True, slots=True)
class StepRow:
    id: str
    step: str
    name: str
    desc: str
    span_id: str
    span: str
    """In words; empty where it cannot be read."""
    parts: tuple[Field, ...]
    span_problems: tuple[ProblemLine, ...]
    reset_to: str
    """The definition's expected time, if another one is typed."""
    publishes: tuple[str, ...]
    calls: int
    links: tuple[LinkRow, ...]
    wires: tuple[Wire, ...]
    problems: int
    folded: bool
    """It is not shown: the system is too large to show all of it."""
    open: bool


def step_rows(
    plan: Plan, fields: Fields, wiring: Wiring, keys: Sequence[str], problems: Sequence[ProblemLine]
) -> list[StepRow]:
    """In the order of the flow. `keys`: the args that the task can have."""
    painter = _Painter(plan, fields, wiring, keys, problems)
    return [painter.step(step) for step in plan.steps]


def given_rows(givens: Sequence[Given], fields: Fields, problems: Sequence[ProblemLine]) -> list[Field]:
    return [
        Field(
            id=f"given.{number}",
            name=given.field,
            label=given.key,
            text=fields.get(given.field, given.default_text),
            hint=_given_hint(given),
            problems=tuple(problem for problem in problems if problem.field == f"given.{number}"),
            is_json=not given.is_text and given.default is not None,
        )
        for number, given in enumerate(givens)
    ]


def _given_hint(given: Given) -> str:
    if given.wanted_by:
        more = "…" if len(given.wanted_by) > 2 else ""
        return _("%(type)s, needed by %(calls)s", type=given.type, calls=", ".join(given.wanted_by[:2]) + more)
    if given.default is None:
        return _("text or JSON")
    return _("text") if given.is_text else _("JSON")


def names_in(node: Node) -> Mapping[str, str]:
    """Step → what its system calls it."""
    if isinstance(node, StepNode):
        return {node.step: node.name}
    return {step: name for child in node.children for step, name in names_in(child).items()}


class _Painter:
    def __init__(
        self, plan: Plan, fields: Fields, wiring: Wiring, keys: Sequence[str], problems: Sequence[ProblemLine]
    ) -> None:
        self.plan, self.fields, self.wiring, self.keys = plan, fields, wiring, keys
        self.kinds = {has_default: _kinds(has_default) for has_default in (False, True)}
        self.names = names_in(plan.flow)
        self.systems = {id_: inner.system for id_, inner in plan.definition.systems.items()}
        self.large = sum(len(plan.args_of(*at)) for at in plan.links) > MOST_ARGS
        self.touched = {name.split(".")[1] for name in fields if name.count(".") > 1}
        self.problems: dict[str, list[ProblemLine]] = {}
        for problem in problems:
            self.problems.setdefault(problem.field, []).append(problem)

    def step(self, id_: str) -> StepRow:
        step = self.plan.step(id_)
        problems = sum(len(found) for field, found in self.problems.items() if field.split(".")[1:2] == [id_])
        folded = self.large and not problems and id_ not in self.touched
        checklink = () if folded else tuple(step.checklink)
        name, links = self.names[id_], tuple(self.link((id_, link.id), link) for link in checklink)
        span = span_of(self.plan, id_)
        texts, own = span_texts(self.fields, id_, span), span_texts_of(span)
        return StepRow(
            id=f"step.{id_}",
            step=id_,
            name=name,
            desc="" if step.desc in (name, id_) else step.desc,
            span_id=f"span.{id_}",
            span=_span_text(texts),
            parts=tuple(self.span_part(id_, part, texts[part]) for part in SPAN_PARTS),
            span_problems=self.at(f"span.{id_}"),
            reset_to=duration_text(span.seconds) if texts != own else "",
            publishes=tuple(step.response),
            calls=len(step.checklink),
            links=links,
            wires=tuple(dict.fromkeys(_wire(arg) for link in links for arg in link.args)),
            problems=problems,
            folded=folded,
            open=bool(problems) or (self.large and not folded),
        )

    def span_part(self, step: str, part: str, text: str) -> Field:
        labels = {"day": _("days"), "hour": _("hours"), "minute": _("minutes")}
        return Field(
            f"span.{step}.{part}" if part != "day" else f"span.{step}", span_field(step, part), labels[part], text
        )

    def link(self, at: LinkAt, link: Link) -> LinkRow:
        loop = loop_texts(self.fields, self.plan, at)
        labels = {"type": _("Called"), "largs": _("Rounds"), "lparallel": _("Side by side")}
        labels["lresult"] = _("Result of the rounds")
        parts = {what: self.part(what, at, labels[what], loop[what]) for what in labels}
        return LinkRow(
            id=part_id("link", at),
            link=link.id,
            callee=callee(link, self.plan.definition.apis, self.systems),
            condition=link.condition.val,
            args=tuple(self.arg((*at, arg)) for arg in self.plan.args_of(*at)),
            may_loop=link.api_id is not None,
            loops=loop["type"] == StepType.LOOP,
            problems=self.at(part_id("link", at)),
            **parts,
        )

    def part(self, what: str, at: LinkAt, label: str, text: str) -> Field:
        id_ = part_id(what, at)
        return Field(id_, link_field(what, at), label, text, problems=self.at(id_))

    def arg(self, at: ArgAt) -> ArgRow:
        step, link, arg = at
        declared, said = self.plan.args_of(step, link)[arg], arg_text_in(self.fields, (step, link), arg)
        id_ = arg_id(self.plan, (step, link), arg)
        field = Field(id_, arg_field("value", (step, link), arg), arg, said.text, problems=self.at(id_))
        options = list(_OPTIONS[said.kind](self, at)) if said.kind in _OPTIONS else []
        if options and said.text and said.text not in [option.value for option in options]:
            options.insert(0, Option(said.text, said.text))
        return ArgRow(
            field=field,
            type=declared.type,
            kind=said.kind,
            kind_name=arg_field("kind", (step, link), arg),
            kinds=self.kinds[declared.val is not None or said.kind == DEFAULT],
            options=tuple(options),
            source=self.source(at, said.kind),
            is_code=said.kind == CODE,
        )

    def task_args(self, _at: ArgAt) -> Iterator[Option]:
        yield Option("", _("choose …"))
        for key in self.keys:
            yield Option(reference_to("TASK", key), key)

    def earlier(self, at: ArgAt) -> Iterator[Option]:
        """What is published before or beside it, and by the other calls of its step."""
        yield Option("", _("choose …"))
        for step in self.plan.steps:
            for key, made in self.plan.step(step).response.items():
                if self.plan.order.relation(step, at[0]) in ("before", "beside") or (
                    step == at[0] and made.fromapi != at[1]
                ):
                    yield Option(reference_to(step, key), f"{step}.{key}")

    def source(self, at: ArgAt, kind: str) -> Source | None:
        if kind not in SILENT:
            return None
        default = self.plan.args_of(*at[:2])[at[2]].val
        if kind == DEFAULT:
            return Source(_("default of the API"), _shown(default), "idle", "plug")
        return _source(at, self.wiring)

    def at(self, field: str) -> tuple[ProblemLine, ...]:
        return tuple(self.problems.get(field, ()))


_OPTIONS = {TASK: _Painter.task_args, EARLIER: _Painter.earlier}


def _source(at: ArgAt, wiring: Wiring) -> Source | None:
    """How R11 fills it."""
    if at in wiring.given:
        return Source(_("set on the step"), _shown(wiring.given[at]), "idle", "layers")
    if at in wiring.inferred:
        reference = wiring.inferred[at]
        what = _("task arg, by name") if reference.startswith("$$TASK") else _("by name")
        return Source(what, reference.removeprefix("$$TASK.").removeprefix("$$"), "good", "link")
    if at in wiring.ambiguous:
        choice = ", ".join(f"{step}.{key}" for step, key in wiring.ambiguous[at][:3])
        return Source(_("several by that name: choose one"), choice, "bad", "triangle-alert")
    if at in wiring.defaulted:
        return Source(_("default of the API"), _shown(wiring.defaulted[at]), "idle", "plug")
    return Source(_("nothing by that name"), "", "bad", "triangle-alert")


def _wire(arg: ArgRow) -> Wire:
    value = arg.source.value if arg.source else arg.field.text.removeprefix("$$")
    loose = arg.source is not None and arg.source.tone == "bad"
    return Wire(arg.field.label, "?" if loose or not value else shortened(value, _VALUE), loose)


def _kinds(has_default: bool) -> tuple[Option, ...]:
    kinds = [
        Option(AUTO, _("automatic")),
        Option(LITERAL, _("literal")),
        Option(TASK, _("task arg")),
        Option(EARLIER, _("earlier value")),
        Option(CODE, _("code")),
        Option(DEFAULT, _("API default")),
        Option(WRITTEN, _("as written")),
    ]
    return tuple(kind for kind in kinds if has_default or kind.value != DEFAULT)


def _shown(value: object) -> str:
    text = value if isinstance(value, str) and value.startswith("$") else compact(value)
    return shortened(text, _VALUE)


def _span_text(texts: Mapping[str, str]) -> str:
    sizes = {"day": 86_400, "hour": 3_600, "minute": 60}
    try:
        seconds = sum(float(text or 0) * sizes[part] for part, text in texts.items())
        return duration_text(seconds)
    except (ValueError, OverflowError):
        return ""
