"""Every fault by its name, with its sizes: short for each test run, medium for `make fault`, long for a release."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from tests.fault import deaths, outages, sleeps
from tests.fault.finding import Finding
from tests.fault.ground import Ground, Size

Length = Literal["short", "medium", "long"]


@dataclass(frozen=True, slots=True)
class Fault:
    """`run` injects it and judges what came of it."""

    run: Callable[[Ground, Size], Finding]
    short: Size
    medium: Size
    long: Size

    def of(self, length: Length) -> Size:
        size: Size = getattr(self, length)
        return size


FAULTS = {
    "kills": Fault(deaths.kills, Size(30, 3), Size(200, 20), Size(1000, 500)),
    "points": Fault(deaths.kills_at_points, Size(0, 1), Size(0, 3), Size(0, 20)),
    "rolling": Fault(deaths.rolling_restart, Size(20, 2), Size(100, 8), Size(300, 20)),
    "poison": Fault(deaths.poison, Size(8, 1), Size(40, 3), Size(60, 5)),
    "stops": Fault(sleeps.stops, Size(20, 2), Size(100, 8), Size(500, 50)),
    "stopped-at-points": Fault(sleeps.stops_at_points, Size(0, 1), Size(0, 2), Size(0, 10)),
    "blocked": Fault(sleeps.blocked_hubs, Size(16, 2), Size(100, 8), Size(500, 50)),
    "clocks": Fault(sleeps.wrong_clocks, Size(20, 3), Size(60, 6), Size(200, 20)),
    "database": Fault(outages.database_kills, Size(20, 1), Size(80, 4), Size(300, 20)),
    "lost-replies": Fault(outages.lost_replies, Size(15, 1), Size(100, 1), Size(500, 1)),
    "lines": Fault(outages.broken_lines, Size(20, 2), Size(100, 10), Size(300, 30)),
    "chaos": Fault(outages.api_chaos, Size(12, 1), Size(100, 1), Size(500, 1)),
    "control": Fault(sleeps.control, Size(30, 2), Size(30, 2), Size(60, 4)),
}
