"""The form of a rehearsal: what stands in its fields, and the rehearsal that they make. Pure."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from flask_babel import gettext as _

from engine.model import Invalid, Problem, Rehearsal, Scripted
from engine.plan import Plan
from engine.rehearse import apis_of, links_of

from .arg_text import dumped, same
from .form_fields import Fields
from .given_args import given_fields, given_in, read_given
from .typed_json import read_json

SAMPLE, NOT_READY, FAILS, NO_REPLY, SLOW, GIVEN, SCRIPT = (
    "sample", "not_ready", "fails", "no_reply", "slow", "given", "script",
)  # fmt: skip
HOWS = (SAMPLE, NOT_READY, FAILS, NO_REPLY, SLOW, GIVEN, SCRIPT)
"""How an API answers."""
OF_LINKS = "answers"
"""The field that has the answers of single links, as JSON."""
EXPECT = "expect."
"""Before the key of what is expected: a field for each, its value as JSON."""
OFFERED = "offered"
"""The field that has the keys which could be expected."""
ALWAYS = 100_000
"""Times: more calls than any rehearsal makes."""
_TIMES, _STATUS, _TAKES_S = "3", "500", "30"
"""What stands in a field that nobody has touched."""
_SHORT = 40

Raw = dict[str, Any]


def api_field(what: str, api: str) -> str:
    """`what`: `how`, `times`, `status`, `takes`, `answer` or `script`."""
    return f"{what}.{api}"


def api_text(fields: Fields, what: str, api: str) -> str:
    """What stands in it."""
    text = fields.get(api_field(what, api), _UNTOUCHED.get(what, ""))
    return (text if text in HOWS else SAMPLE) if what == "how" else text


_UNTOUCHED = {"how": SAMPLE, "times": _TIMES, "status": _STATUS, "takes": _TAKES_S}


def asked(plan: Plan) -> list[str]:
    """Whom the form asks for an answer: every API, and every link that asks a person."""
    people = (name for name, inside, at in links_of(plan) if inside.link(*at).question)
    return [*apis_of(plan), *people]


def read_rehearsal(plan: Plan, fields: Fields) -> Rehearsal:
    """Raises `Invalid` with every problem that keeps the fields from being read."""
    problems: list[Problem] = []
    answers = _read(lambda: _of_links(plan, fields), problems) or {}
    for api in asked(plan):
        script = _read(lambda api=api: _SCRIPTS[api_text(fields, "how", api)](fields, api), problems)  # type: ignore[misc]
        answers |= {api: script} if script else {}
    args = _read(lambda: read_given(given_in(plan, fields), fields), problems) or {}
    raw = {"name": fields.get("name", "").strip(), "args": args, "answers": answers, "expect": _expected(fields)}
    rehearsal = _read(lambda: Rehearsal.load(raw), problems)
    if problems or rehearsal is None:
        raise Invalid(problems)
    return rehearsal


def rehearsal_fields(plan: Plan, rehearsal: Rehearsal) -> dict[str, str]:
    """The fields that read as this rehearsal."""
    fields = {"name": rehearsal.name, "was": rehearsal.name}
    fields |= given_fields(given_in(plan, {}), rehearsal.args)
    fields |= {f"{EXPECT}{key}": dumped(value) for key, value in rehearsal.expect.items()}
    rest, names = {}, asked(plan)
    for name, script in rehearsal.answers.items():
        if name in names:
            fields |= _api_fields(name, script)
        else:
            rest[name] = _bare(script)
    return fields | ({OF_LINKS: json.dumps(rest, indent=2, ensure_ascii=False)} if rest else {})


def _read(read: Callable[[], Any], problems: list[Problem]) -> Any:
    try:
        return read()
    except Invalid as invalid:
        problems += invalid.problems
        return None


def _of_links(plan: Plan, fields: Fields) -> Raw:
    text, hint = fields.get(OF_LINKS, ""), _('write an object: {"step2/api2": [{"times": 3, "not_ready": true}]}')
    found = read_json(OF_LINKS, text, hint) if text.strip() else {}
    if not isinstance(found, dict):
        raise Invalid([Problem(OF_LINKS, _("this is no JSON object"), hint)])
    if twice := [name for name in found if name in asked(plan)]:
        raise Invalid(
            [Problem(OF_LINKS, _("how %(api)s answers is said above", api=twice[0]), _("remove one of the two"))]
        )
    return found


def _expected(fields: Fields) -> Raw:
    """What cannot be read was not written by the form."""
    texts = {name.removeprefix(EXPECT): text for name, text in fields.items() if name.startswith(EXPECT)}
    return {key: read_json(f"{EXPECT}{key}", text, "") for key, text in texts.items()}


# -- an API's answers as one of a few kinds ------------------------------------------------------------


def _given(fields: Fields, api: str) -> Sequence[Raw]:
    path, hint = f"answers.{api}", _('write JSON: a number, true, "text", [...] or {...}')
    return [{"answer": read_json(path, fields.get(api_field("answer", api), ""), hint), "times": ALWAYS}]


def _script(fields: Fields, api: str) -> Sequence[Raw]:
    path, hint = f"answers.{api}", _('write a list: [{"times": 3, "not_ready": true}, {"status": 500}]')
    found = read_json(path, fields.get(api_field("script", api), ""), hint)
    if not isinstance(found, list):
        raise Invalid([Problem(path, _("this is no JSON list"), hint)])
    return found


def _times(fields: Fields, api: str) -> str:
    return api_text(fields, "times", api).strip()


_SCRIPTS: Mapping[str, Callable[[Fields, str], Sequence[Raw]]] = {
    SAMPLE: lambda _fields, _api: [],
    NOT_READY: lambda fields, api: [{"not_ready": True, "times": _times(fields, api)}],
    FAILS: lambda fields, api: [{"status": api_text(fields, "status", api).strip(), "times": _times(fields, api)}],
    NO_REPLY: lambda fields, api: [{"no_reply": True, "times": _times(fields, api)}],
    SLOW: lambda fields, api: [{"takes_s": api_text(fields, "takes", api).strip(), "times": ALWAYS}],
    GIVEN: _given,
    SCRIPT: _script,
}


def _api_fields(api: str, script: Sequence[Scripted]) -> dict[str, str]:
    """As one of the kinds if that reads as the same, else as the list itself."""
    texts = {"script": "[\n" + ",\n".join(f"  {dumped(one)}" for one in _bare(script)) + "\n]"}
    if len(script) == 1:
        one = script[0]
        texts |= {"times": str(one.times), "takes": f"{one.takes_s:g}"}
        texts |= {"status": str(one.status)} if one.status else {}
        texts |= {"answer": _laid_out(one.answer)} if one.answer is not None else {}
    fields = {api_field(what, api): text for what, text in texts.items()}
    how = next(how for how in HOWS if how == SCRIPT or _reads_as(fields, api, how, script))
    return fields | {api_field("how", api): how}


def _laid_out(answer: Any) -> str:
    """On a line if it is short."""
    line = dumped(answer)
    return line if len(line) <= _SHORT else json.dumps(answer, indent=2, ensure_ascii=False)


def _reads_as(fields: Fields, api: str, how: str, script: Sequence[Scripted]) -> bool:
    try:
        read = Rehearsal.load({"answers": {api: _SCRIPTS[how](fields, api)}}).answers[api]
    except Invalid:
        return False
    return same(_bare(read), _bare(script))


def _bare(script: Sequence[Scripted]) -> list[Raw]:
    """Without what stands at its default."""
    bare = [one.model_dump(mode="json", exclude_defaults=True) for one in script]
    return [one | {"takes_s": _plain(one["takes_s"])} if "takes_s" in one else one for one in bare]


def _plain(seconds: float) -> float:
    """As a person writes it: 12, not 12.0."""
    return int(seconds) if seconds.is_integer() else seconds
