"""Where processes are born: `python -m tests.fault.nursery` loads the engine once and forks a process per line.

Loading takes a second of processor time, of which a run of hundreds of kills would be made. Each line on standard input
is a JSON object: what it is to be, its arguments, its log, the database. The answer is its number; when it has ended,
its exit code stands in a file beside its log. When standard input ends, whoever is left is killed: nobody outlives us.
"""

# ruff: noqa: E402  the patch has to come before every other import
from gevent import monkey

monkey.patch_all()

import gc
import json
import os
import random
import signal
import sys
import traceback
from pathlib import Path
from typing import Any

from tests.fault import oracle, worker_process

LOOK_S = 0.01
_TRADES = {"worker": worker_process.main, "oracle": oracle.main}
# the patched ones would start a hub, and a process with a hub is not for forking
_select = monkey.get_original("select", "select")
_waitpid = monkey.get_original("os", "waitpid")


def exit_file(log: Path) -> Path:
    return log.with_suffix(".exit")


def main() -> None:
    gc.freeze()
    children: dict[int, Path] = {}
    while (line := _next_line()) is not None:
        _reap(children)
        if line:
            order = json.loads(line)
            pid = _bear(order)
            children[pid] = Path(order["log"])
            sys.stdout.write(f"{pid}\n")
            sys.stdout.flush()
    for pid in children:
        os.kill(pid, signal.SIGKILL)
        _waitpid(pid, 0)


def _next_line() -> str | None:
    """Empty when there is none yet, None at the end. Who writes waits for the answer: there is never a second one."""
    ready, _, _ = _select([0], [], [], LOOK_S)
    return (sys.stdin.readline() or None) if ready else ""


def _bear(order: dict[str, Any]) -> int:
    pid = os.fork()
    if pid == 0:
        _live(order)
    return pid


def _live(order: dict[str, Any]) -> None:
    """As a process that was started by itself would; never returns."""
    code = 1
    try:
        _redirect(Path(order["log"]))
        os.environ["STEPLINE_MONGO_URI"] = order["uri"]
        random.seed()
        _TRADES[order["trade"]](order["args"])
        code = 0
    except BaseException:  # noqa: BLE001  whatever it is, it is not for our parent's stack
        traceback.print_exc()
    finally:
        sys.stderr.flush()
        os._exit(code)


def _redirect(log: Path) -> None:
    for source, flags, targets in ((os.devnull, os.O_RDONLY, (0,)), (str(log), os.O_WRONLY | os.O_CREAT, (1, 2))):
        descriptor = os.open(source, flags, 0o600)
        for target in targets:
            os.dup2(descriptor, target)


def _reap(children: dict[int, Path]) -> None:
    for pid, log in list(children.items()):
        ended, status = _waitpid(pid, os.WNOHANG)
        if ended:
            del children[pid]
            fresh = log.with_suffix(".new")
            fresh.write_text(str(os.waitstatus_to_exitcode(status)))
            fresh.replace(exit_file(log))


if __name__ == "__main__":
    main()
