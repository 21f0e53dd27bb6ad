"""The judge: what the oracle saw, what the workers were told, what the database says in the end. Pure functions.

A rule is a function from a history to its violations; `RULES` has them all. Nothing here asks the engine's opinion.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from itertools import pairwise

from engine.model import LINK_PASSED, STEP_PASSED, Attempt, LinkStatus, Task, TaskStatus, Verdict
from tests.fault.diary import Commit, Enlisting, Pause
from tests.fault.exchange import LEASE_S, RETRY_AFTER_S, Exchange, Fate, by_key, nonces_in
from tests.fault.flows import Flow

EARLY_S = 0.02
"""So much earlier than asked a try may come: times are stored in milliseconds."""
LATE_S = 0.25
"""How soon after a pause a call leaves that was on its way when the pause began."""
TAKEN_FOR_LOST_S = LEASE_S + 2.0
"""After so long everybody has seen that a lease is not renewed: they look once a second."""

Call = tuple[str, str, int]
"""(task, place, round)"""


@dataclass(frozen=True, slots=True)
class Resolution:
    """What an operator said of a call whose outcome was unknown."""

    task: str
    place: str
    how: str
    at: float


@dataclass(frozen=True)
class History:
    """Everything that is known of a run when it is over."""

    flow: Flow
    exchanges: Sequence[Exchange]
    tasks: Mapping[str, Task | None]
    attempts: Sequence[Attempt]
    commits: Sequence[Commit] = ()
    resolutions: Sequence[Resolution] = ()
    pauses: Sequence[Pause] = ()
    leftovers: Sequence[str] = ()
    """Ids of journal records that are there though nobody holds a task."""
    enlisted: Sequence[Enlisting] = ()

    @cached_property
    def of_key(self) -> dict[str, list[Exchange]]:
        return by_key(self.exchanges)

    @cached_property
    def of_call(self) -> dict[Call, list[Exchange]]:
        found: dict[Call, list[Exchange]] = defaultdict(list)
        for exchange in self.exchanges:
            found[exchange.call].append(exchange)
        return found

    @cached_property
    def nonces(self) -> dict[str, str]:
        """Key → the nonce that the oracle gave for it."""
        return {one.key: one.nonce for one in self.exchanges if one.nonce}

    @cached_property
    def resolved(self) -> dict[tuple[str, str], list[Resolution]]:
        found: dict[tuple[str, str], list[Resolution]] = defaultdict(list)
        for resolution in self.resolutions:
            found[resolution.task, resolution.place].append(resolution)
        return found

    @cached_property
    def settled_at(self) -> dict[Call, float]:
        """When each call was first answered well, by the oracle or by an operator."""
        found = {call: min(_good_times(exchanges), default=None) for call, exchanges in self.of_call.items()}
        given = [one for one in self.resolutions if one.how == "took effect"]
        times = {call: at for call, at in found.items() if at is not None}
        return {(one.task, one.place, 0): one.at for one in given} | times

    def was_late(self, exchange: Exchange, since: float) -> bool:
        """Its worker was on its way to make this call at `since`, but was not running: nobody can call it back."""
        return any(
            pause.worker == exchange.worker
            and pause.began <= since
            and pause.ended <= exchange.asked_at <= pause.ended + LATE_S
            for pause in self.pauses
        )

    def repeat_asked(self, task: str, place: str, after: float, before: float) -> bool:
        return any(one.how == "repeat" and after < one.at < before for one in self.resolved.get((task, place), ()))


@dataclass(frozen=True, slots=True)
class Violation:
    rule: str
    where: str
    what: str

    def __str__(self) -> str:
        return f"{self.rule}: {self.where}: {self.what}"


Found = Iterator[tuple[str, str]]
"""(where, what)"""
Rule = Callable[[History], Found]


def check(history: History, also: Sequence[Rule] = (), skip: Sequence[Rule] = ()) -> list[Violation]:
    """Every violation of every rule, and of those that hold for some faults only."""
    rules = [rule for rule in (*RULES, *also) if rule not in skip]
    return [Violation(rule.__name__, where, what) for rule in rules for where, what in rule(history)]


def _good_times(exchanges: Sequence[Exchange]) -> Iterator[float]:
    return (one.answered_at for one in exchanges if one.succeeded and one.answered_at is not None)


# -- the end -----------------------------------------------------------------------------------------


def ended_right(history: History) -> Found:
    """DONE; or waiting for a person because of a call that must not be repeated, and saying so."""
    for id_, task in history.tasks.items():
        if task is None:
            yield id_, "the task is gone"
        elif task.status == TaskStatus.WAITING and task.attention and _has_unknown_ask(history.flow, task):
            continue
        elif task.status != TaskStatus.DONE:
            yield id_, f"ended {task.status}: {task.process_msg} {task.attention}"
        elif undone := _undone(task):
            yield id_, f"DONE, though {', '.join(undone)} has not passed"


def _has_unknown_ask(flow: Flow, task: Task) -> bool:
    return bool(flow.asks & set(unknown_places(task)))


def unknown_places(task: Task) -> list[str]:
    """`<step>/<link>` of every link whose call's outcome is unknown."""
    links = [(step, link) for step, info in task.step_info.items() for link in info.api_status.values()]
    return [f"{step}/{link.id}" for step, link in links if link.status == LinkStatus.UNKNOWN]


