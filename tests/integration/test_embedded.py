"""The embedded database: real server processes in a folder of their own, ended in every way there is."""

import json
import os
import shutil
import signal
import stat
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path

import pytest
from pymongo import MongoClient
from pymongo.errors import OperationFailure, PyMongoError

from engine.store import embedded, supervisor, unwell
from engine.store.embedded import Embedded, EmbeddedUnavailable

REPO = Path(__file__).parents[2]
PATIENCE_S = 30

HOLDER = """
import sys
from pathlib import Path
from engine.store.embedded import Embedded
database = Embedded(Path(sys.argv[1]))
running = database.start()
print(running.uri, running.shared, flush=True)
sys.stdin.read()
"""


@pytest.fixture(scope="session")
def used_folder(tmp_path_factory):
    """A folder whose server has run before: copies of it start without creating their user first."""
    folder = tmp_path_factory.mktemp("embedded") / "used"
    with Embedded(folder):
        pass
    return folder


@pytest.fixture
def folder(used_folder, tmp_path):
    copy = tmp_path / "data"
    shutil.copytree(used_folder, copy, ignore=shutil.ignore_patterns("*.pipe", "server.log"))
    yield copy
    about = processes(copy)  # a test that failed half-way leaves nothing behind either
    if about and alive(about["supervisor"]):
        os.kill(about["supervisor"], signal.SIGTERM)
        eventually(lambda: not alive(about["supervisor"]))


def processes(folder):
    file = folder / "server.json"
    return json.loads(file.read_text()) if file.exists() else None


def alive(pid):
    """Whether the process runs; one that has ended and waits to be noticed by its parent does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def eventually(holds):
    """Waits for something that another process does. The limit is for a hanging test, not for a slow one."""
    give_up = time.monotonic() + PATIENCE_S
    while not (result := holds()):
        assert time.monotonic() < give_up, "it never happened"
        time.sleep(0.01)
    return result


@contextmanager
def fruit(uri):
    """A collection, its client closed before the server goes: closing it later would wait for a server."""
    client: MongoClient[dict] = MongoClient(uri, serverSelectionTimeoutMS=PATIENCE_S * 1000)
    with client:
        yield client.shop.fruit


class Holder:
    """Another application process that holds the same folder."""

    def __init__(self, folder: Path) -> None:
        command = [sys.executable, "-c", HOLDER, str(folder)]
        self.process = subprocess.Popen(command, cwd=REPO, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def joined(self) -> tuple[str, bool]:
        """Waits until it holds the server. Returns the address, and whether it was shared."""
        uri, shared = next(iter(self.process.stdout or [])).split()
        return uri, shared == "True"

    def kill(self) -> None:
        self.process.kill()
        self.process.communicate()

    def exit(self) -> None:
        self.process.communicate()


@pytest.fixture
def holder(folder):
    """Starts holders; each is ended with the test."""
    started: list[Holder] = []

    def start():
        started.append(Holder(folder))
        return started[-1]

    yield start
    for each in started:
        each.kill()


# ---- one process


def test_a_folder_comes_into_being_and_keeps_what_was_written(tmp_path):
    database = Embedded(tmp_path / "new" / "data")
    first = database.start()
    with fruit(first.uri) as basket:
        basket.insert_one({"_id": "apple"})
    database.stop()
    with database as second, fruit(second.uri) as basket:
        assert basket.find_one() == {"_id": "apple"}
    assert not first.shared
    assert not second.shared


def test_only_the_owner_can_read_the_folder_and_its_secrets(folder):
    with Embedded(folder):
        modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in [folder, *folder.iterdir()]}
    assert modes[folder.name] == 0o700
    assert modes["server.json"] == modes["credentials.json"] == modes["users.pipe"] == 0o600


def test_nobody_gets_in_without_the_password(folder):
    with (
        Embedded(folder) as running,
        fruit("mongodb://" + running.uri.partition("@")[2]) as basket,
        pytest.raises(OperationFailure, match="requires authentication"),
    ):
        basket.insert_one({})


def test_stop_leaves_nothing_running(folder):
    database = Embedded(folder)
    database.start()
    about = processes(folder)
    database.stop()
    assert not alive(about["server"])
    eventually(lambda: not alive(about["supervisor"]))
    assert processes(folder) is None


def test_start_and_stop_may_be_called_twice(folder):
    database = Embedded(folder)
    assert database.start() is database.start()
    database.stop()
    database.stop()


def test_stop_works_when_the_folder_is_gone(folder):
    database = Embedded(folder)
    database.start()
    about = processes(folder)
    shutil.rmtree(folder)
    database.stop()
    eventually(lambda: not alive(about["supervisor"]) and not alive(about["server"]))


def test_the_folder_may_have_a_very_long_name(used_folder, tmp_path):
    deep = tmp_path / ("d" * 120) / ("e" * 120)
    with Embedded(deep) as running:
        assert running.uri


# ---- several processes


def test_a_second_process_gets_the_same_server(folder, holder):
    with Embedded(folder) as running:
        assert holder().joined() == (running.uri, True)


def test_the_server_outlives_the_process_that_started_it(folder, holder):
    starter = holder()
    starter.joined()
    database = Embedded(folder)
    joined = database.start()
    starter.exit()
    with fruit(joined.uri) as basket:
        basket.insert_one({"_id": "pear"})
    about = processes(folder)
    database.stop()
    assert joined.shared
    assert not alive(about["server"])


def test_no_orphan_after_kill_9_of_the_last_process(folder, holder):
    first, second = holder(), holder()
    assert first.joined()[0] == second.joined()[0]
    about = processes(folder)
    first.kill()
    assert alive(about["server"])
    second.kill()
    eventually(lambda: not alive(about["supervisor"]) and not alive(about["server"]))


def test_many_processes_that_start_at_once_share_one_server(holder):
    crowd = [holder() for _ in range(4)]
    joined = [each.joined() for each in crowd]
    assert len({uri for uri, _ in joined}) == 1
    assert sorted(shared for _, shared in joined) == [False, True, True, True]


def drop_hold(database):
    database._hold.close()


def test_joining_while_the_last_one_leaves_ends_well(folder):
    """Start again without waiting for the old server's end, many times: every start must give a living server."""
    for _ in range(5):
        leaver = Embedded(folder)
        leaver.start()
        drop_hold(leaver)  # as the kernel does for a killed process: nobody waits for the end
        with Embedded(folder) as running, fruit(running.uri) as basket:
            assert basket.count_documents({}) == 0


