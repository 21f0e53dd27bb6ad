"""The page on which a step is repaired: what stands in each form, or why there is none now."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from engine.model import (
    STEP_PASSED,
    Definition,
    Link,
    LinkState,
    LinkStatus,
    StepInfo,
    StepType,
    Task,
    TaskStatus,
)
from engine.plan import Impact

from .badge import Badge, badge
from .flow import loop_text
from .text import pretty

_EDITABLE = frozenset({LinkStatus.READY, LinkStatus.WAITING, LinkStatus.FAILED})


@dataclass(frozen=True, slots=True)
class Typed:
    """What was typed into one of the forms and could not be used: it stands there again."""

    form: str = ""
    fields: Mapping[str, str] = field(default_factory=dict)

    def said(self, form: str, name: str, otherwise: str) -> str:
        return self.fields.get(name, "") if form == self.form else otherwise


@dataclass(frozen=True, slots=True)
class LinkForm:
    """`refusal`: why it cannot be edited now."""

    id: str
    badge: Badge
    message: str
    refusal: str
    args: str
    loop: str
    largs: str
    lresult: str


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
    passed: str
    """Why it can be neither skipped nor given another time; empty while it has not passed."""
    links: tuple[LinkForm, ...]
    day: str
    hour: str
    minute: str
    response: str
    reason: str
    resets: tuple[ResetLine, ...]
    rerun_refusal: str


def repair_page(task: Task, definition: Definition, impact: Impact, typed: Typed) -> RepairPage:
    """The step is `impact.step`, which the task has."""
    info, step = task.step_info[impact.step], definition.steps[impact.step]
    span = info.expect_span
    return RepairPage(
        step=impact.step,
        name=step.desc or impact.step,
        badge=badge(info.status),
        passed=f"It is {info.status} already: re-run it instead." if info.status in STEP_PASSED else "",
        links=tuple(_link_form(link, info, typed) for link in step.checklink if link.id in info.api_status),
        day=typed.said("span", "day", f"{span.day:g}"),
        hour=typed.said("span", "hour", f"{span.hour:g}"),
        minute=typed.said("span", "minute", f"{span.minute or 0:g}"),
        response=typed.said("skip", "response", pretty(dict.fromkeys(step.response) | info.response)),
        reason=typed.said("skip", "reason", ""),
        resets=tuple(ResetLine(one, impact.why[one], one in impact.began) for one in impact.steps),
        rerun_refusal="The task has not begun: start it." if task.status == TaskStatus.READY else "",
    )


def _link_form(link: Link, info: StepInfo, typed: Typed) -> LinkForm:
    state, form = info.api_status[link.id], f"edit {link.id}"
    return LinkForm(
        id=link.id,
        badge=badge(state.status),
        message=state.procmmsg,
        refusal=_edit_refusal(state),
        args=typed.said(form, "args", pretty(state.args)),
        loop=loop_text(state),
        largs=typed.said(form, "largs", pretty(state.largs)) if state.type == StepType.LOOP else "",
        lresult=typed.said(form, "lresult", state.lresult or ""),
    )


def _edit_refusal(state: LinkState) -> str:
    if state.status in _EDITABLE:
        return ""
    if state.status == LinkStatus.UNKNOWN:
        return "It is UNKNOWN: say first what became of its call."
    return f"It is {state.status}: only what has not run can be edited; re-run the step instead."
