"""APIs are written here: new ones, others' copies, changes; pasted from curl, and tried before they are saved."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

from flask import redirect, request, url_for
from flask_babel import gettext as _

from engine.call import BadArg, BadCurl, read_curl
from engine.command import HARMLESS, ChangedMeanwhile, Loaded, NotFound, Refused
from engine.model import Api, Invalid, Problem, Revision, Role

from .api_form import (
    Fields,
    default_of,
    field_of,
    fields_from,
    fields_of,
    read_form,
    row_field,
    rows,
    with_row,
    without_row,
)
from .api_page import Form, at_field, catalog, judge, kept, show
from .apis import apis
from .done import done
from .render import htmx
from .rights import right
from .site import site
from .view.api_form import field_label
from .view.conflict import Conflict, conflict, merged
from .view.tried import Tried, tried
from .whole_number import read_whole

_NOT_OF_AN_API = frozenset({"csrf_token", "of", "base", "note", "curl", "answer", "sure", "asked"})


@apis.get("/new")
@right(Role.EDITOR)
def new():
    """Blank, or as another one is."""
    if (source := request.args.get("copy")) is None:
        return show(Form({}))
    fields = fields_of(_api(source)) | {"id": _free_id(source)}
    return show(Form(fields, notes=[_("A copy of %(id)s: nothing uses it yet.", id=source)], focus="id"))


@apis.get("/<id_>/edit")
@right(Role.EDITOR)
def edit(id_: str):
    base = site().store.definitions.revision("api", id_)
    return show(Form(fields_of(_api(id_)), id_, base))


@apis.post("/check")
@right(Role.EDITOR)
def check():
    """The form again, with what is wrong; one of its buttons may have changed it before."""
    act = _ACTS.get(request.args.get("act", ""), _as_it_is)
    return show(act(_sent()))


@apis.post("/new")
@right(Role.EDITOR)
def create():
    return _save(_sent())


@apis.post("/<id_>/edit")
@right(Role.EDITOR)
def save(id_: str):
    _api(id_)
    return _save(replace(_sent(), of=id_))


@apis.post("/try")
@right(Role.EDITOR)
def try_out():
    """Sends the call that the form makes, saved or not."""
    form = replace(_sent(), checked=False)
    try:
        return show(replace(form, tried=_try(form)))
    except Invalid as invalid:
        return show(replace(form, problems=invalid.problems, checked=True))
    except Refused as refused:
        return show(replace(form, notes=[str(refused)]), 409)


# -- what was sent -----------------------------------------------------------------------------------


def _sent() -> Form:
    fields = request.form.to_dict()
    own = {name: text for name, text in fields.items() if name not in _NOT_OF_AN_API}
    asked = "asked" in fields or not (htmx.partial or "act" in request.args)
    return Form(own, fields.get("of", ""), read_whole(fields.get("base")) or 0, checked=asked)


def _api(id_: str) -> Api:
    """Raises `NotFound`."""
    api = site().store.definitions.api(id_)
    if api is None:
        raise NotFound(_("there is no API %(id)s", id=repr(id_)))
    return api


def _free_id(source: str) -> str:
    taken = site().store.definitions.apis()
    names = (f"{source[:58]}-{number}" for number in range(2, len(taken) + 3))
    return next(name for name in names if name not in taken)


# -- saving ------------------------------------------------------------------------------------------


def _save(form: Form):
    api, problems = judge(form.fields, form.of)
    if api is None or problems:
        return show(replace(form, checked=True), 422)
    try:
        saved = catalog().save(
            Loaded(apis={api.id: api}), base={("api", api.id): form.base}, note=request.form.get("note", "")[:500]
        )
    except Invalid as invalid:
        found = [at_field(problem, api.id, form.fields) for problem in invalid.problems]
        return show(replace(form, problems=found, checked=True), 422)
    except ChangedMeanwhile:
        return _conflicting(form)
    except Refused as refused:
        return show(replace(form, notes=[str(refused)]), 409)
    done(_("%(id)s is saved.", id=api.id) if saved else _("Nothing of %(id)s has changed.", id=api.id))
    return redirect(url_for("apis.show", id_=api.id), 303)


def _conflicting(form: Form):
    """Nothing was written over: what was typed stands there still, beside what was saved meanwhile."""
    if not form.of or not site().store.definitions.revision("api", form.of):
        note = _("This API is not there any more, or was made by somebody else meanwhile.")
        return show(replace(form, notes=[note]), 409)
    now, found = _conflict(form)
    return show(replace(form, base=now, conflict=found), 409)


def _conflict(form: Form) -> tuple[int, Conflict]:
    revisions = site().store.definitions.revisions("api", form.of)
    newest = revisions[0]
    fields = (_fields_at(revisions, form.base), _fields_at(revisions, newest.number), form.fields)
    return newest.number, conflict(newest, fields, field_label, site().clock.now())


def _fields_at(revisions: list[Revision], number: int) -> dict[str, str]:
    """The form as that revision fills it; empty for one that is not kept any more."""
    document = next((one.document for one in revisions if one.number == number), None)
    return fields_of(Api.load(document)) if document else {}


# -- a test call -------------------------------------------------------------------------------------


def _try(form: Form) -> Tried:
    """Raises `Invalid`, `Refused`."""
    fields = {**form.fields, "id": form.of or form.fields.get("id", "") or "unnamed"}
    api, problems = read_form(fields, kept(form.of))
    if api is None or problems:
        raise Invalid(problems)
    if api.method not in HARMLESS and request.form.get("sure") != "yes":
        hint = _("tick the box beside the button")
        raise Invalid([Problem("sure", _("a %(method)s may change something where it goes", method=api.method), hint)])
    try:
        probed = site().prober.send(api, _try_args(fields, api), site().vault.value, site().who)
    except Invalid as invalid:
        found = [Problem(_try_field(problem.path, fields), problem.message) for problem in invalid.problems]
        raise Invalid(found) from None
    return tried(probed, api.sample, form.of, site().store.definitions.steps().values())


def _try_args(fields: Fields, api: Api) -> dict[str, object]:
    """What was typed for this call; what was not stands at its default. Raises `Invalid`."""
    found: dict[str, object] = {}
    problems: list[Problem] = []
    for number in rows(fields, "arg"):
        name, text = fields.get(row_field("arg", number, "name"), "").strip(), fields.get(f"try.{number}", "")
        if name not in api.args or not text:
            continue
        try:
            found[name] = default_of(text, api.args[name].type)
        except (BadArg, Invalid) as error:
            problems.append(Problem(f"try.{number}", str(error)))
    if problems:
        raise Invalid(problems)
    return found


def _try_field(path: str, fields: Fields) -> str:
    if path.startswith("headers."):
        return field_of(path, fields)
    name = path.removeprefix("args.")
    found = (n for n in rows(fields, "arg") if fields.get(row_field("arg", n, "name"), "").strip() == name)
    return f"try.{next(found, 0)}"


# -- buttons of the form -----------------------------------------------------------------------------


def _as_it_is(form: Form) -> Form:
    return form


def _add_arg(form: Form) -> Form:
    return _with_row(form, "arg")


def _add_header(form: Form) -> Form:
    return _with_row(form, "header")


def _with_row(form: Form, kind: str) -> Form:
    fields = with_row(form.fields, kind)
    return replace(form, fields=fields, focus=row_field(kind, rows(fields, kind)[-1], "name"))


def _remove_arg(form: Form) -> Form:
    return replace(form, fields=without_row(form.fields, "arg", _row()), focus="add-arg")


def _remove_header(form: Form) -> Form:
    return replace(form, fields=without_row(form.fields, "header", _row()), focus="add-header")


def _row() -> int:
    return request.args.get("row", -1, type=int)


def _import_curl(form: Form) -> Form:
    """What cannot be read stays where it was pasted."""
    text = request.form.get("curl", "")
    try:
        pasted = read_curl(text)
    except BadCurl as error:
        kept_text = {**form.fields, "curl": text}
        return replace(form, fields=kept_text, problems=[Problem("curl", str(error))], checked=True, focus="curl")
    fields = fields_from(pasted, form.fields)
    focus = "url" if fields.get("id") else "id"
    return replace(form, fields=fields, notes=[_("The command filled the form."), *pasted.notes], focus=focus)


def _use_answer(form: Form) -> Form:
    note = _("The answer stands in the form as the sample: save to keep it.")
    return replace(form, fields={**form.fields, "result": request.form.get("answer", "")}, notes=[note], focus="result")


def _merge(form: Form) -> Form:
    """What only others changed is taken over; what was typed here stays."""
    revisions = site().store.definitions.revisions("api", form.of)
    if not revisions:
        return form
    before = read_whole(request.args.get("before")) or 0
    fields = merged(_fields_at(revisions, before), _fields_at(revisions, revisions[0].number), form.fields)
    note = _("What only they changed is taken over. Look at it, then save.")
    return replace(form, fields=fields, base=revisions[0].number, notes=[note])


_ACTS: Mapping[str, Callable[[Form], Form]] = {
    "add-arg": _add_arg, "add-header": _add_header, "remove-arg": _remove_arg, "remove-header": _remove_header,
    "curl": _import_curl, "sample": _use_answer, "merge": _merge,
}  # fmt: skip