# ---- deaths


def test_acknowledged_writes_survive_kill_9_of_the_server_which_comes_back(folder):
    with Embedded(folder) as running, fruit(running.uri) as basket:
        basket.insert_many([{"_id": number} for number in range(200)])
        os.kill(running.pid, signal.SIGKILL)
        assert eventually(lambda: processes(folder)["server"] != running.pid)
        assert basket.count_documents({}) == 200  # the same client, at the same address
        basket.insert_one({"_id": 200})


def test_a_server_that_keeps_dying_is_given_up(folder):
    database = Embedded(folder)
    database.start()
    for _ in range(supervisor.RESTARTS):
        pid = processes(folder)["server"]
        os.kill(pid, signal.SIGKILL)
        eventually(lambda dead=pid: processes(folder)["server"] != dead)
    about = processes(folder)
    os.kill(about["server"], signal.SIGKILL)
    eventually(lambda: not alive(about["supervisor"]))
    database.stop()
    assert "died 6 times" in (folder / "server.log").read_text()
    with Embedded(folder) as running:  # whoever starts afresh gets a server again
        assert not running.shared


@pytest.fixture
def small_disk(used_folder, tmp_path):
    """A data folder on a file system that has room for little."""
    disk = tmp_path / "disk"
    disk.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=120m", "tmpfs", disk], capture_output=True, check=False
    )
    if mounted.returncode:
        pytest.skip("mounting a file system takes root")
    try:
        shutil.copytree(used_folder, disk / "data", ignore=shutil.ignore_patterns("*.pipe", "server.log"))
        yield disk
    finally:
        subprocess.run(["umount", "--lazy", disk], check=True)


