"""The worker pool: it starts late, survives its workers, and never holds up the hub."""

import contextlib
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import gevent
import pytest
from gevent.monkey import get_original

from engine.script import Evaluator, Limits, Script, ScriptError

ONE = Script.expr("sum([0, 1])")
ENDLESS = Script.body("while True: pass")


@pytest.fixture
def evaluator():
    evaluator = Evaluator(workers=1)
    yield evaluator
    evaluator.close()


def children() -> set[int]:
    tasks = Path("/proc/self/task").glob("*/children")
    return {int(pid) for task in tasks for pid in task.read_text().split()}


def workers_of(evaluator: Evaluator) -> set[int]:
    """Start the pool of an evaluator that has none yet, and tell its processes."""
    before = children()
    evaluator.evaluate(ONE, {})
    return children() - before


def kill(pids: set[int]) -> None:
    for pid in pids:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)


linux = pytest.mark.skipif(sys.platform != "linux", reason="children are read from /proc")


@linux
def test_no_worker_starts_before_a_script_needs_one(evaluator):
    before = children()
    evaluator.evaluate(Script.expr("result.a == 1"), {"result": {"a": 1}})
    assert children() == before


@linux
def test_a_worker_killed_while_idle_is_replaced(evaluator):
    kill(workers_of(evaluator))
    assert evaluator.evaluate(ONE, {}) == 1


@linux
def test_all_workers_killed_at_once_are_replaced():
    evaluator = Evaluator(workers=3)
    kill(workers_of(evaluator))
    assert [evaluator.evaluate(ONE, {}) for _ in range(4)] == [1, 1, 1, 1]
    evaluator.close()


@linux
def test_a_script_whose_worker_is_killed_at_work_runs_in_another(evaluator):
    pids = workers_of(evaluator)
    endless = gevent.spawn(_error_of, evaluator, ENDLESS)
    gevent.idle()
    kill(pids)
    assert endless.get().kind == "timeout"


@linux
def test_a_script_whose_workers_die_again_and_again_is_given_up():
    evaluator = Evaluator(workers=1, limits=Limits(run_s=60, request_s=120))
    others = children()
    endless = gevent.spawn(_error_of, evaluator, ENDLESS)
    while not endless.ready():
        kill(children() - others)
        gevent.idle()
    assert endless.get().kind == "memory"
    assert evaluator.evaluate(ONE, {}) == 1
    evaluator.close()


def test_a_script_whose_thread_never_comes_back_is_run_again_by_new_workers(monkeypatch):
    evaluator = Evaluator(workers=1, limits=Limits(queue_s=0.1, request_s=0.1, run_s=0.1, stuck_s=0))
    never = get_original("threading", "Event")()
    feed, stuck = evaluator._pool._feed, iter([True])

    def stuck_once(*job: Any) -> Any:
        return never.wait() if next(stuck, False) else feed(*job)

    monkeypatch.setattr(evaluator._pool, "_feed", stuck_once)
    assert evaluator.evaluate(ONE, {}) == 1
    never.set()
    evaluator.close()


def _error_of(evaluator: Evaluator, script: Script) -> ScriptError:
    with pytest.raises(ScriptError) as caught:
        evaluator.evaluate(script, {})
    return caught.value


def test_other_greenlets_run_while_a_script_runs(evaluator):
    endless = gevent.spawn(_error_of, evaluator, ENDLESS)
    ticks = 0
    while not endless.ready():
        gevent.idle()
        ticks += 1
    assert endless.get().kind == "timeout"
    assert ticks > 10


def test_more_greenlets_than_workers_wait_their_turn(evaluator):
    jobs: list[Any] = [gevent.spawn(evaluator.evaluate, Script.expr(f"sum([{n}, 1])"), {}) for n in range(20)]
    gevent.joinall(jobs)
    assert [job.value for job in jobs] == list(range(1, 21))


def test_a_script_that_finds_no_free_worker_in_time_is_told_busy():
    evaluator = Evaluator(workers=1, limits=Limits(queue_s=0.01))
    endless = gevent.spawn(_error_of, evaluator, ENDLESS)
    gevent.idle()
    assert _error_of(evaluator, ONE).kind == "busy"
    assert endless.get().kind == "timeout"
    evaluator.close()


def test_what_a_script_prints_is_dropped(evaluator, capfd):
    assert evaluator.evaluate(Script.body("print('noise')\nreturn 1"), {}) == 1
    assert capfd.readouterr() == ("", "")


def test_sessions_share_nothing(evaluator):
    evaluator.evaluate(Script.body("import json\njson = 5\nreturn json"), {})
    assert _error_of(evaluator, Script.expr("leftover + 1")).kind == "name"


@linux
def test_closing_ends_the_workers_and_may_be_repeated(evaluator):
    pids = workers_of(evaluator)
    evaluator.close()
    evaluator.close()
    assert not pids & children()


def test_closing_what_never_started_does_nothing():
    Evaluator().close()


def test_a_closed_evaluator_starts_anew(evaluator):
    evaluator.evaluate(ONE, {})
    evaluator.close()
    assert evaluator.evaluate(ONE, {}) == 1


# The parent waits in the system call itself: gevent's waitpid waits for a SIGCHLD, and beside the runtime of the
# workers, which handles that signal too, one child in fifty is never reported.
AROUND_A_FORK = """
from gevent import monkey; monkey.patch_all()
import os, sys
from engine.script import Evaluator, Script, ScriptError
evaluator = Evaluator()
if sys.argv[1] == "used":
    evaluator.evaluate(Script.expr("sum([0, 1])"), {})
pid = os.fork()
if pid == 0:
    try:
        evaluator.evaluate(Script.expr("sum([0, 1])"), {})
        evaluator.close()
        code = 0
    except ScriptError as error:
        code = 10 if error.kind == "unavailable" else 11
    os._exit(code)
sys.exit(os.waitstatus_to_exitcode(monkey.get_original("os", "waitpid")(pid, 0)[1]))
"""


@pytest.mark.parametrize(("before_fork", "code"), [("unused", 0), ("used", 10)])
def test_an_evaluator_works_after_a_fork_if_it_was_not_used_before_and_else_says_so(before_fork, code):
    command = [sys.executable, "-c", AROUND_A_FORK, before_fork]
    assert subprocess.run(command, check=False, cwd=Path(__file__).parents[2], timeout=60).returncode == code


def test_a_process_that_forgot_to_close_still_ends():
    program = (
        "from gevent import monkey; monkey.patch_all()\n"
        "from engine.script import Evaluator, Script\n"
        "print(Evaluator().evaluate(Script.expr('sum([0, 1])'), {}))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program],
        check=True,
        capture_output=True,
        cwd=Path(__file__).parents[2],
        timeout=60,
    )
    assert done.stdout == b"1\n"
