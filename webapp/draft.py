"""The form for a new task: what was typed into its fields, and the draft that it makes, both ways. Pure.

A form is its fields as they were typed, by their names (`FIELD`); one that is not there stands at what the
definition says. So a mistake loses nothing, and a short form (a system and its args) is as good as a long one.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import tzinfo
from typing import Any

from flask_babel import gettext as _

from engine.model import ArgType, Invalid, Problem, Span, StepType
from engine.plan import LinkAt, LinkDraft, Plan, StepDraft, TaskDraft, span_of

from .arg_text import DEFAULT, EARLIER, TASK, ArgText, text_of, value_of, written_value
from .form_fields import (
    AT,
    LOOP_PARTS,
    NOW,
    Fields,
    arg_field,
    arg_text_in,
    link_field,
    loop_texts,
    loop_texts_of,
    span_field,
    span_texts,
    span_texts_of,
)
from .given_args import given_fields, given_in, read_given
from .typed_json import read_json
from .when import local_text, read_moment

# -- fields → draft ----------------------------------------------------------------------------------


def read_draft(plan: Plan, fields: Fields, zone: tzinfo) -> tuple[TaskDraft | None, list[Problem]]:
    """The draft, as far as it can be read, with all that cannot; None when too little can."""
    reader = _Reader(plan, fields, zone)
    raw = reader.raw()
    try:
        return TaskDraft.load(raw), reader.problems
    except Invalid as invalid:
        return None, [*reader.problems, *invalid.problems]


def read_labels(text: str) -> list[str]:
    """Separated by commas."""
    return [label for part in text.split(",") if (label := part.strip())]


class _Reader:
    def __init__(self, plan: Plan, fields: Fields, zone: tzinfo) -> None:
        self.plan, self.fields, self.zone = plan, fields, zone
        self.problems: list[Problem] = []

    def raw(self) -> dict[str, Any]:
        fields = self.fields
        raw: dict[str, Any] = {"system": self.plan.system.id, "name": fields.get("name", "").strip()}
        raw |= {"labels": read_labels(fields.get("labels", "")), "priority": fields.get("priority", "").strip() or 5}
        raw |= {"args": self.args(), "step_info": self.steps()}
        if fields.get("start") == AT and (start_at := self.start_at()):
            raw["start_at"] = start_at
        return raw

    def args(self) -> dict[str, Any]:
        try:
            return read_given(given_in(self.plan, self.fields), self.fields)
        except Invalid as invalid:
            self.problems += invalid.problems
            return {}

    def start_at(self) -> Any:
        try:
            return read_moment("start_at", self.fields.get("start_at", ""), self.zone)
        except Invalid as invalid:
            self.problems += invalid.problems
            return None

    def steps(self) -> dict[str, Any]:
        steps = {step: self.step(step) for step in self.plan.steps}
        return {step: said for step, said in steps.items() if said}

    def step(self, step: str) -> dict[str, Any]:
        links = {link.id: self.link((step, link.id)) for link in self.plan.step(step).checklink}
        said = {link: one for link, one in links.items() if one}
        span = self.span(step)
        return ({"expect_span": span} if span else {}) | ({"api_status": said} if said else {})

    def span(self, step: str) -> dict[str, Any] | None:
        """None where nobody has changed it."""
        span = span_of(self.plan, step)
        texts = span_texts(self.fields, step, span)
        if texts == span_texts_of(span):
            return None
        before = len(self.problems)
        parts = {part: self.span_part(step, part, text) for part, text in texts.items()}
        if len(self.problems) == before and not any(parts.values()):
            hint = _("give days, hours or minutes")
            path = f"step_info.{step}.expect_span"
            self.problems.append(Problem(path, _("an expected time is longer than nothing"), hint))
        if span.minute is None and not parts["minute"]:
            del parts["minute"]
        return parts

    def span_part(self, step: str, part: str, text: str) -> float:
        try:
            number = float(text.strip() or 0)
            Span.model_validate({part: number})
        except ValueError:
            path = f"step_info.{step}.expect_span.{part}"
            message = _("%(text)s is no length of time", text=text.strip()[:40])
            self.problems.append(Problem(path, message, _("use a number from 0 on, at most a hundred years")))
            return 0.0
        return number

    def link(self, at: LinkAt) -> dict[str, Any]:
        args: dict[str, Any] = {}
        defaults: list[str] = []
        for arg, declared in self.plan.args_of(*at).items():
            said = arg_text_in(self.fields, at, arg)
            if said.kind == DEFAULT:
                defaults.append(arg)
            elif (value := self.arg(at, arg, said, declared.type)) is not None:
                args[arg] = value
        return self.loop(at) | ({"args": args} if args else {}) | ({"defaults": defaults} if defaults else {})

    def arg(self, at: LinkAt, arg: str, said: ArgText, type_: ArgType) -> Any:
        value = value_of(said, type_)
        if value is None and said.kind in (TASK, EARLIER):
            path = f"step_info.{at[0]}.api_status.{at[1]}.args.{arg}"
            self.problems.append(
                Problem(path, _("it is not said where it comes from"), _("choose a value from the list"))
            )
        return value

    def loop(self, at: LinkAt) -> dict[str, Any]:
        """What somebody has changed of it."""
        link = self.plan.link(*at).api
        texts, own = loop_texts(self.fields, self.plan, at), loop_texts_of(link.val, link.op)
        if texts["type"] not in list(StepType) or texts == own:
            return {}
        if texts["type"] == StepType.API:
            return {"type": texts["type"]}
        return {"type": texts["type"]} | {part: _LOOP_VALUES[part](texts[part]) for part in LOOP_PARTS}


_LOOP_VALUES = {
    "largs": written_value,
    "lresult": lambda text: text.replace("\r\n", "\n").strip("\n") or None,
    "lparallel": lambda text: text.strip() or None,
}


# -- draft → fields ----------------------------------------------------------------------------------


def fields_of(plan: Plan, draft: TaskDraft, zone: tzinfo) -> dict[str, str]:
    """The fields that would make this draft; those that stand at what the definition says are left out."""
    fields = {"system": draft.system, "name": draft.name, "labels": ", ".join(draft.labels)}
    fields |= {"priority": str(draft.priority), "start": NOW}
    if draft.start_at:
        fields |= {"start": AT, "start_at": local_text(draft.start_at, zone)}
    for step, said in draft.step_info.items():
        if step in plan.steps_set:
            fields |= dict(_step_fields(plan, step, said))
    return fields | given_fields(given_in(plan, fields), draft.args)


def _step_fields(plan: Plan, step: str, said: StepDraft) -> Iterator[tuple[str, str]]:
    if said.expect_span is not None:
        for part, text in span_texts_of(said.expect_span).items():
            yield span_field(step, part), text
    for link in plan.step(step).checklink:
        if one := said.api_status.get(link.id):
            yield from _link_fields(plan, (step, link.id), one)


def _link_fields(plan: Plan, at: LinkAt, said: LinkDraft) -> Iterator[tuple[str, str]]:
    own = plan.link(*at).api
    merged = own.val.model_copy(
        update={part: getattr(said, part) for part in LOOP_PARTS if part in said.model_fields_set}
    )
    if {"type", *LOOP_PARTS} & said.model_fields_set:
        for part, text in loop_texts_of(merged, said.type or own.op).items():
            yield link_field(part, at), text
    for arg, declared in plan.args_of(*at).items():
        if arg in said.defaults:
            yield arg_field("kind", at, arg), DEFAULT
        elif said.args.get(arg) is not None:
            shown = text_of(said.args[arg], declared.type)
            yield arg_field("kind", at, arg), shown.kind
            yield arg_field("value", at, arg), shown.text


def read_raw(text: str) -> TaskDraft:
    """A whole draft as JSON. Raises `Invalid` with every problem."""
    raw = read_json("raw", text, _('write an object: {"system": "…"}'))
    draft = TaskDraft.load(raw)
    if draft.start_at or draft.id:
        name = "start_at" if draft.start_at else "_id"
        raise Invalid([Problem(name, _("this is not said here"), _("remove it; when to start is chosen below"))])
    return draft
