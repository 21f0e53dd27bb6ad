"""What a fault came to: figures for the table, violations for the test."""

from __future__ import annotations

import statistics
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace

from tests.fault.checker import History, Rule, Violation, check, counted, repeats
from tests.fault.trial import Loss, Trial

_COLUMNS = (
    *("fault", "tasks", "faults", "nonces", "unknown", "repeats", "same key"),
    *("back p50/max s", "took s", "violations"),
)


@dataclass(frozen=True)
class Finding:
    """`times`: how often the fault was injected. `back_s`: from each loss of a worker to its tasks' next calls."""

    fault: str
    tasks: int
    times: int
    nonces: int
    unknown: int
    repeats: int
    same_key: bool
    took_s: float
    back_s: Sequence[float] = ()
    violations: Sequence[Violation] = ()
    notes: Sequence[str] = field(default_factory=list)

    def and_also(self, violations: Sequence[Violation]) -> Finding:
        return replace(self, violations=[*self.violations, *violations])

    @property
    def cells(self) -> tuple[str, ...]:
        back = f"{statistics.median(self.back_s):.1f} / {max(self.back_s):.1f}" if self.back_s else "-"
        key = "-" if not self.repeats else "yes" if self.same_key else "NO"
        figures = (self.tasks, self.times, self.nonces, self.unknown, self.repeats)
        return (self.fault, *map(str, figures), key, back, f"{self.took_s:.0f}", str(len(self.violations)))


def judge(
    trial: Trial,
    fault: str,
    began: float,
    notes: Sequence[str] = (),
    times: int = 0,
    also: Sequence[Rule] = (),
    skip: Sequence[Rule] = (),
) -> Finding:
    """Ends the trial and lets the checker look at it."""
    took_s = time.monotonic() - began
    history = trial.history()
    again = repeats(history)
    return Finding(
        fault=fault,
        tasks=len(trial.tasks),
        times=times,
        nonces=len(counted(history)),
        unknown=len(trial.resolutions),
        repeats=len(again),
        same_key=all(before.key == after.key for before, after in again),
        took_s=took_s,
        back_s=_seconds_back(trial.losses, history),
        violations=check(history, also, skip),
        notes=[*notes, *trial.crew.complaints()],
    )


def _seconds_back(losses: Iterable[Loss], history: History) -> list[float]:
    """For every task that a lost worker held: until it was called for again, whoever did."""
    found = []
    for loss in losses:
        for task in loss.tasks:
            later = [one.asked_at for one in history.exchanges if one.task == task and one.asked_at > loss.at]
            found += [min(later) - loss.at] if later else []
    return found


def together(findings: Sequence[Finding]) -> Finding:
    """Several trials of one fault as one."""
    return Finding(
        fault=findings[0].fault,
        tasks=sum(one.tasks for one in findings),
        times=sum(one.times for one in findings),
        nonces=sum(one.nonces for one in findings),
        unknown=sum(one.unknown for one in findings),
        repeats=sum(one.repeats for one in findings),
        same_key=all(one.same_key for one in findings),
        took_s=sum(one.took_s for one in findings),
        back_s=[seconds for one in findings for seconds in one.back_s],
        violations=[violation for one in findings for violation in one.violations],
        notes=[note for one in findings for note in one.notes],
    )


def table(findings: Iterable[Finding]) -> str:
    rows = [_COLUMNS, *(finding.cells for finding in findings)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(_COLUMNS))]
    return "\n".join(_line(row, widths) for row in rows)


def _line(row: Sequence[str], widths: Sequence[int]) -> str:
    return "  ".join(_padded(cell, width, column) for column, (cell, width) in enumerate(zip(row, widths, strict=True)))


def _padded(cell: str, width: int, column: int) -> str:
    return cell.rjust(width) if column else cell.ljust(width)
