"""How somebody answers in a rehearsal, as lines of a form: call by call, each line for so many calls. Pure.

The first line of `api2` stands in the fields `how.api2`, `times.api2`…, its second in `how.api2.1` and so on: ids have
no dots. A line of each kind reads its own fields; what no line can say stands in one field as JSON.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flask_babel import gettext as _

from engine.model import Invalid, Problem, Rehearsal, Scripted

from .arg_text import dumped, same
from .form_fields import Fields
from .typed_duration import read_duration, written_duration
from .typed_json import read_json
from .whole_number import read_whole

Raw = dict[str, Any]

SAMPLE, NOT_READY, FAILS, NO_REPLY, SLOW, GIVEN, SCRIPT = (
    "sample", "not_ready", "fails", "no_reply", "slow", "given", "script",
)  # fmt: skip
HOW = "how"
ALWAYS = 100_000
"""Times: more calls than any rehearsal makes."""
_SHORT, _FAILURE = 40, 400


@dataclass(frozen=True)
class Kind:
    """`own` makes a line what it is; `parts`: the fields that it reads besides."""

    own: Raw
    parts: tuple[str, ...]


KINDS: Mapping[str, Kind] = {
    SAMPLE: Kind({}, ("often",)),
    NOT_READY: Kind({"not_ready": True}, ("times", "after")),
    FAILS: Kind({}, ("status", "times", "after")),
    NO_REPLY: Kind({"no_reply": True}, ("times",)),
    SLOW: Kind({}, ("takes", "often")),
    GIVEN: Kind({}, ("answer", "after", "often")),
}
"""In the order in which a line that is known is taken for one of them."""
UNTOUCHED: Mapping[str, str] = {
    HOW: SAMPLE, "times": "3", "often": "", "status": "500", "takes": "30 s", "after": "",
}  # fmt: skip
"""What stands in the fields of a line that nobody has touched; no number of times is always."""
ANSWER = "answer"
_PARTS_OF_LINE = (*UNTOUCHED, ANSWER)
_AS_JSON = "script"


def line_field(part: str, name: str, number: int = 0) -> str:
    return f"{part}.{name}.{number}" if number else f"{part}.{name}"


def line_texts(fields: Fields, name: str, number: int = 0) -> dict[str, str]:
    """What stands in the fields of a line; `answer` is not among them before somebody has touched it."""
    said = {part: fields.get(line_field(part, name, number)) for part in _PARTS_OF_LINE}
    texts = {**UNTOUCHED, **{part: text for part, text in said.items() if text is not None}}
    known = texts[HOW] in KINDS or (texts[HOW] == SCRIPT and number == 0)
    return texts if known else texts | {HOW: SAMPLE}


def script_text(fields: Fields, name: str) -> str:
    """Its answers as JSON."""
    return fields.get(line_field(_AS_JSON, name), "")


def lines_in(fields: Fields, name: str) -> list[int]:
    """The numbers of its lines; there is always a first one."""
    prefix = f"{HOW}.{name}."
    found = {field.removeprefix(prefix) for field in fields if field.startswith(prefix)}
    return sorted({0, *(int(one) for one in found if one.isascii() and one.isdecimal() and len(one) < 5)})


# -- buttons of the form -----------------------------------------------------------------------------


def with_line(fields: Fields, name: str, answer: str = "") -> dict[str, str]:
    """One more, behind the others; the last of those is for one call now if it was for all."""
    lines = [line_texts(fields, name, number) for number in lines_in(fields, name)]
    last = lines[-1]
    if "often" in KINDS[last[HOW]].parts and not last["often"].strip():
        lines[-1] = last | {"often": "1"}
    return _with_lines(fields, name, [*lines, {HOW: GIVEN, ANSWER: answer}])


def without_line(fields: Fields, name: str, number: int) -> dict[str, str]:
    left = [line_texts(fields, name, one) for one in lines_in(fields, name) if one != number]
    return _with_lines(fields, name, left)


def _with_lines(fields: Fields, name: str, lines: Sequence[Mapping[str, str]]) -> dict[str, str]:
    others = {field: text for field, text in fields.items() if not _is_of(field, name)}
    return others | {
        line_field(part, name, number): text for number, texts in enumerate(lines) for part, text in texts.items()
    }


def _is_of(field: str, name: str) -> bool:
    part, _dot, rest = field.partition(".")
    return part in _PARTS_OF_LINE and (rest == name or rest.startswith(f"{name}."))


# -- fields → answers --------------------------------------------------------------------------------


def read_answers(fields: Fields, name: str) -> Sequence[Raw]:
    """Nothing for what answers as its sample. Raises `Invalid`, with paths such as `answers.api2[1].times`."""
    if line_texts(fields, name)[HOW] == SCRIPT:
        return _read_script(script_text(fields, name), name)
    lines = [line_texts(fields, name, number) for number in lines_in(fields, name)]
    while lines and lines[-1][HOW] == SAMPLE:  # behind the last comes the sample anyway
        lines.pop()
    read = [_read_line(texts, f"answers.{name}[{number}]") for number, texts in enumerate(lines)]
    if problems := [problem for _line, found in read for problem in found]:
        raise Invalid(problems)
    return [line for line, _found in read]


def _read_script(text: str, name: str) -> Sequence[Raw]:
    path, hint = f"answers.{name}", _('write a list: [{"times": 3, "not_ready": true}, {"status": 500}]')
    found = read_json(path, text, hint)
    if not isinstance(found, list):
        raise Invalid([Problem(path, _("this is no JSON list"), hint)])
    return found


def _read_line(texts: Mapping[str, str], path: str) -> tuple[Raw, list[Problem]]:
    kind = KINDS[texts[HOW]]
    problems: list[Problem] = []
    raw = dict(kind.own)
    for part in kind.parts:
        name, read = _PARTS[part]
        try:
            raw |= read(texts.get(part, "").strip(), f"{path}.{name}", name)
        except Invalid as invalid:
            problems += invalid.problems
    return raw, problems


def _read_times(text: str, _path: str, name: str) -> Raw:
    """What is no number is told when the rehearsal is made."""
    return {name: text.replace(",", "") or ALWAYS}


def _read_status(text: str, path: str, name: str) -> Raw:
    status = read_whole(text)
    if status is not None and status < _FAILURE:
        raise Invalid([Problem(path, _("with this status a call does not fail"), _("write 400 to 599"))])
    return {name: text}


def _read_span(text: str, path: str, name: str) -> Raw:
    try:
        return {name: read_duration(text)} if text else {}
    except ValueError:
        raise Invalid([Problem(path, _("this is no length of time"), _("write 30 s, 5 min or 2 h"))]) from None


def _read_answer(text: str, path: str, name: str) -> Raw:
    return {name: read_json(path, text, _('write JSON: a number, true, "text", [...] or {...}'))}


_PARTS: Mapping[str, tuple[str, Callable[[str, str, str], Raw]]] = {
    "times": ("times", _read_times), "often": ("times", _read_times), "status": ("status", _read_status),
    "takes": ("takes_s", _read_span), "after": ("takes_s", _read_span), "answer": ("answer", _read_answer),
}  # fmt: skip
"""Part of a line → the field of an answer that it gives, and how it is read."""


# -- answers → fields --------------------------------------------------------------------------------


def answer_fields(name: str, script: Sequence[Scripted]) -> dict[str, str]:
    """As lines if they read as the same, else as the list itself."""
    lines = [_line_of(scripted) for scripted in script]
    fields = _with_lines({}, name, [line for line in lines if line] or [{HOW: SAMPLE}])
    if None not in lines and _reads_as(fields, name, script):
        return fields
    text = "[\n" + ",\n".join(f"  {dumped(one)}" for one in bare(script)) + "\n]"
    return {line_field(HOW, name): SCRIPT, line_field(_AS_JSON, name): text}


def _line_of(scripted: Scripted) -> dict[str, str] | None:
    texts = _texts_of(scripted)
    how = next((how for how in KINDS if _line_reads_as(texts | {HOW: how}, scripted)), None)
    return {part: texts[part] for part in KINDS[how].parts} | {HOW: how} if how else None


def _texts_of(scripted: Scripted) -> dict[str, str]:
    times = "" if scripted.times == ALWAYS else str(scripted.times)
    span = written_duration(scripted.takes_s) if scripted.takes_s else ""
    answer = "" if scripted.answer is None else laid_out(scripted.answer)
    status = str(scripted.status or "")
    return {"times": times, "often": times, "takes": span, "after": span, "status": status, ANSWER: answer}


def _line_reads_as(texts: Mapping[str, str], scripted: Scripted) -> bool:
    raw, problems = _read_line(texts, "")
    return not problems and _is_same([raw], [scripted])


def laid_out(answer: Any) -> str:
    """On a line if it is short."""
    line = dumped(answer)
    return line if len(line) <= _SHORT else json.dumps(answer, indent=2, ensure_ascii=False)


def _reads_as(fields: Fields, name: str, script: Sequence[Scripted]) -> bool:
    try:
        return _is_same(read_answers(fields, name), script)
    except Invalid:
        return False


def _is_same(raw: Sequence[Raw], script: Sequence[Scripted]) -> bool:
    try:
        return same(bare(Rehearsal.load({"answers": {"": raw}}).answers[""]), bare(script))
    except Invalid:
        return False


def bare(script: Sequence[Scripted]) -> list[Raw]:
    """Without what stands at its default."""
    found = [one.model_dump(mode="json", exclude_defaults=True) for one in script]
    return [one | {"takes_s": _plain(one["takes_s"])} if "takes_s" in one else one for one in found]


def _plain(seconds: float) -> float:
    """As a person writes it: 12, not 12.0."""
    return int(seconds) if seconds.is_integer() else seconds
