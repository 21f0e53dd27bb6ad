"""Repairs of a task in place (R8): retry, skip, edit, re-run, and saying what became of a call.

Nothing is thrown away: every act is an event with what was before and after, and attempts stay.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from copy import copy
from typing import Any, Literal

from engine.dispatch import LocalDispatch
from engine.model import (
    LINK_PASSED,
    STEP_PASSED,
    Invalid,
    LinkState,
    LinkStatus,
    Round,
    Span,
    StepStatus,
    StepType,
    Task,
    TaskStatus,
)
from engine.plan import Impact, dependants, outlook, prove, task_args
from engine.run import Clock, Edit, SharedClock, children_of, earliest_deadline, failure_text
from engine.store import Store

from .act import Acts, NotFound, Refused
from .answer import given_attempt
from .operator import Operator, go_on, plan_of

Resolution = Literal["repeat", "took effect", "failed"]

_EDITABLE = frozenset({LinkStatus.READY, LinkStatus.WAITING, LinkStatus.FAILED})
_BINDINGS = ("args", "largs", "lresult", "lparallel")


class Repair:
    """Acts of one person. All raise `NotFound` and `Refused`; edits raise `Invalid` with every problem."""

    def __init__(
        self, store: Store, dispatch: LocalDispatch | None = None, clock: Clock | None = None, who: str = "command line"
    ) -> None:
        self._store = store
        self._clock = clock or SharedClock(store.time)
        self._acts = Acts(store, dispatch or LocalDispatch(), self._clock, who)
        self._operator = Operator(store, self._acts.dispatch, self._clock, who)
        self._check: Callable[[Task], None] = lambda _task: None

    def only_if(self, check: Callable[[Task], None]) -> Repair:
        """The same acts, decided only on a state of the task at which `check` does not raise."""
        checked = copy(self)
        checked._check = check
        return checked

    def _change(self, id_: str, decide: Callable[[Edit], None]) -> Task:
        """Children that nothing waits for any more are cancelled."""
        before: list[str] = []

        def checked(edit: Edit) -> None:
            self._check(edit.task)
            before[:] = children_of(edit.task)
            decide(edit)

        task = self._acts.change_free(id_, checked)
        self._operator.cancel_all(child for child in before if child not in children_of(task))
        return task

    # -- retry -----------------------------------------------------------------------------------

    def retry(self, id_: str) -> Task:
        """From the failure on, or at once what waits for its next try."""

        return self._change(id_, self._retry)

    def _retry(self, edit: Edit) -> None:
        if edit.task.status not in (TaskStatus.FAILED, TaskStatus.WAITING):
            raise Refused(f"the task is {edit.task.status}: only a failed or waiting one can be retried")
        retried = [place for place in _links(edit.task) if self._retry_link(edit, *place)]
        if not retried and not edit.task.quarantined:
            raise Refused("no link failed or waits for a try: repair it, or re-run it from a step")
        _reopen_steps(edit)
        self._go_on(edit, ", ".join(f"{step}/{link}" for step, link in retried) or "the task", "retried")

    def retry_link(self, id_: str, step: str, link: str) -> Task:
        """One link, from its failure on or at once; what else has failed stays as it is."""

        def decide(edit: Edit) -> None:
            state = _link(edit, step, link)
            if not self._retry_link(edit, step, link):
                raise Refused(f"{step}/{link} is {state.status}: only what failed or waits for a try can be retried")
            _reopen_steps(edit)
            self._go_on(edit, f"{step}/{link}", "retried")

        return self._change(id_, decide)

    def _retry_link(self, edit: Edit, step: str, link: str) -> bool:
        state = edit.link(step, link)
        if state.status not in (LinkStatus.FAILED, LinkStatus.WAITING):
            return False
        if (anew := _ANEW[state.type](state)) is None:
            return False
        status = LinkStatus.READY if state.status == LinkStatus.FAILED else state.status
        edit.update_link(step, link, status=status, next_try_at=None, ended_at=None, laps=0, **anew)
        return True

    # -- skip ------------------------------------------------------------------------------------

    def skip_step(self, id_: str, step: str, response: Mapping[str, Any], reason: str = "") -> Task:
        """The step counts as passed, with this response: every key that the step declares must be given."""

        def decide(edit: Edit) -> None:
            info = _step(edit, step)
            if info.status in STEP_PASSED:
                raise Refused(f"step {step} is {info.status} already")
            self._require_keys(edit.task, step, None, response)
            before = {"status": info.status, "response": info.response}
            for link, state in info.api_status.items():
                if state.status not in LINK_PASSED:
                    self._skip_link(edit, step, link)
            now = self._clock.now()
            edit.update_step(step, status=StepStatus.SKIPPED, response=info.response | dict(response), ended_at=now)
            after = {"status": StepStatus.SKIPPED, "response": info.response, "reason": reason}
            self._go_on(edit, step, "skipped", before, after)

        return self._change(id_, decide)

    def skip_link(self, id_: str, step: str, link: str, response: Mapping[str, Any], reason: str = "") -> Task:
        """The link counts as passed; the step's keys that come from it must be given."""

        def decide(edit: Edit) -> None:
            state = _link(edit, step, link)
            if state.status in LINK_PASSED:
                raise Refused(f"{step}/{link} is {state.status} already")
            self._require_keys(edit.task, step, link, response)
            before = {"status": state.status}
            self._skip_link(edit, step, link)
            info = edit.step(step)
            edit.update_step(step, response=info.response | dict(response))
            _reopen_steps(edit)
            if info.status == StepStatus.RUNNING and all(one.status in LINK_PASSED for one in info.api_status.values()):
                edit.update_step(step, status=StepStatus.DONE, ended_at=self._clock.now())
            after = {"status": LinkStatus.SKIPPED, "response": dict(response), "reason": reason}
            self._go_on(edit, f"{step}/{link}", "skipped", before, after)

        return self._change(id_, decide)

    def _skip_link(self, edit: Edit, step: str, link: str) -> None:
        state = edit.link(step, link)
        rounds = {number: round_.model_copy(update={"intent": False}) for number, round_ in state.rounds.items()}
        message = f"skipped by {self._acts.who}"
        now = self._clock.now()
        edit.update_link(
            step, link, status=LinkStatus.SKIPPED, procmmsg=message, next_try_at=None, ended_at=now, rounds=rounds
        )

    def _require_keys(self, task: Task, step: str, link: str | None, response: Mapping[str, Any]) -> None:
        declared = plan_of(self._store, task).step(step).response
        wanted = {key for key, source in declared.items() if link in (None, source.fromapi)}
        known = set(task.step_info[step].response)
        if missing := sorted(wanted - set(response) - known):
            raise Refused(f"give a value for {', '.join(missing)}: later calls read what {step} publishes")
        if extra := sorted(set(response) - wanted):
            raise Refused(
                f"{step} does not publish {', '.join(extra)}; it publishes {', '.join(sorted(wanted)) or 'nothing'}"
            )

    # -- edit ------------------------------------------------------------------------------------

    def edit_link(self, id_: str, step: str, link: str, bindings: Mapping[str, Any]) -> Task:
        """New `args` (and loop settings) for a link that has not passed. `bindings`: fields of its `api_status`."""

        return self._change(id_, lambda edit: self._edit_link(edit, step, link, bindings))

    def edit_link_and_retry(self, id_: str, step: str, link: str, bindings: Mapping[str, Any]) -> Task:
        """Both or neither: the task goes on with the new bindings."""

        def decide(edit: Edit) -> None:
            self._edit_link(edit, step, link, bindings)
            if edit.task.status == TaskStatus.FAILED:
                self._retry(edit)

        return self._change(id_, decide)

    def _edit_link(self, edit: Edit, step: str, link: str, bindings: Mapping[str, Any]) -> None:
        state = _link(edit, step, link)
        if state.status not in _EDITABLE:
            raise Refused(f"{step}/{link} is {state.status}: only what has not run can be edited; re-run it instead")
        if unknown := sorted(set(bindings) - set(_BINDINGS)):
            raise Refused(f"{', '.join(unknown)} cannot be edited; only {', '.join(_BINDINGS)} can")
        before = {name: getattr(state, name) for name in bindings}
        self._begin_pass(edit, step, link, dict(bindings))
        self._prove(edit.task)
        edit.add_event("edited", f"{step}/{link}", before, dict(bindings))
        if edit.task.status == TaskStatus.WAITING:
            go_on(edit, self._clock.now())

    def _begin_pass(self, edit: Edit, step: str, link: str, bindings: dict[str, Any]) -> None:
        """Other args are another call: what was asked before must not answer for it."""
        state = edit.link(step, link)
        if state.rounds and {"args", "largs"} & set(bindings):
            status = LinkStatus.READY if state.status == LinkStatus.WAITING else state.status
            edit.update_link(step, link, status=status, passed=state.passed + 1, rounds={}, next_try_at=None)
        asked_anew = {"asks": ""} if state.type == StepType.MANUAL else {}
        edit.update_link(step, link, **bindings, **asked_anew)

    def edit_args(self, id_: str, args: Mapping[str, Any]) -> Task:
        """New args of the task; calls that come read the new ones."""

        def decide(edit: Edit) -> None:
            if edit.task.status in (TaskStatus.DONE, TaskStatus.CANCELLED):
                raise Refused(f"the task is {edit.task.status}: nothing would read the new args")
            before = edit.task.args
            edit.update_task(args=dict(args))
            self._prove(edit.task)
            if edit.task.status == TaskStatus.READY:
                edit.update_task(attention="")
            edit.add_event("args edited", "", before, dict(args))

        return self._change(id_, decide)

    def edit_span(self, id_: str, step: str, span: Span) -> Task:
        """A new expected time; a running step's deadline moves by the difference."""

        def decide(edit: Edit) -> None:
            info = _step(edit, step)
            if info.status in STEP_PASSED:
                raise Refused(f"step {step} is {info.status}: its time is over")
            before, moved = info.expect_span, span.delta - info.expect_span.delta
            edit.update_step(step, expect_span=span, deadline=info.deadline + moved if info.deadline else None)
            self._forecast(edit)
            edit.add_event("span edited", step, before.to_json(), span.to_json())

        return self._change(id_, decide)

    def _prove(self, task: Task) -> None:
        plan = plan_of(self._store, task)
        if problems := prove(plan, task, task_args(plan, task), self._store.secrets.names()):
            raise Invalid(problems)

    # -- re-run ----------------------------------------------------------------------------------

    def impact(self, id_: str, step: str) -> Impact:
        """What a re-run from this step would reset, to be shown before it is confirmed."""
        task = self._acts.task(id_)
        _step(Edit(task, self._clock, self._acts.who), step)
        return dependants(plan_of(self._store, task), task, step)

    def rerun(self, id_: str, step: str) -> Task:
        """Resets the step and what depends on it, and goes on from there."""

        def decide(edit: Edit) -> None:
            _step(edit, step)
            if edit.task.status == TaskStatus.READY:
                raise Refused("the task has not begun: start it")
            impact = dependants(plan_of(self._store, edit.task), edit.task, step)
            before = {name: edit.step(name).status for name in impact.steps}
            for name in _to_reset(edit.task, impact):
                _reset_step(edit, name)
            _reopen_steps(edit)
            self._go_on(edit, step, "re-run", before, list(impact.steps))

        return self._change(id_, decide)

    # -- unknown outcomes ------------------------------------------------------------------------

    def resolve(self, id_: str, step: str, link: str, how: Resolution, answer: Any = None) -> Task:
        """What became of a call whose outcome is unknown (R9). `answer`: its response, for `took effect`."""

        def decide(edit: Edit) -> None:
            state = _link(edit, step, link)
            if state.status != LinkStatus.UNKNOWN:
                raise Refused(f"{step}/{link} is {state.status}: there is nothing to resolve")
            _RESOLVE[how](self, edit, step, state, answer)
            self._go_on(edit, f"{step}/{link}", f"resolved: {how}", LinkStatus.UNKNOWN, answer)

        return self._change(id_, decide)

    def _repeat(self, edit: Edit, step: str, state: LinkState, _answer: Any) -> None:
        rounds = {number: _fresh(round_) for number, round_ in state.rounds.items()}
        edit.update_link(step, state.id, status=LinkStatus.READY, rounds=rounds, procmmsg="to be repeated, same key")

    def _took_effect(self, edit: Edit, step: str, state: LinkState, answer: Any) -> None:
        """The given answer stands for the open rounds' own."""
        open_rounds = [number for number, round_ in state.rounds.items() if round_.intent and not round_.result]
        attempt = given_attempt(edit, step, state, answer, f"given by {self._acts.who}")
        given = Round(tries=1, result=attempt)
        edit.update_link(
            step, state.id, status=LinkStatus.READY, seq=state.seq + 1, procmmsg="its response was given by hand",
            rounds=state.rounds | dict.fromkeys(open_rounds, given),
        )  # fmt: skip

    def _failed(self, edit: Edit, step: str, state: LinkState, _answer: Any) -> None:
        now = self._clock.now()
        message = f"{self._acts.who} said that the call failed"
        rounds = {number: round_.model_copy(update={"intent": False}) for number, round_ in state.rounds.items()}
        edit.update_link(step, state.id, status=LinkStatus.FAILED, procmmsg=message, ended_at=now, rounds=rounds)
        edit.update_step(step, status=StepStatus.FAILED, ended_at=now)
        if edit.task.status == TaskStatus.WAITING:
            edit.update_task(status=TaskStatus.FAILED, wake_at=None, ended_at=now)

    # -- common ----------------------------------------------------------------------------------

    def _go_on(self, edit: Edit, where: str, what: str, before: Any = None, after: Any = None) -> None:
        """Running again, unless it is READY or PAUSED on purpose or something else in it is failed still."""
        edit.add_event(what, where, before, after)
        if _has_failed(edit.task):
            edit.update_task(attention=failure_text(edit.task), process_msg=failure_text(edit.task))
        elif edit.task.status not in (TaskStatus.READY, TaskStatus.PAUSED):
            go_on(edit, self._clock.now())
            edit.update_task(process_msg=f"{where} {what} by {self._acts.who}")
        self._forecast(edit)

    def _forecast(self, edit: Edit) -> None:
        edit.update_task(deadline=earliest_deadline(edit.task))
        if edit.task.started_at:
            fresh = outlook(plan_of(self._store, edit.task), edit.task, self._clock.now())
            edit.update_task(**fresh.fields())


