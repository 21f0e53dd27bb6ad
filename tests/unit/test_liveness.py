"""A worker is lost when it was silent while we watched, or when its process is known to be gone; never by a clock."""

import os
import subprocess
import sys

import pytest

from engine.liveness import Watch, is_gone, this_process
from engine.store import WorkerInfo

LEASE_S = 30.0


def worker(beat: int = 0, id_: str = "w", **about: object) -> WorkerInfo:
    return WorkerInfo(id_, beat, LEASE_S, **about)  # type: ignore[arg-type]


def watched(*beats: int, every_s: float = 1.0) -> list[WorkerInfo]:
    """What the last of these looks finds, one `every_s`."""
    watch = Watch(blind_after_s=10)
    for number, beat in enumerate(beats):
        found = watch.silent([worker(beat)], number * every_s)
    return found


def test_who_does_not_renew_for_a_whole_lease_is_lost() -> None:
    assert watched(*[7] * 31) == []
    assert watched(*[7] * 32) == [worker(7)]


def test_who_renews_is_not_lost() -> None:
    assert watched(*[number // 20 for number in range(100)]) == []


def test_the_first_look_never_finds_anybody_lost() -> None:
    assert watched(7) == []


def test_who_could_not_look_gives_everybody_a_whole_lease_again() -> None:
    """Whatever kept us from looking (the database away) may have kept them from renewing."""
    watch = Watch(blind_after_s=10)
    for second in range(25):
        watch.silent([worker()], second)
    assert watch.silent([worker()], 60) == []
    assert all(not watch.silent([worker()], 60 + second) for second in range(1, 31))
    assert watch.silent([worker()], 91)


def test_each_has_its_own_time() -> None:
    watch = Watch(blind_after_s=10)
    for second in range(20):
        watch.silent([worker(id_="old")], second)
    found = [watch.silent([worker(id_="old"), worker(id_="new")], second) for second in range(20, 40)]
    assert found[-1] == [worker(id_="old")]


def test_a_short_lease_is_judged_as_well() -> None:
    """Whoever looks less often than a lease lasts would count anew each time, and find nobody lost ever."""
    watch = Watch(blind_after_s=3)
    found = [watch.silent([WorkerInfo("w", 0, 1.5)], second) for second in range(4)]
    assert [len(one) for one in found] == [0, 0, 1, 1]


# -- processes ---------------------------------------------------------------------------------------


@pytest.fixture
def boot() -> str:
    known = this_process().boot
    if not known:
        pytest.skip("this system does not tell one start of a machine from another")
    return known


def test_we_are_not_gone(boot: str) -> None:
    me = this_process()
    assert not is_gone(worker(pid=me.pid, boot=me.boot, born=me.born), boot)


def test_a_process_that_has_ended_is_gone(boot: str) -> None:
    with subprocess.Popen([sys.executable, "-c", ""]) as ended:
        pass
    assert is_gone(worker(pid=ended.pid, boot=boot, born="1"), boot)


def test_a_process_that_was_killed_and_not_yet_reaped_is_gone(boot: str) -> None:
    with subprocess.Popen(["sleep", "60"]) as child:
        os.kill(child.pid, 9)
        os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOWAIT)
        assert is_gone(worker(pid=child.pid, boot=boot, born="1"), boot)


def test_another_process_under_its_number_does_not_stand_for_it(boot: str) -> None:
    assert is_gone(worker(pid=os.getpid(), boot=boot, born="1"), boot)


def test_nothing_is_known_of_processes_elsewhere(boot: str) -> None:
    assert not is_gone(worker(pid=999_999_999, boot="another machine", born="1"), boot)
    assert not is_gone(worker(pid=999_999_999, boot="", born=""), "")
