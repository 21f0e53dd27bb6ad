"""Workers that do not notice the time: stopped, blocked, with a clock that is wrong, without fences."""

from __future__ import annotations

import signal
import time

import gevent

from tests.fault.checker import TAKEN_FOR_LOST_S, a_silent_worker_is_taken_for_lost, nothing_is_repeated
from tests.fault.crew import Member
from tests.fault.deaths import POINT_PATIENCE_S, TASKS_A_POINT, at_points, hire_for_point
from tests.fault.exchange import LOOK_S
from tests.fault.finding import Finding, judge
from tests.fault.ground import QUIET_LEASE_S, Ground, Size, closed, opened, start_some
from tests.fault.trial import Trial

CONTROL_PATIENCE_S = 5.0
STOPPED_S = (TAKEN_FOR_LOST_S + 0.2, TAKEN_FOR_LOST_S + 1)


def stops(ground: Ground, size: Size) -> Finding:
    """SIGSTOP for longer than the lease: others take over, the sleeper wakes and must not write."""
    with ground.trial() as trial:
        began = opened(trial, 3)
        for _ in range(size.times):
            start_some(trial, size)
            gevent.sleep(trial.rng.uniform(0.1, 0.6))
            _stop_one(trial)
        return closed(trial, "SIGSTOP > lease", size, began, also=[a_silent_worker_is_taken_for_lost])


def _stop_one(trial: Trial) -> None:
    member = trial.any_holder()
    member.send(signal.SIGSTOP)
    stopped = time.monotonic()
    trial.note_loss(member)
    gevent.sleep(trial.rng.uniform(*STOPPED_S))
    _wake(trial, member, stopped)


def _wake(trial: Trial, member: Member, stopped: float) -> None:
    member.send(signal.SIGCONT)
    trial.note_pause(member, stopped)


def stops_at_points(ground: Ground, size: Size) -> Finding:
    """Workers that stop at every named point, `times` at each, and wake when others have taken over."""
    with ground.trial() as trial:
        began = opened(trial, 1, tasks=2)
        came, missed = at_points(trial, size, _stopped_at)
        return closed(trial, "SIGSTOP at points", size, began, *missed, times=came)


def _stopped_at(trial: Trial, names: list[str]) -> list[str]:
    """Hires one for each point; wakes them all when the lease of the last is over. The points that nobody came to."""
    sleepers = {name: hire_for_point(trial, stop_at=name) for name in names}
    trial.crew.begun()
    trial.start(TASKS_A_POINT * len(names))
    since = _stopped_since(list(sleepers.values()))
    gevent.sleep(STOPPED_S[0])
    for sleeper in sleepers.values():
        if sleeper.name in since:
            _wake(trial, sleeper, since[sleeper.name] - LOOK_S)
        else:
            sleeper.kill()
    gevent.sleep(1)  # what they are about to do wrong, they do now
    for sleeper in sleepers.values():
        sleeper.leave()
    return [name for name, sleeper in sleepers.items() if sleeper.name not in since]


def _stopped_since(sleepers: list[Member]) -> dict[str, float]:
    """Waits for all to stop, within reason; when each did."""
    since: dict[str, float] = {}
    ends = time.monotonic() + POINT_PATIENCE_S
    while len(since) < len(sleepers) and time.monotonic() < ends:
        since |= {one.name: time.monotonic() for one in sleepers if one.stopped and one.name not in since}
        gevent.sleep(LOOK_S)
    return since


def blocked_hubs(ground: Ground, size: Size) -> Finding:
    """Workers whose hub stands still for longer than the lease, again and again, beside one that runs."""
    with ground.trial() as trial:
        trial.crew.hire(2, block_hub_every=0.7, block_hub_for=STOPPED_S[0], tasks=4)
        began = opened(trial, 1, tasks=6)
        for _ in range(size.times):
            start_some(trial, size)
            gevent.sleep(1)
        return closed(trial, "blocked hub", size, began)


def wrong_clocks(ground: Ground, size: Size) -> Finding:
    """Two workers whose clocks are an hour apart: what they wait for comes at another time, nothing else."""
    with ground.trial() as trial:
        trial.crew.hire(clock_skew=3600, lease=QUIET_LEASE_S)
        began = opened(trial, 1, lease=QUIET_LEASE_S)
        for _ in range(size.times):
            start_some(trial, size)
            gevent.sleep(1)
        return closed(trial, "clocks 1 h apart", size, began, also=[nothing_is_repeated])


def control(ground: Ground, size: Size) -> Finding:
    """Workers without fences that are stopped as in `stops`: the checker must find what they do to each other."""
    with ground.trial() as trial:
        began = opened(trial, 3, unfenced=True, tasks=6)
        for _ in range(size.times):
            start_some(trial, size)
            gevent.sleep(trial.rng.uniform(0.1, 0.3))
            _stop_one(trial)
        trial.finish(CONTROL_PATIENCE_S)
        return judge(trial, "control, unfenced", began, times=size.times)
