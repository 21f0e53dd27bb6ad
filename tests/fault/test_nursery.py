"""Nobody outlives the nursery; how a process ended stands beside its log."""

import os
import signal
from pathlib import Path

import pytest

from tests.fault.crew import Child, Nursery


def an_oracle(nursery: Nursery, folder: Path) -> Child:
    args = ["--log", str(folder / "oracle.log"), "--address", str(folder / "oracle.address")]
    return Child(nursery, "oracle", folder / "oracle.out", args)


def test_whoever_is_left_goes_with_the_nursery_also_when_it_is_stopped(tmp_path: Path) -> None:
    with Nursery() as nursery:
        child = an_oracle(nursery, tmp_path)
        child.send(signal.SIGSTOP)
    with pytest.raises(ProcessLookupError):
        os.kill(child.pid, 0)


def test_a_child_that_was_killed_has_an_exit_code_that_says_so(tmp_path: Path) -> None:
    with Nursery() as nursery:
        child = an_oracle(nursery, tmp_path)
        child.kill()
        assert child.wait_for_the_end() == -signal.SIGKILL


def test_a_child_that_cannot_begin_says_why_in_its_log(tmp_path: Path) -> None:
    with Nursery() as nursery:
        child = Child(nursery, "worker", tmp_path / "w1.log", ["--name", "w1", "--kill-at", "lunch"])
        assert child.wait_for_the_end() != 0
    assert "lunch" in child.log.read_text()