def _undone(task: Task) -> list[str]:
    steps = [step for step, info in task.step_info.items() if info.status not in STEP_PASSED]
    links = [
        f"{step}/{link.id}"
        for step, info in task.step_info.items()
        for link in info.api_status.values()
        if link.status not in LINK_PASSED
    ]
    return steps + links


def journal_is_tidy(history: History) -> Found:
    for id_ in history.leftovers:
        yield id_, "left in the journal though nobody holds its task"


# -- results -----------------------------------------------------------------------------------------


def nonces_are_the_oracle_s(history: History) -> Found:
    """Every answer that counts is the one that the oracle gave for that key."""
    for attempt in counted(history):
        given, known = nonces_in(attempt.body), history.nonces.get(key_of(attempt))
        if given != [known]:
            yield attempt.id, f"holds {given} for {key_of(attempt)}, the oracle gave {known}"


def counted(history: History) -> list[Attempt]:
    """Attempts whose answer counts."""
    return [one for one in history.attempts if one.verdict == Verdict.DONE and one.kind == "call"]


def key_of(attempt: Attempt) -> str:
    key = f"{attempt.task}/{attempt.step}/{attempt.link}/{attempt.round}"
    return f"{key}/{attempt.passed}" if attempt.passed else key


def values_are_published_unchanged(history: History) -> Found:
    for id_, task in history.tasks.items():
        if task is None or task.status != TaskStatus.DONE:
            continue
        for (step, name), sources in history.flow.published.items():
            expected = _nonces_of(history, id_, sources)
            if nonces_in(task.step_info[step].response.get(name)) != expected:
                yield f"{id_} {step}.{name}", f"is {task.step_info[step].response.get(name)!r}, not {expected}"


def calls_are_made_from_the_right_values(history: History) -> Found:
    for one in history.exchanges:
        expected = _nonces_of(history, one.task, history.flow.feeds[one.place][one.round])
        if list(one.of) != expected:
            yield one.key, f"was made from {list(one.of)}, not from {expected}"


def _nonces_of(history: History, task: str, sources: Sequence[tuple[str, int]]) -> list[str | None]:
    return [history.nonces.get(f"{task}/{place}/{number}") for place, number in sources]


def acknowledged_is_kept(history: History) -> Found:
    """What a worker was told is durable is there in the end, and a result among it counts."""
    kept = {attempt.id for attempt in history.attempts}
    for commit in history.commits:
        if commit.attempt not in kept:
            yield commit.attempt, f"was acknowledged to {commit.worker} and is gone"
        elif commit.verdict == Verdict.DONE and (task := history.tasks.get(commit.task)):
            result = _result(task, commit)
            if result != commit.attempt:
                yield commit.attempt, f"was acknowledged as the result of {commit.key}, which has {result}"


def _result(task: Task, commit: Commit) -> str | None:
    step, _, link = commit.place.partition("/")
    state = task.step_info[step].api_status[link]
    round_ = state.rounds.get(str(commit.round))
    return round_.result if round_ and state.passed == commit.passed else None


# -- calls -------------------------------------------------------------------------------------------


def nothing_is_called_before_its_turn(history: History) -> Found:
    """No call is first sent before all that it needs was answered: values, earlier steps, earlier rounds."""
    for call, exchanges in history.of_call.items():
        first = min(one.asked_at for one in exchanges)
        for needed in _needs(history.flow, call):
            settled = history.settled_at.get(needed)
            if settled is None or settled > first:
                yield "/".join(map(str, call)), f"was sent before {needed[1]}, round {needed[2]}, was answered"


def _needs(flow: Flow, call: Call) -> Iterator[Call]:
    task, place, number = call
    earlier = flow.before(place.partition("/")[0])
    yield from ((task, fed, round_) for fed, round_ in flow.feeds[place][number])
    for other, rounds in flow.feeds.items():
        if other.partition("/")[0] in earlier:
            yield from ((task, other, round_) for round_ in rounds)
    if place in flow.in_order and number:
        yield task, place, number - 1


def a_call_keeps_its_key(history: History) -> Found:
    for (task, place, number), exchanges in history.of_call.items():
        for key in {one.key for one in exchanges} - {f"{task}/{place}/{number}"}:
            yield f"{task}/{place}/{number}", f"was sent under the key {key!r}"


