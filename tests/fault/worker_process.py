"""A worker in a process of its own, with whatever fault it is told to have: `python -m tests.fault.worker_process`.

It drains on SIGTERM and dies with whoever holds its standard input. It logs what it was told is durable, one line
each, to a file that survives its death: what the database acknowledged must be there in the end.
"""

# ruff: noqa: E402  the patch has to come before every other import
from gevent import monkey

monkey.patch_all()

import argparse
import logging
import os
import signal
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import gevent
from gevent.event import Event as Signal
from gevent.socket import wait_read

from engine.call import Caller
from engine.dispatch import LocalDispatch
from engine.garbage import collected_on_the_hub
from engine.run import SystemClock
from engine.script import Evaluator
from engine.store import Store
from engine.worker import Worker, WorkerSettings
from tests.fault import points, unfenced
from tests.fault.diary import Diary

BLOCKING_SLEEP = monkey.get_original("time", "sleep")


class SkewedClock(SystemClock):
    """Wrong by so many seconds; the monotonic clock is right."""

    def __init__(self, skew_s: float) -> None:
        self._skew = timedelta(seconds=skew_s)

    def now(self) -> datetime:
        return datetime.now(UTC) + self._skew


def main() -> None:
    options = _options()
    logging.basicConfig(level=logging.WARNING, format="%(asctime)s %(levelname)s %(message)s")
    with options.diary.open("a", buffering=1, encoding="utf-8") as file:
        diary = Diary(file, options.name, options.clock_skew)
        diary.install()
        if options.unfenced:
            unfenced.install()
        _install_points(options)
        _run(options, diary)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    parser.add_argument("--name", required=True)
    parser.add_argument("--diary", type=Path, required=True)
    parser.add_argument("--lease", type=float, default=1.5)
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
    return parser.parse_args()


def _install_points(options: argparse.Namespace) -> None:
    if options.kill_at:
        points.install(options.kill_at, options.nth, signal.SIGKILL)
    if options.stop_at:
        points.install(options.stop_at, options.nth, signal.SIGSTOP)
    if options.poison:
        points.install_poison(options.poison)


def _run(options: argparse.Namespace, diary: Diary) -> None:
    store = Store.at(os.environ["STEPLINE_MONGO_URI"])
    caller, evaluator = Caller(user_agent=options.name), Evaluator(workers=1)
    clock = SkewedClock(options.clock_skew)
    worker = Worker(store, caller, evaluator, LocalDispatch(), clock, _settings(options))
    with collected_on_the_hub():
        worker.start()
        blocker = gevent.spawn(_block_hub, options.block_hub_every, options.block_hub_for, diary)
        _wait_for_the_end()
        blocker.kill()
        worker.drain()
    evaluator.close()
    caller.close()
    store.close()


def _settings(options: argparse.Namespace) -> WorkerSettings:
    """As the product derives them from the lease."""
    return WorkerSettings(
        lease_s=options.lease,
        renew_s=options.lease / 6,
        margin_s=options.lease / 6,
        sweep_s=0.2,
        park_after_s=0.3,
        grace_s=options.grace,
        tasks=options.tasks,
    )


def _wait_for_the_end() -> None:
    told = Signal()
    gevent.signal_handler(signal.SIGTERM, told.set)
    gevent.spawn(_die_with_parent)
    told.wait()


def _die_with_parent() -> None:
    wait_read(0)
    os._exit(1)


def _block_hub(every_s: float, for_s: float, diary: Diary) -> None:
    """Nothing of this process runs meanwhile, as with a long computation. Never, with `every_s` 0."""
    while every_s:
        gevent.sleep(every_s)
        began = time.monotonic()
        BLOCKING_SLEEP(for_s)
        diary.note("paused", began=began)


if __name__ == "__main__":
    main()
