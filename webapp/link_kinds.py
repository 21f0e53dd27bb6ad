"""The kinds of links that the form of a step knows: one entry each, with how its `val` is read from fields and shown.

A new kind is an entry here, and a block of fields in `templates/steps/blocks.html` for what no other kind has. Pure.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from flask_babel import gettext as _

from engine.model import Arg, StepType

from .arg_text import AUTO, KINDS, ArgText, dumped, same, text_of, value_of, written_value

PATIENCE = ("interval", "backoff", "max_interval_s", "jitter", "max_attempts", "give_up_after_s")
LOOP = ("largs", "lresult", "lparallel")
QUESTION = ("prompt", "role", "who", "remind_after_s")
Declared = Mapping[str, Arg]
"""The args that what is called declares."""
_ANY = Arg()


@dataclass(frozen=True, slots=True)
class SaidArg:
    """An arg as it is bound in the form. `slot` is what its fields are called by; nothing declares a `named` one."""

    slot: str
    name: str
    said: ArgText
    declared: Arg
    named: bool

    @property
    def is_blank(self) -> bool:
        """A row that nobody has filled in."""
        return self.named and not self.name and not self.said.text.strip()


@dataclass(frozen=True)
class RowTexts:
    """The fields of one link, by what they are called within it; `declared` are the args of what it calls."""

    texts: Mapping[str, str]
    declared: Declared

    def text(self, name: str) -> str:
        return self.texts.get(name, "").replace("\r\n", "\n")

    def plain(self, name: str) -> str | None:
        """As it was typed, for the model to judge; None for nothing."""
        return self.text(name).strip() or None

    @property
    def args(self) -> tuple[SaidArg, ...]:
        """What is called declares them, or somebody has bound or named them."""
        typed = (name.removeprefix("kind.") for name in self.texts if name.startswith("kind."))
        bound = (slot for slot in typed if f"name.{slot}" in self.texts or self._said(slot).kind != AUTO)
        return tuple(map(self._arg, dict.fromkeys([*self.declared, *bound])))

    def _arg(self, slot: str) -> SaidArg:
        named = slot not in self.declared
        name = self.texts.get(f"name.{slot}", slot).strip() if named else slot
        return SaidArg(slot, name, self._said(slot), self.declared.get(slot, _ANY), named)

    def _said(self, slot: str) -> ArgText:
        kind = self.texts.get(f"kind.{slot}", AUTO)
        return ArgText(kind if kind in KINDS else AUTO, self.text(f"value.{slot}"))

    def arg_values(self) -> dict[str, Any]:
        """As they stand in the document; what is taken by name does not."""
        found = {arg.name: value_of(arg.said, arg.declared.type) for arg in self.args if not arg.is_blank}
        return {name: value for name, value in found.items() if value is not None}


@dataclass(frozen=True)
class LinkKind:
    label: Callable[[], str]
    blocks: tuple[str, ...]
    """Macros that show its fields, in their order."""
    val: Callable[[RowTexts], dict[str, Any]]
    texts: Callable[[Mapping[str, Any], Declared], Iterator[tuple[str, str]]]

    @property
    def callee(self) -> str:
        """What it names to be called: `api`, `system`, or nothing."""
        return next((block for block in self.blocks if block in ("api", "system")), "")

    @property
    def takes_any_arg(self) -> bool:
        """Nothing declares its args: they are what its author names."""
        return "args" in self.blocks and not self.callee


def _call(row: RowTexts) -> dict[str, Any]:
    return {"_id": row.text("target").strip(), "args": row.arg_values()} | {part: row.plain(part) for part in PATIENCE}


def _loop(row: RowTexts) -> dict[str, Any]:
    reduce = row.text("lresult").strip("\n")
    loop = {"largs": written_value(row.text("largs")), "lparallel": row.plain("lparallel")}
    return _call(row) | loop | {"lresult": reduce if reduce.strip() else None}


def _call_texts(val: Mapping[str, Any], declared: Declared) -> Iterator[tuple[str, str]]:
    yield from _system_texts(val, declared)
    for part in PATIENCE:
        yield part, _number_text(val.get(part))


def _arg_texts(val: Mapping[str, Any], declared: Declared) -> Iterator[tuple[str, str]]:
    for name, value in (val.get("args") or {}).items():
        shown = text_of(value, declared.get(name, _ANY).type)
        yield f"kind.{name}", shown.kind
        yield f"value.{name}", shown.text


def _loop_texts(val: Mapping[str, Any], declared: Declared) -> Iterator[tuple[str, str]]:
    yield from _call_texts(val, declared)
    yield "largs", _as_written(val.get("largs"))
    yield "lparallel", _number_text(val.get("lparallel"))
    yield "lresult", val.get("lresult") or ""


def _system(row: RowTexts) -> dict[str, Any]:
    return {"_id": row.text("target").strip(), "args": row.arg_values()}


def _manual(row: RowTexts) -> dict[str, Any]:
    who = [name for part in row.text("who").split(",") if (name := part.strip())]
    said = {"prompt": row.text("prompt").strip(), "role": row.plain("role") or "operator", "who": who}
    return said | {"args": row.arg_values(), "remind_after_s": row.plain("remind_after_s")}


def _manual_texts(val: Mapping[str, Any], declared: Declared) -> Iterator[tuple[str, str]]:
    yield from _arg_texts(val, declared)
    yield "prompt", val.get("prompt", "")
    yield "role", val.get("role", "operator")
    yield "who", ", ".join(val.get("who") or ())
    yield "remind_after_s", _number_text(val.get("remind_after_s"))


def _system_texts(val: Mapping[str, Any], declared: Declared) -> Iterator[tuple[str, str]]:
    yield "target", str(val.get("_id", ""))
    yield from _arg_texts(val, declared)


def _number_text(value: Any) -> str:
    return "" if value is None else f"{value:.10g}" if isinstance(value, int | float) else str(value)


def _as_written(value: Any) -> str:
    """`$TASK.n` and `4` as they are; text that looks like something else in quotes."""
    if value is None:
        return ""
    return value if isinstance(value, str) and same(written_value(value), value) else dumped(value)


LINK_KINDS: Mapping[str, LinkKind] = {
    op: kind
    for op, kind in {
        "API": LinkKind(lambda: _("an API, called once"), ("api", "args", "patience"), _call, _call_texts),
        "LOOP": LinkKind(
            lambda: _("an API, called per round (LOOP)"), ("api", "loop", "args", "patience"), _loop, _loop_texts
        ),
        "SYSTEM": LinkKind(lambda: _("another system, run as a task"), ("system", "args"), _system, _system_texts),
        "MANUAL": LinkKind(lambda: _("a person, who is asked"), ("question", "args"), _manual, _manual_texts),
    }.items()
    if op in set(StepType)
}
"""Those that the engine runs."""
USUAL = "API"
OWN_PARTS = frozenset({"_id", "args", *PATIENCE, *LOOP, *QUESTION})
"""What these kinds say of a `val`; whatever else stands in one is its owner's and stays."""


def kind_of(op: str) -> LinkKind:
    return LINK_KINDS.get(op, LINK_KINDS[USUAL])
