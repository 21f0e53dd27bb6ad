"""Steps are written here: a new one, a copy, an edit; checked while they are typed, saved as a revision."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from flask import redirect, request, url_for
from flask_babel import gettext as _

from engine.command import ChangedMeanwhile, NotFound, Refused
from engine.model import DefinitionName, Invalid, Role

from .catalog import library
from .done import done
from .rights import right
from .site import site
from .step_form import (
    StepForm,
    copied_link,
    form_of,
    moved_link,
    stored,
    with_arg,
    with_link,
    with_out,
    without_arg,
    without_link,
    without_out,
)
from .step_page import Page, catalog, loaded, show
from .steps import steps
from .view.step_place import arg_name_field_id
from .visit import safe_next
from .whole_number import read_whole


@steps.get("/new")
@right(Role.EDITOR)
def new():
    source = request.args.get("from", "")
    if not source:
        blank = StepForm({}).with_texts({"id": request.args.get("id", "")})
        return show(Page(with_link(blank, target=request.args.get("api", ""))))
    form = _form_of(source)
    return show(Page(form.with_texts({"id": _free_id(source)}), source=source))


@steps.post("/new")
@right(Role.EDITOR)
def create():
    return _save(Page(StepForm.of(request.form), source=request.form.get("source", ""), checked=True))


@steps.get("/<id_>/edit")
@right(Role.EDITOR)
def edit(id_: str):
    return show(Page(_form_of(id_), of=id_, base=site().store.definitions.revision("step", id_)))


@steps.post("/<id_>/edit")
@right(Role.EDITOR)
def change(id_: str):
    form = StepForm.of(request.form).with_texts({"id": id_})
    base = read_whole(request.form.get("over") or request.form.get("base")) or 0
    if base == 0:
        _form_of(id_)  # there has to be a step to edit
    return _save(Page(form, of=id_, base=base, checked=True))


@steps.post("/form")
@right(Role.EDITOR)
def form():
    """The form again, with what is wrong; one of its buttons may have changed it before."""
    sent = request.form
    act = _ACTS.get(request.args.get("act", ""), _as_it_is)
    changed, focus = act(StepForm.of(sent), request.args.get("row", ""))
    of = sent.get("of", "")
    checked = request.args.get("act") == "check" or sent.get("checked") == "yes"
    changed = changed.with_texts({"id": of}) if of else changed
    base = read_whole(sent.get("base")) or 0
    return show(Page(changed, of, base, sent.get("source", ""), checked=checked, focus=focus))


def _save(page: Page):
    try:
        documents = loaded(page, library())
        base: dict[DefinitionName, int] = {("step", page.form.id): page.base}
        saved = catalog().save(documents, base=base, note=page.form.text("note"))
    except Invalid as invalid:
        return show(Page(page.form, page.of, page.base, page.source, invalid.problems, checked=True))
    except Refused as refused:
        now = site().store.definitions.revision("step", page.form.id) if isinstance(refused, ChangedMeanwhile) else 0
        return show(Page(page.form, page.of, page.base, page.source, checked=True, changed=(str(refused), now)))
    if saved:
        done(_("%(name)s was saved as revision %(number)d.", name=page.form.id, number=saved[0].number))
    else:
        done(_("%(name)s was not changed: it is as it was saved before.", name=page.form.id))
    shown = url_for("steps.show", id_=page.form.id)
    return redirect(safe_next(request.form.get("next") or shown, shown), 303)


def _form_of(id_: str) -> StepForm:
    known = library()
    step = known.steps.get(id_)
    if step is None:
        raise NotFound(_("there is no step %(id)s", id=repr(id_)))
    return form_of(stored(step), known.args_named)


def _free_id(id_: str) -> str:
    known = library().steps
    return next(name for number in range(2, len(known) + 3) if (name := f"{id_[:60]}-{number}") not in known)


# -- buttons of the form: what each makes of it, and the field to go on in ----------------------------

Changed = tuple[StepForm, str]


def _as_it_is(form: StepForm, _row: str) -> Changed:
    return form, ""


def _add(form: StepForm, _row: str) -> Changed:
    changed = with_link(form)
    return changed, f"link.{changed.rows[-1]}.target"


def _remove(form: StepForm, row: str) -> Changed:
    return without_link(form, row), "add-link"


def _copy(form: StepForm, row: str) -> Changed:
    changed = copied_link(form, row)
    new = [one for one in changed.rows if one not in form.rows]
    return changed, f"link.{new[0]}.id" if new else ""


def _up(form: StepForm, row: str) -> Changed:
    """The button that moved it, while it can."""
    changed = moved_link(form, row, -1)
    return changed, f"link.{row}.down" if changed.rows[:1] == (row,) else f"link.{row}.up"


def _down(form: StepForm, row: str) -> Changed:
    changed = moved_link(form, row, +1)
    return changed, f"link.{row}.up" if changed.rows[-1:] == (row,) else f"link.{row}.down"


def _add_arg(form: StepForm, row: str) -> Changed:
    if row not in form.rows:
        return form, ""
    changed = with_arg(form, row)
    number = len(changed.row(row, library().args_named).args) - 1
    return changed, arg_name_field_id(row, number)


def _remove_arg(form: StepForm, row_and_slot: str) -> Changed:
    return without_arg(form, row_and_slot), f"link.{row_and_slot.partition('.')[0]}.add-arg"


def _map(form: StepForm, row: str) -> Changed:
    """What was clicked in the answer of a link becomes a key of the response; the next click may follow there."""
    return with_out(form, row, form.text("map").strip()), ""


def _add_out(form: StepForm, _row: str) -> Changed:
    changed = with_out(form)
    return changed, f"out.{changed.outs[-1]}.key"


def _remove_out(form: StepForm, out: str) -> Changed:
    return without_out(form, out), "add-out"


_ACTS: Mapping[str, Callable[[StepForm, str], Changed]] = {
    "add": _add, "remove": _remove, "copy": _copy, "up": _up, "down": _down, "add-arg": _add_arg,
    "remove-arg": _remove_arg, "map": _map, "add-out": _add_out, "remove-out": _remove_out,
}  # fmt: skip
