"""A database that dies or cannot be reached, replies of writes that get lost, APIs that misbehave."""

from __future__ import annotations

import json
import os
import signal
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from functools import partial
from itertools import cycle
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import gevent

from engine.store import StoreError
from engine.store.embedded import Embedded
from tests.fault.exchange import LEASE_S, Fate
from tests.fault.finding import Finding, together
from tests.fault.ground import QUIET_LEASE_S, Ground, Size, closed, opened, start_some
from tests.fault.proxy import Proxy
from tests.fault.trial import Trial

DEATHS = 4
"""So many deaths of one database server at the most: its supervisor gives up after the fifth short life in a row."""
LOST = 0.05
CHAOS = {
    Fate.ERROR: 0.06,
    Fate.BUSY: 0.02,
    Fate.TIMEOUT: 0.03,
    Fate.RESET_BEFORE: 0.03,
    Fate.RESET_AFTER: 0.03,
    Fate.TRUNCATED: 0.03,
    Fate.GARBAGE: 0.03,
    Fate.BOMB: 0.02,
    Fate.DRIP: 0.03,
    Fate.SLOW: 0.03,
}


def database_kills(ground: Ground, size: Size) -> Finding:
    """kill -9 of the database under load; its supervisor starts it again. A fresh server after every few deaths."""
    servers = -(-size.times // DEATHS)
    share = Size(size.tasks // servers, size.times // servers)
    return together([_killed_database(replace(ground, seed=ground.seed + number), share) for number in range(servers)])


def _killed_database(ground: Ground, size: Size) -> Finding:
    folder = ground.folder / f"killed{time.time_ns()}"
    with Embedded(folder) as running, replace(ground, uri=running.uri).trial() as trial:
        began = opened(trial, 3)
        for _ in range(size.times):
            start_some(trial, size)
            gevent.sleep(trial.rng.uniform(0.3, 1.0))
            _kill_database(folder)
            _await_database(trial)
        return closed(trial, "database kill -9", size, began)


def _kill_database(folder: Path) -> None:
    os.kill(json.loads((folder / "server.json").read_text())["server"], signal.SIGKILL)


def _await_database(trial: Trial) -> None:
    while True:
        with suppress(StoreError):
            trial.store.leases.workers()
            return


def lost_replies(ground: Ground, size: Size) -> Finding:
    """Of every twentieth write the reply is lost: it was carried out, and its worker does not know."""
    with proxy_to(ground.uri, seed=ground.seed, lose_replies=LOST) as proxy, ground.trial() as trial:
        began = opened(trial, 3, uri=by_way_of(proxy, trial.uri))
        trial.start(size.tasks)
        finding = closed(trial, "lost replies, 5 %", size, began)
        return replace(finding, times=proxy.lost)


def broken_lines(ground: Ground, size: Size) -> Finding:
    """The way to the database is cut, closed or blocked, for shorter and for longer than a lease."""
    with proxy_to(ground.uri, seed=ground.seed, latency_s=0.002) as proxy, ground.trial() as trial:
        began = opened(trial, 3, uri=by_way_of(proxy, trial.uri))
        blocks = (proxy.refuse_for, proxy.pause_for)
        lasting = [partial(block, seconds) for seconds in (0.7, LEASE_S + 0.7) for block in blocks]
        breaks: list[Callable[[], None]] = [proxy.drop, *lasting]
        for _, break_ in zip(range(size.times), cycle(breaks), strict=False):
            start_some(trial, size)
            gevent.sleep(trial.rng.uniform(0.3, 1.0))
            break_()
        return closed(trial, "broken lines", size, began)


def proxy_to(uri: str, **faults: Any) -> Proxy:
    """A proxy to the database at `uri`; `faults` are those of `Proxy`."""
    parts = urlsplit(uri)
    assert parts.hostname
    assert parts.port
    return Proxy(parts.hostname, parts.port, **faults)


def by_way_of(proxy: Proxy, uri: str) -> str:
    """The database at `uri`, through the proxy."""
    parts = urlsplit(uri)
    return urlunsplit(parts._replace(netloc=f"{parts.netloc.rpartition(':')[0]}:{proxy.port}"))


def api_chaos(ground: Ground, size: Size) -> Finding:
    """About every third request ends in some other way than well; `times` counts those.

    Nobody loses a lease meanwhile: this is about APIs, and a crowded machine must not be taken for a dead worker.
    """
    with ground.trial(chaos=CHAOS) as trial:
        began = opened(trial, 2, lease=QUIET_LEASE_S)
        trial.start(size.tasks)
        trial.finish(size.patience_s)
        memory = max(member.peak_memory_mb for member in trial.crew.alive)
        finding = closed(trial, "API chaos", size, began, f"{memory:.0f} MB of memory at the most")
        return replace(finding, times=trial.misbehaved)
