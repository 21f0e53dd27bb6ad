"""A worker in a process of its own, with whatever fault it is told to have; it drains on SIGTERM.

It logs what it was told is durable, one line each, to a file that survives its death: what the database acknowledged
must be there in the end.
"""

from __future__ import annotations

import argparse
import logging
import signal
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import gevent
from gevent import monkey
from gevent.event import Event as Signal

from engine import host
from engine.dispatch import LocalDispatch
from engine.run import SystemClock
from engine.settings import read_settings
from tests.fault import points, unfenced
from tests.fault.diary import Diary
from tests.fault.exchange import LEASE_S

PARK_AFTER_S = 0.3
BLOCKING_SLEEP = monkey.get_original("time", "sleep")


def main(args: list[str]) -> None:
    """Returns when the worker was told to end and has ended."""
    options = _options(args)
    logging.basicConfig(level=logging.WARNING, format="%(asctime)s %(levelname)s %(message)s")
    with options.diary.open("a", buffering=1, encoding="utf-8") as file:
        diary = Diary(file, options.name)
        diary.install()
        _install_faults(options)
        _run(options, diary)


def _options(args: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    parser.add_argument("--name", required=True)
    parser.add_argument("--diary", type=Path, required=True)
    parser.add_argument("--lease", type=float, default=LEASE_S)
    parser.add_argument("--grace", type=float, default=5.0)
    parser.add_argument("--tasks", type=int, default=30)
    parser.add_argument("--kill-at", choices=points.NAMES)
    parser.add_argument("--stop-at", choices=points.NAMES, help="SIGSTOP, until somebody sends SIGCONT")
    parser.add_argument("--nth", type=int, default=1)
    parser.add_argument("--poison", default="", help="calls of tasks whose id begins so kill the process")
    parser.add_argument("--clock-skew", type=float, default=0.0)
    parser.add_argument("--block-hub-every", type=float, default=0.0)
    parser.add_argument("--block-hub-for", type=float, default=0.0)
    parser.add_argument("--unfenced", action="store_true", help="the control: every fence is taken away")
    return parser.parse_args(args)


def _install_faults(options: argparse.Namespace) -> None:
    if options.unfenced:
        unfenced.install()
    if options.kill_at:
        points.install(options.kill_at, options.nth, signal.SIGKILL)
    if options.stop_at:
        points.install(options.stop_at, options.nth, signal.SIGSTOP)
    if options.poison:
        points.install_poison(options.poison)
    if options.clock_skew:
        _put_clock_wrong(timedelta(seconds=options.clock_skew))


def _put_clock_wrong(by: timedelta) -> None:
    def now(self: SystemClock) -> datetime:
        return datetime.now(UTC) + by

    SystemClock.now = now  # type: ignore[method-assign]


def _run(options: argparse.Namespace, diary: Diary) -> None:
    """Put together as the product does it."""
    settings = read_settings(
        lease_s=options.lease, grace_s=options.grace, tasks=options.tasks, park_after_s=PARK_AFTER_S, script_workers=1
    )
    host.VERSION = options.name  # type: ignore[attr-defined]  # part of the user agent: the oracle knows who calls
    with host.opened_store(settings) as store, host.running_worker(settings, store, LocalDispatch()):
        blocker = gevent.spawn(_block_hub, options.block_hub_every, options.block_hub_for, diary)
        _wait_for_the_end()
        blocker.kill()


def _wait_for_the_end() -> None:
    told = Signal()
    gevent.signal_handler(signal.SIGTERM, told.set)
    told.wait()


def _block_hub(every_s: float, for_s: float, diary: Diary) -> None:
    """Nothing of this process runs meanwhile, as with a long computation. Never, with `every_s` 0."""
    while every_s:
        gevent.sleep(every_s)
        began = time.monotonic()
        BLOCKING_SLEEP(for_s)
        diary.note("paused", began=began)