def nothing_is_blindly_repeated(history: History) -> Found:
    """A call that may have had an effect is sent again after a refusal, or because a person said so."""
    for key, exchanges in history.of_key.items():
        if exchanges[0].place not in history.flow.asks:
            continue
        for before, after in pairwise(exchanges):
            refused = before.fate.is_refusal and before.answered_at is not None
            asked = history.repeat_asked(after.task, after.place, before.asked_at, after.asked_at)
            if not refused and not asked and not history.was_late(after, before.asked_at):
                yield key, f"was sent again by {after.worker} after {before.worker} got {before.fate}"


def results_are_not_asked_for_again(history: History) -> Found:
    for commit in history.commits:
        for one in history.of_key.get(commit.key, ()) if commit.verdict == Verdict.DONE else ():
            if one.asked_at > commit.at and not history.was_late(one, commit.at):
                yield commit.key, f"was sent by {one.worker} after its result was acknowledged to {commit.worker}"


def intervals_are_kept(history: History) -> Found:
    """After a reply that put a call off, and that was recorded, it rests as long as was asked."""
    for commit in history.commits:
        if commit.verdict in (Verdict.DONE, Verdict.UNKNOWN):
            continue
        for before, after in pairwise(history.of_key.get(commit.key, ())):
            if before.worker == commit.worker and before.asked_at < commit.at < after.asked_at:
                yield from _too_soon(history, before, after)


def _too_soon(history: History, before: Exchange, after: Exchange) -> Found:
    if not before.was_put_off or before.answered_at is None or history.was_late(after, before.asked_at):
        return
    asked = history.flow.intervals_s[before.place]
    asked = max(asked, RETRY_AFTER_S) if before.fate == Fate.BUSY else asked
    rested = after.asked_at - before.answered_at
    if rested < asked - EARLY_S:
        yield after.key, f"was sent again by {after.worker} after {rested:.3f} s, not {asked:g} s ({before.fate})"


# -- holders -----------------------------------------------------------------------------------------


def an_epoch_has_one_holder(history: History) -> Found:
    holders: dict[tuple[str, int], set[str]] = defaultdict(set)
    for attempt in history.attempts:
        if attempt.kind != "given":
            holders[attempt.task, attempt.epoch].add(attempt.worker)
    for commit in history.commits:
        holders[commit.task, commit.epoch].add(commit.token)
    for (task, epoch), tokens in holders.items():
        if len(tokens) > 1:
            yield task, f"epoch {epoch} was held by {', '.join(sorted(tokens))}"


def epochs_follow_one_another(history: History) -> Found:
    """No attempt of a lower epoch begins after one of a higher epoch was recorded."""
    spans: dict[str, dict[int, list[datetime]]] = defaultdict(lambda: defaultdict(list))
    for attempt in history.attempts:
        if attempt.kind == "call":
            spans[attempt.task][attempt.epoch].append(attempt.at)
    for task, epochs in spans.items():
        for lower, higher in pairwise(sorted(epochs)):
            if max(epochs[lower]) > min(epochs[higher]):
                yield task, f"an attempt of epoch {lower} began after one of epoch {higher}"


def nothing_is_repeated(history: History) -> Found:
    """Where no worker dies and no API misbehaves, each call is answered once."""
    for before, after in repeats(history):
        yield after.key, f"was sent again by {after.worker} after {before.worker} got {before.fate}"
    for one in history.resolutions:
        yield f"{one.task}/{one.place}", "an operator was asked what became of it"


def a_silent_worker_is_taken_for_lost(history: History) -> Found:
    """One that stood still for far longer than its lease finds that it has to begin anew."""
    for pause in history.pauses:
        anew = any(one.worker == pause.worker and one.at > pause.ended for one in history.enlisted)
        if pause.ended - pause.began > TAKEN_FOR_LOST_S and not anew:
            yield pause.worker, f"stood still for {pause.ended - pause.began:.1f} s, and nobody took its tasks"


RULES: tuple[Rule, ...] = (
    ended_right,
    journal_is_tidy,
    nonces_are_the_oracle_s,
    values_are_published_unchanged,
    calls_are_made_from_the_right_values,
    acknowledged_is_kept,
    nothing_is_called_before_its_turn,
    a_call_keeps_its_key,
    nothing_is_blindly_repeated,
    results_are_not_asked_for_again,
    intervals_are_kept,
    an_epoch_has_one_holder,
    epochs_follow_one_another,
)


def repeats(history: History) -> list[tuple[Exchange, Exchange]]:
    """Calls that were sent again though the reply before did not put them off: their worker never got it, or died."""
    pairs = [pair for exchanges in history.of_call.values() for pair in pairwise(exchanges)]
    return [(before, after) for before, after in pairs if not before.was_put_off]
