"""The sandbox: pydantic-monty's worker processes, called from native threads so that the hub never waits.

It runs code and hands back text. It does not know what the code means; every failure comes back as a Failure.
"""

import os
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import gevent
from gevent.lock import BoundedSemaphore
from gevent.threadpool import ThreadPool
from pydantic_monty import (
    CollectString,
    Monty,
    MontyCrashedError,
    MontyError,
    MontyRuntimeError,
    MontySyntaxError,
    ResourceLimits,
)

from engine.script.errors import ErrorKind, ScriptError

MAX_PRINTED_BYTES = 64 * 1024
MAX_MESSAGE_CHARS = 500


@dataclass(frozen=True)
class Limits:
    """What one evaluation may use; times in seconds."""

    run_s: float = 0.25
    run_s_per_input_mb: float = 0.05
    grace_s: float = 0.1
    """How long a worker may take to notice that its time is up before it is killed."""
    request_s: float = 5.0
    queue_s: float = 5.0
    stuck_s: float = 5.0  # beyond all that the others allow: then a thread is given up
    """How long an evaluation may wait for a free worker."""
    memory_bytes: int = 64 * 1024**2
    recursion_depth: int = 200
    input_bytes: int = 4 * 1024**2
    output_bytes: int = 1024**2
    runs_per_worker: int = 1000

    def run_s_for(self, input_bytes: int) -> float:
        return self.run_s + self.run_s_per_input_mb * input_bytes / 1e6


@dataclass(frozen=True)
class Frame:
    function: str | None
    line: int


@dataclass(eq=False)
class Failure(Exception):
    """Why a run gave no result; `frames` are outermost first, in lines of the code that was sent."""

    kind: ErrorKind
    message: str
    frames: tuple[Frame, ...] = ()


class WorkerPool:
    """Starts its workers at the first run, so after the fork of a pre-forking server; again after `close`."""

    def __init__(self, workers: int, limits: Limits) -> None:
        self.workers = workers
        self.limits = limits
        self._running: _Running | None = None

    def run(self, code: str, texts: list[str], slots: list[int]) -> str:
        """Return the text that the code's last expression gives. Raises Failure; never blocks the hub.

        A script has no effects: one whose thread does not come back is run again by new workers.
        """
        try:
            return self._run(code, texts, slots)
        except gevent.Timeout:
            self._running = None  # whatever holds the thread up holds it for good: leave it behind
        try:
            return self._run(code, texts, slots)
        except gevent.Timeout:
            self._running = None
            raise Failure("unavailable", "the script workers do not answer") from None

    def _run(self, code: str, texts: list[str], slots: list[int]) -> str:
        running = self._start()
        if not running.free.acquire(timeout=self.limits.queue_s):
            raise Failure("busy", "all script workers are busy")
        try:
            # gevent's pool prints the tracebacks of what its jobs raise, so they return it.
            job = running.threads.spawn(_caught, lambda: self._feed(running.monty, code, texts, slots))
            outcome = job.get(timeout=self._patience_s(texts))
        finally:
            running.free.release()
        if isinstance(outcome, Failure):
            raise outcome
        return self._text(outcome)

    def _patience_s(self, texts: list[str]) -> float:
        """Longer than all that a run is allowed, tries included."""
        limits = self.limits
        one_try = limits.queue_s + limits.request_s + limits.grace_s + limits.run_s_for(sum(map(len, texts)))
        return one_try * (self.workers + 1) + limits.stuck_s

    def close(self) -> None:
        """End the workers; a second time it does nothing, and in a forked child they are not ours to end."""
        running, self._running = self._running, None
        if running is not None and running.pid == os.getpid():
            running.threads.kill()
            running.monty.__exit__(None, None, None)

    def _text(self, outcome: Any) -> str:
        """An object that a worker made is not even looked at: to show it could take forever."""
        if type(outcome) is not str:
            raise Failure("result", "the result is no text")
        if len(outcome) > self.limits.output_bytes:
            raise Failure("result", f"the result is larger than {self.limits.output_bytes} bytes")
        return outcome

    def _start(self) -> "_Running":
        if self._running is None or self._running.pid != os.getpid():
            _claim_process()
            self._running = _Running(self.workers, self.limits)
        return self._running

    def _feed(self, monty: Monty, code: str, texts: list[str], slots: list[int]) -> Any:
        """Runs in a native thread.

        A script has no effects, so it is tried again when its worker dies: all may have died while idle, or
        been killed for a neighbour's sake. Why one died is not always known, as gevent may have reaped it
        first.
        """
        tries_left = self.workers + 1
        while True:
            tries_left -= 1
            try:
                return self._feed_once(monty, code, texts, slots)
            except MontyCrashedError as error:
                if error.timed_out or "request timeout" in str(error):
                    raise Failure("timeout", too_slow(self.limits, texts)) from None
                if not tries_left:
                    raise Failure("memory", "the script used too much memory or crashed its worker") from None

    def _feed_once(self, monty: Monty, code: str, texts: list[str], slots: list[int]) -> Any:
        # Data crosses as text both ways: native objects hold the GIL, and shared ones explode when they are
        # shown.
        inputs = {"_sbx_texts": texts, "_sbx_slots": slots}
        printed = CollectString(max_bytes=MAX_PRINTED_BYTES)
        try:
            with monty.checkout(script_name="script", limits=_resource_limits(self.limits, texts)) as session:
                return session.feed_run(code, inputs=inputs, print_callback=printed)
        except (MontyRuntimeError, MontySyntaxError) as error:
            raise _failure(error, too_slow(self.limits, texts)) from None


