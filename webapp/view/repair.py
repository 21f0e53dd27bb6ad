"""The pages on which a task is repaired: what stands in each form, or why there is none now.

Every form carries a mark of the state that it was made from. What somebody else changed meanwhile is not written over:
the form comes back with what was typed, beside the state as it is now.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from flask_babel import gettext as _

from engine.model import (
    LINK_PASSED,
    STEP_PASSED,
    Definition,
    Link,
    LinkState,
    LinkStatus,
    Step,
    StepInfo,
    StepStatus,
    StepType,
    Task,
    TaskStatus,
)
from engine.plan import Impact

from .action import is_retried
from .badge import Badge, badge, status_word
from .flow import loop_text
from .needs import TASK, Readers, readers
from .text import compact, pretty
from .told import told

_EDITABLE = frozenset({LinkStatus.READY, LinkStatus.WAITING, LinkStatus.FAILED})


@dataclass(frozen=True, slots=True)
class Typed:
    """What was typed into one of the forms and was not applied: it stands there again.

    `changed`: it was not applied because the state that the form was made from has changed.
    """

    form: str = ""
    fields: Mapping[str, str] = field(default_factory=dict)
    changed: bool = False

    def said(self, form: str, name: str, otherwise: str) -> str:
        return self.fields.get(name, otherwise) if form == self.form else otherwise

    def beside(self, form: str, now: Any) -> str:
        """The state as it is now, where it has to be shown beside what was typed."""
        return pretty(now) if self.changed and form == self.form else ""


@dataclass(frozen=True, slots=True)
class KeyField:
    """A key of a step's response, to be given by hand; `source` is the link that would publish it."""

    key: str
    value: str
    source: str


@dataclass(frozen=True, slots=True)
class SkipForm:
    """`refusal`: why nothing can be skipped now."""

    refusal: str
    keys: tuple[KeyField, ...]
    reason: str
    made_from: str
    now: str


@dataclass(frozen=True, slots=True)
class LinkForm:
    """`refusal`: why it cannot be edited now; `retries`: whether it can be tried again as it is."""

    id: str
    badge: Badge
    message: str
    refusal: str
    args: str
    loop: str
    largs: str
    lresult: str
    made_from: str
    now: str
    retries: bool
    skip: SkipForm


@dataclass(frozen=True, slots=True)
class ResetLine:
    step: str
    why: str
    began: bool


@dataclass(frozen=True, slots=True)
class RepairPage:
    step: str
    name: str
    badge: Badge
    failed: bool
    """Whether the task has failed: an edit can retry it in one go."""
    passed: str
    """Why it can be neither skipped nor given another time; empty while it has not passed."""
    links: tuple[LinkForm, ...]
    day: str
    hour: str
    minute: str
    span_made_from: str
    span_now: str
    skip: SkipForm
    resets: tuple[ResetLine, ...]
    rerun_refusal: str
    rerun_made_from: str


def repair_page(task: Task, definition: Definition, impact: Impact, typed: Typed) -> RepairPage:
    """The step is `impact.step`, which the task has."""
    info, step = task.step_info[impact.step], definition.steps[impact.step]
    span = info.expect_span
    return RepairPage(
        step=impact.step,
        name=step.desc or impact.step,
        badge=badge(info.status),
        failed=task.status == TaskStatus.FAILED,
        passed=_passed(info.status) if info.status in STEP_PASSED else "",
        links=tuple(_link_form(link, step, info, typed) for link in step.checklink if link.id in info.api_status),
        day=typed.said("span", "day", f"{span.day:g}"),
        hour=typed.said("span", "hour", f"{span.hour:g}"),
        minute=typed.said("span", "minute", f"{span.minute or 0:g}"),
        span_made_from=span_mark(info),
        span_now=typed.beside("span", span.to_json()),
        skip=_skip_step_form(step, info, typed),
        resets=tuple(ResetLine(one, impact.why[one], one in impact.began) for one in impact.steps),
        rerun_refusal=_("The task has not begun: start it.") if task.status == TaskStatus.READY else "",
        rerun_made_from=impact_mark(task, impact),
    )


def _passed(status: StepStatus | LinkStatus) -> str:
    return _("It is %(status)s already: re-run it instead.", status=status_word(status))


def _link_form(link: Link, step: Step, info: StepInfo, typed: Typed) -> LinkForm:
    state, form = info.api_status[link.id], f"edit {link.id}"
    return LinkForm(
        id=link.id,
        badge=badge(state.status),
        message=told(state.procmmsg),
        refusal=_edit_refusal(state),
        args=typed.said(form, "args", pretty(state.args)),
        loop=loop_text(state),
        largs=typed.said(form, "largs", pretty(state.largs)) if state.type == StepType.LOOP else "",
        lresult=typed.said(form, "lresult", state.lresult or ""),
        made_from=bindings_mark(state),
        now=typed.beside(form, _bindings(state)),
        retries=is_retried(state),
        skip=_skip_link_form(link.id, step, info, typed),
    )