_RESOLVE = {"repeat": Repair._repeat, "took effect": Repair._took_effect, "failed": Repair._failed}


def _call_anew(_state: LinkState) -> dict[str, Any]:
    """A single answer that did not do is asked for anew."""
    return {"rounds": {}}


def _rounds_anew(state: LinkState) -> dict[str, Any]:
    """Of a loop, only the rounds that have no answer."""
    return {"rounds": {number: _fresh(round_) for number, round_ in state.rounds.items()}}


def _child_anew(state: LinkState) -> dict[str, Any]:
    """Another child for one that came to nothing; one that is still at work is only looked at."""
    return {"rounds": {}, "passed": state.passed + 1} if state.status == LinkStatus.FAILED else {}


def _question_anew(state: LinkState) -> dict[str, Any] | None:
    """One that waits for its answer stands as it is."""
    return {"rounds": {}, "asks": ""} if state.status == LinkStatus.FAILED else None


_ANEW: dict[StepType, Callable[[LinkState], dict[str, Any] | None]] = {
    StepType.API: _call_anew,
    StepType.LOOP: _rounds_anew,
    StepType.SYSTEM: _child_anew,
    StepType.MANUAL: _question_anew,
}
"""What a retry makes of a link that failed or waits; None: nothing is there to be tried."""


