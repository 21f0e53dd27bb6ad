"""The faults, each a function from a ground and a size to a finding."""

from __future__ import annotations

import itertools
import signal
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import gevent

from tests.fault import points
from tests.fault.crew import Member
from tests.fault.exchange import Fate
from tests.fault.finding import Finding, judge
from tests.fault.trial import Trial

LEASE_S = 1.5
_POINT_PATIENCE_S = 10.0


@dataclass(frozen=True, slots=True)
class Ground:
    """Where trials take place: a database server, a folder for their logs."""

    uri: str
    folder: Path
    seed: int = 1

    def trial(self, **options: Any) -> Trial:
        return Trial(self.uri, self.folder, self.seed, **options)


@dataclass(frozen=True, slots=True)
class Size:
    tasks: int
    times: int
    """How often the fault is injected."""

    @property
    def patience_s(self) -> float:
        """Far longer than it should take: a trial that is not over by then is not going to be."""
        return 60 + self.tasks / 2 + self.times * 3


# -- workers that die --------------------------------------------------------------------------------


def kills(ground: Ground, size: Size) -> Finding:
    """kill -9 of workers at any moment; another is hired for each."""
    with ground.trial() as trial:
        began = _opened(trial, 3)
        for _ in range(size.times):
            _start_some(trial, size.tasks, size.times)
            gevent.sleep(trial.rng.uniform(0.1, 0.7))
            trial.kill_one()
            trial.crew.hire()
            trial.crew.begun()
        return _closed(trial, "kill -9", size, size.times, began)


def _opened(trial: Trial, workers: int, **options: Any) -> float:
    """When the workers have begun."""
    trial.crew.hire(workers, **options)
    trial.crew.begun()
    return time.monotonic()


def _start_some(trial: Trial, tasks: int, times: int) -> None:
    """Tasks are spread over the faults, so that there is work to disturb until the last."""
    trial.start(min(-(-tasks // times), tasks - len(trial.tasks)))


def _closed(trial: Trial, fault: str, size: Size, times: int, began: float, *notes: str) -> Finding:
    over = trial.finish(size.patience_s)
    return judge(trial, fault, times, began, [*notes, *([] if over else ["not all tasks were over in time"])])


def kills_at_points(ground: Ground, size: Size) -> Finding:
    """Workers that die at every named point, `times` at each; one sturdy worker goes on."""
    with ground.trial() as trial:
        began = _opened(trial, 1, tasks=5)
        turns = [name for name in points.NAMES for _ in range(size.times)]
        trial.rng.shuffle(turns)
        missed = [name for some in _batches(turns, 4) for name in _killed_at(trial, some, size.tasks)]
        trial.crew.hire()
        notes = [f"nobody came to {', '.join(missed)}"] if missed else []
        return _closed(trial, "kill -9 at points", size, len(turns) - len(missed), began, *notes)


def _batches(names: list[str], count: int) -> list[list[str]]:
    return [names[start : start + count] for start in range(0, len(names), count)]


def _killed_at(trial: Trial, names: list[str], tasks: int) -> list[str]:
    """Hires one for each point and sees them die; the points that nobody came to."""
    victims = {name: _at_point(trial, "kill_at", name) for name in names}
    trial.start(tasks)
    ends = time.monotonic() + _POINT_PATIENCE_S
    for victim in victims.values():
        if victim.died_within(max(0.0, ends - time.monotonic())):
            trial.note_loss(victim)
    missed = [name for name, victim in victims.items() if victim.alive]
    for name in missed:
        victims[name].kill()
    return missed


def _at_point(trial: Trial, what: str, name: str) -> Member:
    (member,) = trial.crew.hire(**{what: name}, nth=trial.rng.randint(1, 6))
    return member


# -- workers that sleep ------------------------------------------------------------------------------


def stops(ground: Ground, size: Size) -> Finding:
    """SIGSTOP for longer than the lease: another takes over, the sleeper wakes and must not write."""
    with ground.trial() as trial:
        began = _opened(trial, 3)
        for _ in range(size.times):
            _start_some(trial, size.tasks, size.times)
            gevent.sleep(trial.rng.uniform(0.1, 0.6))
            _stop_one(trial)
        return _closed(trial, "SIGSTOP > lease", size, size.times, began)


def _stop_one(trial: Trial) -> None:
    member = trial.rng.choice(trial.crew.alive)
    member.send(signal.SIGSTOP)
    stopped = time.monotonic()
    gevent.sleep(LEASE_S + trial.rng.uniform(0.3, 1.2))
    member.send(signal.SIGCONT)
    trial.note_pause(member, stopped)


def blocked_hubs(ground: Ground, size: Size) -> Finding:
    """Workers whose hub stands still for longer than the lease, again and again, beside one that runs."""
    with ground.trial() as trial:
        trial.crew.hire(2, block_hub_every=0.7, block_hub_for=LEASE_S + 0.7)
        began = _opened(trial, 1)
        for _ in range(size.times):
            _start_some(trial, size.tasks, size.times)
            gevent.sleep(LEASE_S)
        return _closed(trial, "blocked hub", size, size.times, began)


FAULTS: dict[str, Callable[[Ground, Size], Finding]] = {
    "kills": kills,
    "points": kills_at_points,
    "stops": stops,
    "blocked": blocked_hubs,
}
_ = itertools, Fate