class _Running:
    """The processes and threads of one pool in one process."""

    def __init__(self, workers: int, limits: Limits) -> None:
        self.pid = os.getpid()
        self.free = BoundedSemaphore(workers)
        self.threads = ThreadPool(workers)  # not the hub's, which serves name look-ups
        self.monty = Monty(
            min_processes=workers,
            max_processes=workers,
            checkout_timeout=limits.queue_s,
            request_timeout=limits.request_s,
            feed_duration_limit_grace=limits.grace_s,
            turn_duration_limit_grace=limits.grace_s,
            max_checkouts_per_worker=limits.runs_per_worker,
        )
        self.monty.__enter__()


_owner_pids: list[int] = []


def _claim_process() -> None:
    """The runtime behind the workers does not survive a fork: in the child it would hang."""
    if not _owner_pids:
        _owner_pids.append(os.getpid())
    if _owner_pids[0] != os.getpid():
        raise Failure("unavailable", "the script workers were started before a fork; evaluate only after it")


def _caught(job: Callable[[], Any]) -> Any:
    try:
        return job()
    except Failure as failure:
        return failure
    except TimeoutError:
        return Failure("busy", "all script workers are busy")
    except (MontyError, OSError, RuntimeError, ValueError, TypeError) as error:
        return Failure("unavailable", f"the script worker failed: {type(error).__name__}: {error}")


def _resource_limits(limits: Limits, texts: list[str]) -> ResourceLimits:
    return {
        "max_feed_duration_secs": limits.run_s_for(sum(map(len, texts))),
        "max_memory": limits.memory_bytes,
        "max_recursion_depth": limits.recursion_depth,
        "max_suspensions": 16,
        "max_total_sleep_secs": 0.0,
    }


def too_slow(limits: Limits, texts: list[str]) -> str:
    return f"the script ran longer than {limits.run_s_for(sum(map(len, texts))) * 1000:.0f} ms"


def _failure(error: MontyRuntimeError | MontySyntaxError, slow: str) -> Failure:
    text = error.display("type-msg")[:MAX_MESSAGE_CHARS]
    frames = tuple(Frame(frame.function_name, frame.line) for frame in error.traceback())
    name = text.partition(":")[0]
    if name == "TimeoutError" and "limit exceeded" in text:
        return Failure("timeout", slow if "feed time" in text else "scripts cannot sleep", frames)
    if name == "MemoryError":
        return Failure("memory", "the script used too much memory", frames)
    if isinstance(error, MontySyntaxError) or (frames and frames[0].function is None):
        return Failure("syntax", text.partition(": ")[2], frames)
    return Failure("runtime", text, frames)


def as_script_error(failure: Failure) -> ScriptError:
    """Return a failure that has nothing to do with a line of a script."""
    return ScriptError(failure.kind, failure.message)