def _links(task: Task) -> list[tuple[str, str]]:
    return [(step, link) for step, info in task.step_info.items() for link in info.api_status]


def _step(edit: Edit, step: str) -> Any:
    if step not in edit.task.step_info:
        raise NotFound(f"task {edit.task.id!r} has no step {step!r}")
    return edit.step(step)


def _link(edit: Edit, step: str, link: str) -> LinkState:
    if link not in _step(edit, step).api_status:
        raise NotFound(f"step {step!r} of task {edit.task.id!r} has no link {link!r}")
    return edit.link(step, link)


def _has_failed(task: Task) -> bool:
    return any(task.step_info[step].api_status[link].status == LinkStatus.FAILED for step, link in _links(task))


def _fresh(round_: Round) -> Round:
    """Tried anew; an answer that counts stays."""
    return round_ if round_.result else Round()


def _reopen_steps(edit: Edit) -> None:
    """A failed step none of whose links is failed any more runs again."""
    for step, info in edit.task.step_info.items():
        failed = any(link.status == LinkStatus.FAILED for link in info.api_status.values())
        if info.status == StepStatus.FAILED and not failed:
            edit.update_step(step, status=StepStatus.RUNNING, ended_at=None)


def _to_reset(task: Task, impact: Impact) -> list[str]:
    """Also what a cancel left behind: it has to run for the task to end."""
    cancelled = [step for step, info in task.step_info.items() if info.status == StepStatus.CANCELLED]
    return [step for step in task.step_info if step in impact.steps or step in cancelled]


def _reset_step(edit: Edit, step: str) -> None:
    for link, state in edit.step(step).api_status.items():
        edit.update_link(
            step, link, status=LinkStatus.READY, passed=state.passed + bool(state.rounds), tries=0, laps=0, rounds={},
            result=None, total=None, next_try_at=None, started_at=None, ended_at=None, procmmsg="", last_print="",
            asks="",
        )  # fmt: skip
    edit.update_step(step, status=StepStatus.READY, response={}, deadline=None, started_at=None, ended_at=None)
