"""Where trials take place, how large they are, and how each of them begins and ends."""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.fault.crew import Nursery
from tests.fault.finding import Finding, judge
from tests.fault.trial import Trial

QUIET_LEASE_S = 6.0
"""Where no worker is to be lost, however busy the machine."""


@dataclass(frozen=True, slots=True)
class Ground:
    """A database server, a folder for logs, where workers come from, and the seed of what is decided by chance."""

    nursery: Nursery
    uri: str
    folder: Path
    seed: int = 1

    def trial(self, **options: Any) -> Trial:
        return Trial(self.nursery, self.uri, self.folder, self.seed, **options)


@dataclass(frozen=True, slots=True)
class Size:
    tasks: int
    times: int
    """How often the fault is injected."""

    @property
    def patience_s(self) -> float:
        """Far longer than it should take: a trial that is not over by then is not going to be."""
        return 90 + self.tasks / 2 + self.times * 3


def opened(trial: Trial, workers: int, **options: Any) -> float:
    """Hires workers and waits until all have begun; when that was."""
    trial.crew.hire(workers, **options)
    trial.crew.begun()
    return time.monotonic()


def start_some(trial: Trial, size: Size, times: int | None = None) -> None:
    """Tasks are spread over the faults, so that there is work to disturb until the last."""
    share = -(-size.tasks // (times or size.times))
    trial.start(min(share, size.tasks - len(trial.tasks)))


def closed(trial: Trial, fault: str, size: Size, began: float, *notes: str, **options: Any) -> Finding:
    """Waits for the tasks, then judges; `options` are those of `judge`."""
    over = trial.finish(size.patience_s)
    notes = notes if over else (*notes, "not all tasks were over in time")
    return judge(trial, fault, began, notes, **{"times": size.times} | options)
