"""What a task asks of a person, and the form in which they answer: on the task's page, and as a page of its own."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from flask import Blueprint, redirect, request, url_for
from flask_babel import gettext as _

from engine.command import NotAsked, Refused
from engine.model import Attempt, Invalid, Problem, Role, Task

from .answer_form import read_answer
from .done import done
from .render import render
from .repairs import ChangedMeanwhile
from .rights import right
from .site import site
from .view.flow import is_asked
from .view.question import Question, Reader, TypedAnswer, question, question_mark, questions
from .visit import the_visitor

answers = Blueprint("answers", __name__, url_prefix="/tasks")


@answers.get("/<id_>/links/<step>/<link>/answer")
@right(Role.OPERATOR)
def ask(id_: str, step: str, link: str):
    return _page(id_, step, link, TypedAnswer())


@answers.post("/<id_>/links/<step>/<link>/answer")
@right(Role.OPERATOR)
def answer(id_: str, step: str, link: str):
    """Or the page with the form, with what is wrong and with what was typed."""
    site().link(site().task(id_), step, link)
    fields = request.form
    try:
        values = read_answer(fields)
        site().answers.answer(id_, step, link, values, fields.get("note", ""), _if_still(step, link))
    except Invalid as invalid:
        return _page(id_, step, link, TypedAnswer(fields, tuple(invalid.problems)), 422)
    except Refused as refused:
        status = 403 if isinstance(refused, NotAsked) else 409
        return _page(id_, step, link, TypedAnswer(fields, (Problem("", str(refused)),)), status)
    done(_("Your answer to %(place)s is kept.", place=f"{step}/{link}"))
    return redirect(url_for("tasks.show", id_=id_), 303)


def asked_of(task: Task, calls: Mapping[str, Attempt]) -> list[Question]:
    """What the page of a task shows: all that it asks now."""
    return questions(task, site().definition(task), calls, reader())


def reader() -> Reader:
    user = the_visitor().user
    return Reader(user.id, user.role)


def _if_still(step: str, link: str) -> Callable[[Task], None]:
    """Only while the question is the one that the form was made from; a form that says none takes any."""
    made_from = request.form.get("made_from", "")

    def check(task: Task) -> None:
        state = task.step_info[step].api_status[link]
        if made_from and question_mark(state) != made_from:
            raise ChangedMeanwhile(_("Somebody answered meanwhile, or it is asked anew; nothing was applied."))

    return check


def _page(id_: str, step: str, link: str, typed: TypedAnswer, status: int = 200):
    task = site().task(id_)
    state, definition = site().link(task, step, link), site().definition(task)
    asked = definition.steps[step].link(link)
    if asked.question is None:
        raise Refused(_("%(place)s asks nobody.", place=f"{step}/{link}"))
    calls = site().store.history.some([state.last] if state.last else [])
    page = question(task, definition.steps[step], asked, calls, reader(), typed)
    others = [problem for problem in typed.problems if problem.path not in {one.name for one in page.fields}]
    kept = [(one.key, one.text) for one in page.fields if one.name in typed.fields]
    return render(
        "tasks/answer.html",
        status=status, task=task, question=page, state=state, problems=others, asked=is_asked(state), typed=kept,
    )  # fmt: skip