def _edit_refusal(state: LinkState) -> str:
    if state.status in _EDITABLE:
        return ""
    if state.status == LinkStatus.UNKNOWN:
        return _("Its outcome is unknown: say first what became of its call.")
    return _(
        "It is %(status)s: only what has not run can be edited; re-run the step instead.",
        status=status_word(state.status),
    )


def _skip_step_form(step: Step, info: StepInfo, typed: Typed) -> SkipForm:
    refusal = _passed(info.status) if info.status in STEP_PASSED else ""
    return _skip_form("skip", refusal, step.response, step, info, typed, skip_mark(info, None))


def _skip_link_form(link: str, step: Step, info: StepInfo, typed: Typed) -> SkipForm:
    status = info.api_status[link].status
    refusal = _passed(status) if status in LINK_PASSED else ""
    keys = [key for key, source in step.response.items() if source.fromapi == link]
    return _skip_form(f"skip {link}", refusal, keys, step, info, typed, skip_mark(info, link))


def _skip_form(
    form: str, refusal: str, keys: Iterable[str], step: Step, info: StepInfo, typed: Typed, mark: str
) -> SkipForm:
    def key_field(key: str) -> KeyField:
        known = compact(info.response[key]) if key in info.response else ""
        return KeyField(key, typed.said(form, f"response.{key}", known), step.response[key].fromapi)

    now = typed.beside(form, {"status": info.status, "response": info.response})
    return SkipForm(refusal, tuple(map(key_field, keys)), typed.said(form, "reason", ""), mark, now)


# -- the task's own args -----------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class ArgUse:
    """Who reads an arg of the task: `fresh` will read the new value, `stale` has read the old one."""

    name: str
    value: str
    own: bool
    fresh: tuple[str, ...]
    stale: tuple[str, ...]
    stale_steps: tuple[str, ...]
    """From which a re-run would read the new value."""


@dataclass(frozen=True, slots=True)
class ArgsPage:
    refusal: str
    args: str
    made_from: str
    now: str
    uses: tuple[ArgUse, ...]


def args_page(task: Task, definition: Definition, typed: Typed) -> ArgsPage:
    over, word = task.status in (TaskStatus.DONE, TaskStatus.CANCELLED), status_word(task.status)
    return ArgsPage(
        refusal=_("It is %(status)s: nothing would read the new args.", status=word) if over else "",
        args=typed.said("args", "args", pretty(task.args)),
        made_from=args_mark(task),
        now=typed.beside("args", task.args),
        uses=_uses(task, definition, readers(task)),
    )


def _uses(task: Task, definition: Definition, read_by: Readers) -> tuple[ArgUse, ...]:
    values = {**definition.system.def_args, **task.args}
    return tuple(_use(task, name, value, read_by) for name, value in values.items())


def _use(task: Task, name: str, value: Any, read_by: Readers) -> ArgUse:
    fresh: dict[str, str] = {}
    stale: dict[str, str] = {}
    for one in read_by.get((TASK, name), ()):
        state = task.step_info[one.step].api_status[one.link]
        (stale if state.tries or state.status in LINK_PASSED else fresh)[f"{one.step}/{one.link}"] = one.step
    steps = tuple(dict.fromkeys(stale.values()))
    return ArgUse(name, compact(value), name in task.args, tuple(fresh), tuple(stale), steps)


# -- marks of the state that a form was made from ----------------------------------------------------


def bindings_mark(state: LinkState) -> str:
    return marked([_bindings(state), state.passed])


def span_mark(info: StepInfo) -> str:
    return marked([info.expect_span.to_json(), info.status in STEP_PASSED])


def skip_mark(info: StepInfo, link: str | None) -> str:
    return marked([info.status, info.response, info.api_status[link].status if link else ""])


def impact_mark(task: Task, impact: Impact) -> str:
    return marked([impact.steps, [(step, task.step_info[step].status) for step in impact.began]])


def args_mark(task: Task) -> str:
    return marked(task.args)


def unknown_mark(state: LinkState) -> str:
    return marked([state.status, state.passed, state.seq, state.same])


def _bindings(state: LinkState) -> dict[str, Any]:
    loop = {"largs": state.largs, "lresult": state.lresult} if state.type == StepType.LOOP else {}
    return {"args": state.args, **loop}


def marked(state: Any) -> str:
    """Another text for another state."""
    return hashlib.sha256(compact(state).encode(errors="replace")).hexdigest()[:16]