def test_a_server_whose_disk_fills_up_ends_in_good_order_and_comes_back_when_there_is_room(small_disk):
    filler = small_disk / "filler"
    with Embedded(small_disk / "data") as running, fruit(running.uri) as basket:
        basket.insert_many([{"_id": number} for number in range(200)])
        filler.write_bytes(bytes(shutil.disk_usage(small_disk).free - supervisor.LOW_BYTES // 2))
        eventually(lambda: not alive(running.pid))
        filler.unlink()
        assert eventually(lambda: answered(lambda: basket.count_documents({}))) == 200
        assert basket.insert_one({"_id": "more"}).acknowledged


def test_a_server_that_met_a_full_disk_says_so_and_comes_back_when_there_is_room(small_disk):
    filler = small_disk / "filler"
    with Embedded(small_disk / "data") as running, fruit(running.uri) as basket:
        filler.write_bytes(bytes(shutil.disk_usage(small_disk).free - 3_000_000))
        with pytest.raises(PyMongoError) as refusal:
            basket.insert_many([{"juice": os.urandom(1_000_000)} for _ in range(8)])
        assert unwell(refusal.value)
        filler.unlink()
        assert eventually(lambda: answered(lambda: basket.insert_one({"_id": "more"}).acknowledged))


def answered(ask):
    """What it says, or None as long as the database is unwell."""
    try:
        return ask()
    except PyMongoError as error:
        if not unwell(error):
            raise
        return None


def test_after_kill_9_of_the_supervisor_the_server_ends_and_the_next_start_works(folder):
    first = Embedded(folder)
    first.start()
    about = processes(folder)
    os.kill(about["supervisor"], signal.SIGKILL)
    eventually(lambda: not alive(about["server"]))
    with Embedded(folder) as running, fruit(running.uri) as basket:
        assert not running.shared
        assert basket.count_documents({}) == 0
    first.stop()


def test_sigterm_to_the_supervisor_stops_the_server(folder):
    database = Embedded(folder)
    database.start()
    about = processes(folder)
    os.kill(about["supervisor"], signal.SIGTERM)
    eventually(lambda: not alive(about["supervisor"]))
    assert not alive(about["server"])
    database.stop()


# ---- what can be in the way


def test_without_a_binary_the_message_names_the_way_out(tmp_path, monkeypatch):
    monkeypatch.setattr(sys, "path", [str(tmp_path)])
    with pytest.raises(EmbeddedUnavailable, match=r"no embedded database for Python 3.*STEPLINE_MONGO_URI"):
        Embedded(tmp_path / "data").start()


def test_a_binary_that_does_not_run_is_quoted(tmp_path, monkeypatch):
    broken = tmp_path / "broken"
    broken.write_text("#!/bin/sh\necho no such luck; exit 3\n")
    broken.chmod(0o700)
    monkeypatch.setattr(embedded, "find_binary", lambda: broken)
    with pytest.raises(EmbeddedUnavailable, match=r"(?s)did not start.*server\.log ends with:.*no such luck"):
        Embedded(tmp_path / "data").start()


def test_a_corrupted_database_is_reported_with_the_end_of_the_log(folder):
    (folder / "wt" / "WiredTiger.turtle").write_text("rubbish")
    with pytest.raises(EmbeddedUnavailable, match=r"(?s)did not start\. Move the folder away.*ends with:"):
        Embedded(folder).start()
    assert processes(folder) is None


def test_tables_without_their_catalogue_are_not_overwritten(folder):
    (folder / "wt" / "WiredTiger.turtle").unlink()
    with pytest.raises(EmbeddedUnavailable, match="is damaged"):
        Embedded(folder).start()


def test_a_server_that_somebody_else_runs_in_the_folder_is_reported(folder):
    command = [embedded.find_binary(), "--config", folder / "secantusd.toml", "--port", "0"]
    command += ["--storage-path", folder / "wt", "--log-file-max", "64MB", "--cache-size", "128M"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as foreign:
        next(line for line in foreign.stdout or [] if "listening on" in line)
        with pytest.raises(EmbeddedUnavailable, match="Another database server still uses this folder"):
            Embedded(folder).start()
        foreign.terminate()
        foreign.communicate()


def test_a_folder_served_from_another_machine_is_refused(folder):
    with Embedded(folder):
        about = processes(folder)
        supervisor.write_private(folder / "server.json", {**about, "host": "elsewhere"})
        with pytest.raises(EmbeddedUnavailable, match="in use by elsewhere, another machine or container"):
            Embedded(folder).start()


def test_a_file_in_the_place_of_the_folder_is_reported(tmp_path):
    (tmp_path / "data").write_text("")
    with pytest.raises(EmbeddedUnavailable, match="cannot be used: File exists"):
        Embedded(tmp_path / "data").start()


def test_a_folder_of_all_users_is_refused(tmp_path):
    shared = tmp_path / "tmp"
    shared.mkdir()
    shared.chmod(0o1777)
    with pytest.raises(EmbeddedUnavailable, match="shared by all users"):
        Embedded(shared).start()
    assert stat.S_IMODE(shared.stat().st_mode) == 0o1777
