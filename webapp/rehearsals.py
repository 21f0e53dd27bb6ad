"""Rehearsals of a system: run on a virtual clock, looked at, kept as its tests."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from flask import redirect, request, url_for
from flask_babel import gettext as _

from engine.command import Catalog, ChangedMeanwhile, Loaded, NotFound
from engine.model import Invalid, Problem, Rehearsal, Role, System
from engine.plan import Plan, TaskDraft, wiring_of
from engine.rehearse import Limits, Tried, try_all

from .answer_lines import answer_fields, laid_out, lines_in, with_line, without_line
from .done import done
from .form_fields import Fields
from .given_args import given_in
from .rehearsal_form import EXPECT, OF_LINKS, asked, read_rehearsal, rehearsal_fields
from .render import htmx, render
from .rights import right
from .site import site
from .systems import systems
from .view.answer_rows import answer_rows, line_id, links_left, samples
from .view.draft_place import ProblemLine, at_the_task, problem_lines
from .view.new_task import given_rows
from .view.rehearsal import kept_lines, outcome
from .whole_number import read_whole

_ANSWER = re.compile(r"answers\.([\w/-]+)(?:\[(\d+)\])?(?:\..*)?")
PATIENCE_S = 10.0
"""Somebody waits for the page, and learns as much from what came until then."""


@dataclass(frozen=True)
class Page:
    """`run`: the rehearsal in the fields is run, too. `tried`: tests that were run, by their names.

    `focus`: the id of the field that somebody goes on in.
    """

    system: System
    fields: Fields
    run: bool = False
    problems: Sequence[Problem] = ()
    tried: Mapping[str, Tried] = field(default_factory=dict)
    focus: str = ""


@systems.get("/<id_>/rehearse")
@right(Role.OPERATOR)
def rehearse(id_: str):
    system = _system(id_)
    test = request.args.get("test", "")
    return _show(Page(system, _fields_of_test(system, test), run=bool(test)))


@systems.post("/<id_>/rehearse")
@right(Role.OPERATOR)
def run_rehearsal(id_: str):
    """Or a button of the form was pressed that changes what stands in it."""
    system, fields = _system(id_), request.form.to_dict()
    verb, _colon, about = fields.pop("act", "").partition(":")
    act = _ACTS.get(verb)
    return _show(_acted(act, system, fields, about) if act else Page(system, fields, run=True))


@systems.post("/<id_>/rehearsals/run")
@right(Role.OPERATOR)
def run_kept(id_: str):
    """All of them, or the one that is named; what stands in the form stays there."""
    system, fields = _system(id_), request.form.to_dict()
    only = fields.pop("only", "")
    chosen = [one for one in system.rehearsals if only in ("", one.name)]
    tried = try_all(site().operator.plan_for(id_), chosen)
    return _show(Page(system, fields, tried={one.rehearsal.name: one for one in tried}))


@systems.post("/<id_>/rehearsals")
@right(Role.EDITOR)
def keep_rehearsal(id_: str):
    """In place of the one that was opened, or as another."""
    base, system, fields = _revision(id_), _system(id_), request.form.to_dict()
    was = "" if "another" in fields else fields.get("was", "")
    try:
        rehearsal = read_rehearsal(site().operator.plan_for(id_), fields)
        _require_name(system, rehearsal.name, was)
        _save(system, _with(system, rehearsal, was), base, f"rehearsal {rehearsal.name} kept")
    except Invalid as invalid:
        return _show(Page(system, fields, run=True, problems=_of_the_form(system, fields, invalid.problems)))
    except ChangedMeanwhile:
        lost = Problem("", _("the system was saved by somebody else just now"), _("press the button again"))
        return _show(Page(_system(id_), fields, run=True, problems=[lost]), status=409)
    done(_("%(name)s is kept: it runs whenever the system, or what it uses, is saved.", name=rehearsal.name))
    return redirect(url_for("systems.rehearse", id_=id_, test=rehearsal.name), 303)


@systems.post("/<id_>/rehearsals/remove")
@right(Role.EDITOR)
def remove_rehearsal(id_: str):
    base, system, name = _revision(id_), _system(id_), request.form.get("name", "")
    if name not in _names(system):
        raise NotFound(_("the system keeps no rehearsal called %(name)s", name=repr(name)))
    _save(system, _without(system, name), base, f"rehearsal {name} removed")
    done(_("%(name)s is removed.", name=name))
    return redirect(url_for("systems.rehearse", id_=id_), 303)


# -- what is kept ------------------------------------------------------------------------------------


def _system(id_: str) -> System:
    system = site().store.definitions.system(id_)
    if system is None:
        raise NotFound(_("there is no system %(id)s", id=repr(id_)))
    return system


def _names(system: System) -> list[str]:
    return [rehearsal.name for rehearsal in system.rehearsals]


def _with(system: System, rehearsal: Rehearsal, was: str) -> list[Rehearsal]:
    """At the place of the one that had this name, else as the last."""
    if was not in _names(system):
        return [*system.rehearsals, rehearsal]
    return [rehearsal if one.name == was else one for one in system.rehearsals]


def _without(system: System, name: str) -> list[Rehearsal]:
    return [rehearsal for rehearsal in system.rehearsals if rehearsal.name != name]


def _require_name(system: System, name: str, was: str) -> None:
    if not name:
        raise Invalid([Problem("name", _("a test needs a name"), _("say what it shows"))])
    if name != was and name in _names(system):
        raise Invalid([Problem("name", _("there is a test of this name"), _("choose another name"))])


def _revision(id_: str) -> int:
    """Read before the system itself: whatever is saved in between is noticed."""
    return site().store.definitions.revision("system", id_)


def _save(system: System, rehearsals: list[Rehearsal], base: int, note: str) -> None:
    changed = Loaded(systems={system.id: system.model_copy(update={"rehearsals": rehearsals})})
    Catalog(site().store, site().clock, site().who).save(changed, base={("system", system.id): base}, note=note)


def _of_the_form(system: System, fields: Fields, problems: Sequence[Problem]) -> list[Problem]:
    """What the proof says of the test that is in the form is told at the form."""
    own = f"system.{system.id}.rehearsals.{fields.get('name', '').strip()}."
    return [replace(problem, path=problem.path.removeprefix(own)) for problem in problems]


def _fields_of_test(system: System, name: str) -> dict[str, str]:
    if not name:
        return {}
    found = next((rehearsal for rehearsal in system.rehearsals if rehearsal.name == name), None)
    if found is None:
        raise NotFound(_("the system keeps no rehearsal called %(name)s", name=repr(name)))
    try:
        return rehearsal_fields(site().operator.plan_for(system.id), found)
    except Invalid:
        return {}  # the page says why it has no plan


# -- buttons of the form -----------------------------------------------------------------------------

Act = Callable[[Plan, Fields, str], tuple[Fields, str]]
"""What stands in the form afterwards, and where somebody goes on; the text: what the button is about."""


def _acted(act: Act, system: System, fields: Fields, about: str) -> Page:
    try:
        changed, focus = act(site().operator.plan_for(system.id), fields, about)
    except Invalid:
        return Page(system, fields)  # the page says why it has no plan
    return Page(system, changed, focus=focus)


def _add_line(plan: Plan, fields: Fields, name: str) -> tuple[Fields, str]:
    names = asked(plan, fields)
    if name not in names:
        return fields, ""
    changed = with_line(fields, name, _sample_text(plan, name))
    return changed, line_id(names.index(name), len(lines_in(changed, name)) - 1)


def _drop_line(plan: Plan, fields: Fields, about: str) -> tuple[Fields, str]:
    name, _colon, said = about.rpartition(":")
    names, number = asked(plan, fields), read_whole(said)
    if name not in names or number is None:
        return fields, ""
    return without_line(fields, name, number), f"{line_id(names.index(name))}.add"


def _answer_by_itself(plan: Plan, fields: Fields, _about: str) -> tuple[Fields, str]:
    """The link that is chosen."""
    name = fields.get("link", "")
    if name not in links_left(plan, fields):
        return fields, ""
    changed = {**fields, **answer_fields(name, ())}
    return changed, line_id(asked(plan, changed).index(name))


def _sample_text(plan: Plan, name: str) -> str:
    sample = samples(plan).get(name)
    return "" if sample is None else laid_out(sample)


_ACTS: Mapping[str, Act] = {"add": _add_line, "drop": _drop_line, "own": _answer_by_itself}


# -- the page ----------------------------------------------------------------------------------------


def _show(page: Page, status: int | None = None):
    system = page.system
    shown: dict[str, Any] = {"system": system, "form": page.fields, "outcome": None, "focus": page.focus}
    shown["kept"] = kept_lines(system.rehearsals, page.tried)
    try:
        plan = site().operator.plan_for(system.id)
    except Invalid as invalid:
        return render("rehearse/page.html", plan=None, problems=problem_lines(None, (), invalid.problems), **shown)
    tried, problems = _tried(plan, page)
    if tried and tried.run:
        shown["outcome"] = outcome(tried, tried.run, page.fields)
    lines = _lines(plan, page.fields, problems)
    givens = given_rows(given_in(plan, page.fields), page.fields, lines)
    refused = problems and not htmx.partial  # a browser logs a part that is refused as a fault of ours
    status = status or (422 if refused else 200)
    shown |= {"answers": answer_rows(plan, page.fields, lines), "links": links_left(plan, page.fields)}
    return render("rehearse/page.html", status=status, plan=plan, problems=lines, givens=givens, **shown)


def _tried(plan: Plan, page: Page) -> tuple[Tried | None, list[Problem]]:
    """What came of the rehearsal in the fields, and all that is wrong with them."""
    problems = list(page.problems)
    if not page.run:
        return None, problems
    try:
        rehearsal = _asked(plan, page.fields)
    except Invalid as invalid:
        return None, _each_once([*problems, *invalid.problems])
    (tried,) = try_all(plan, [rehearsal], site().clock.now(), Limits(real_s=PATIENCE_S))
    return tried, _each_once([*problems, *(() if tried.run else tried.problems)])


def _asked(plan: Plan, fields: Fields) -> Rehearsal:
    """Only a test that is kept has something to expect yet. Raises `Invalid`."""
    rehearsal = read_rehearsal(plan, fields)
    return rehearsal if fields.get("was") else rehearsal.model_copy(update={"expect": {}})


def _each_once(problems: Sequence[Problem]) -> list[Problem]:
    return list(dict.fromkeys(problems))


def _lines(plan: Plan, fields: Fields, problems: Sequence[Problem]) -> list[ProblemLine]:
    """Each problem with the field that mends it."""
    keys = [given.key for given in given_in(plan, fields)]
    wiring = wiring_of(plan, TaskDraft(system=plan.system.id))
    found = at_the_task(wiring.unbound, keys, problems)
    return [_at_its_answer(plan, fields, line) for line in problem_lines(plan, keys, found)]


def _at_its_answer(plan: Plan, fields: Fields, line: ProblemLine) -> ProblemLine:
    """At the line of whoever answers so, or at their first."""
    names = asked(plan, fields)
    found = _ANSWER.fullmatch(line.place)
    if found and found[1] in names:
        return replace(line, field=line_id(names.index(found[1]), int(found[2] or 0)), place=found[1])
    if line.place.startswith("answers"):
        return replace(line, field=OF_LINKS if fields.get(OF_LINKS) else "link")
    return replace(line, place=line.place.removeprefix(EXPECT)) if line.place.startswith(EXPECT) else line
