"""The fields of the form for a new task: their names, and what stands in one that nobody has touched. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from engine.model import ApiUse, Span, StepType
from engine.plan import LinkAt, LinkDraft, Plan

from .arg_text import KINDS, ArgText, dumped, same, written_value

Fields = Mapping[str, str]

AT, NOW, KEEP = "at", "yes", "no"
"""What stands in `start`: at a time, at once, not by itself."""
SPAN_PARTS = ("day", "hour", "minute")
LOOP_PARTS = ("largs", "lresult", "lparallel")


def span_field(step: str, part: str) -> str:
    return f"span.{step}.{part}"


def link_field(what: str, at: LinkAt) -> str:
    """`what`: `type`, `largs`, `lresult` or `lparallel`."""
    return f"{what}.{at[0]}.{at[1]}"


def arg_field(what: str, at: LinkAt, arg: str) -> str:
    """`what`: `kind` or `value`."""
    return f"{what}.{at[0]}.{at[1]}.{arg}"


def arg_text_in(fields: Fields, at: LinkAt, arg: str) -> ArgText:
    kind = fields.get(arg_field("kind", at, arg), KINDS[0])
    return ArgText(kind if kind in KINDS else KINDS[0], fields.get(arg_field("value", at, arg), ""))


def span_texts(fields: Fields, step: str, span: Span) -> dict[str, str]:
    """Part → what stands in its field."""
    texts = span_texts_of(span)
    return {part: fields.get(span_field(step, part), texts[part]) for part in SPAN_PARTS}


def loop_texts(fields: Fields, plan: Plan, at: LinkAt) -> dict[str, str]:
    """`type`, `largs`, `lresult`, `lparallel` → what stands in its field."""
    texts = loop_texts_of(plan.link(*at).api.val, plan.link(*at).api.op)
    return {part: fields.get(link_field(part, at), texts[part]).replace("\r\n", "\n") for part in texts}


def span_texts_of(span: Span) -> dict[str, str]:
    return {part: f"{getattr(span, part) or 0:.10g}" for part in SPAN_PARTS}


def loop_texts_of(said: ApiUse | LinkDraft, kind: StepType) -> dict[str, str]:
    largs = "" if said.largs is None else _as_written(said.largs)
    parallel = "" if said.lparallel is None else str(said.lparallel)
    return {"type": kind.value, "largs": largs, "lresult": said.lresult or "", "lparallel": parallel}


def _as_written(value: Any) -> str:
    """`$TASK.n` and `4` as they are; text that looks like something else in quotes."""
    return value if isinstance(value, str) and same(written_value(value), value) else dumped(value)
