"""What the README says, done."""

import json
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import requests

from tests.acceptance.conftest import PATIENCE_S, ROOT, Product, Visitor

Products = Callable[..., Product]


def until(holds: Callable[[], Any]) -> Any:
    """What `holds` answers once it is true."""
    ends = time.monotonic() + PATIENCE_S
    while time.monotonic() < ends:
        if found := holds():
            return found
        time.sleep(0.05)
    raise AssertionError("it never became true")


def test_demo_once_prints_every_step_link_and_value_and_exits_with_0(product: Products) -> None:
    done = product().run("demo", "--once")
    assert done.returncode == 0, done.stdout + done.stderr
    for line in ("step1/api1", 'step1.name       = "****"', "step4.grade", "step4.msg", "DONE      every step is done"):
        assert line in done.stdout


def test_demo_once_with_too_few_rounds_exits_with_1_and_says_why(product: Products) -> None:
    done = product().run("demo", "--once", "-n", "3")
    assert done.returncode == 1
    for part in ("step1/api1", "lresult", "line 2", "result[3].name"):
        assert part in done.stderr


def test_run_serves_the_task_s_page_and_brings_it_to_done(product: Products) -> None:
    running = product().start("run", "--pace", "0.05")
    visitor = Visitor(running.says(r"task page: (http://\S+)")[1])
    assert "step4" in visitor.page.text
    task = until(lambda: found if (found := visitor.task())["status"] == "DONE" else None)
    assert set(task["step_info"]["step4"]["response"]) == {"grade", "msg"}
    assert running.end() == 0


def test_what_was_running_when_run_was_killed_goes_on_at_the_next_start(product: Products) -> None:
    first = product().start("run", "--pace", "0.7")
    visitor = Visitor(first.says(r"task page: (http://\S+)")[1])
    until(lambda: len(visitor.task()["step_info"]["step1"]["api_status"]["api1"]["rounds"]) >= 2)
    first.kill()
    product().start("run", "--pace", "0.05", "--no-demo").says("Stepline runs at")
    task = until(lambda: found if (found := visitor.task())["status"] == "DONE" else None)
    assert task["crashes"] == 0
    assert task["epoch"] >= 2
    assert task["step_info"]["step1"]["response"] == {"name": "****"}


def test_what_was_running_when_run_was_told_to_end_goes_on_at_the_next_start(product: Products) -> None:
    first = product().start("run", "--pace", "0.4")
    visitor = Visitor(first.says(r"task page: (http://\S+)")[1])
    until(lambda: visitor.task()["step_info"]["step1"]["api_status"]["api1"]["rounds"])
    assert first.end() == 0
    again = product().start("run", "--no-demo", "--pace", "0")
    again.says("Stepline runs at")
    until(lambda: visitor.task()["status"] == "DONE")
    tries = visitor.task()["step_info"]["step1"]["api_status"]["api1"]["tries"]
    assert tries == 4, "a call that was in flight could end, and none was made twice"


def test_workers_lists_who_works_and_tells_a_killed_one_from_a_living(product: Products) -> None:
    assert "no worker runs" in product().run("workers").stdout
    living, killed = product().start("worker"), product().start("worker")
    names = [running.says(r"worker (\w+) runs")[1] for running in (living, killed)]
    listed = product().run("workers").stdout
    assert all(name in listed for name in names), listed
    assert f"{living.process.pid}" in listed
    killed.kill()
    until(lambda: names[1] not in product().run("workers").stdout)
    assert living.end() == 0
    assert "no worker runs" in product().run("workers").stdout


def test_tasks_stuck_says_why_nobody_runs_what_is_due(product: Products) -> None:
    product().run("load", str(ROOT / "mock_api" / "documents.json"))
    product().run("task", "args", "task1", '{"n": 4}')
    assert "nothing is stuck" in product().run("tasks", "--stuck").stdout
    product().run("task", "start", "task1")
    until(lambda: "task1" in product().run("tasks", "--stuck").stdout)
    assert "no worker runs: start one" in product().run("tasks", "--stuck").stdout


def test_a_task_is_scheduled_and_unscheduled_at_the_terminal(product: Products) -> None:
    product().run("load", str(ROOT / "mock_api" / "documents.json"))
    product().run("task", "args", "task1", '{"n": 4}')
    assert "in the past" in product().run("task", "schedule", "task1", "2020-01-01T09:00").stderr
    assert "is no date" in product().run("task", "schedule", "task1", "tomorrow").stderr
    at = (datetime.now(UTC) + timedelta(days=30)).isoformat(timespec="minutes")
    said = product().run("task", "schedule", "task1", at).stdout
    assert said.startswith("task1: READY, starts at ")
    assert said.rstrip().endswith("UTC, scheduled by command line")
    assert product().run("task", "unschedule", "task1").stdout == "task1: READY\n"


def test_a_busy_port_is_one_line_that_says_what_to_do(product: Products) -> None:
    product().start("run", "--pace", "0.05").says("task page")
    second = product(STEPLINE_MOCK_PORT="0").run("run")
    assert second.returncode == 1
    assert second.stderr.count("\n") == 1
    assert "set STEPLINE_PORT" in second.stderr


def test_a_busy_mock_port_is_one_line_that_says_what_to_do(product: Products) -> None:
    product().start("mock").says("mock server at")
    second = product().run("mock")
    assert second.returncode == 1
    assert "set STEPLINE_MOCK_PORT" in second.stderr


def test_a_setting_that_makes_no_sense_is_named(product: Products) -> None:
    done = product(STEPLINE_PORT="many", STEPLINE_TASKS="0").run("settings")
    assert done.returncode == 1
    assert "STEPLINE_PORT" in done.stderr
    assert "STEPLINE_TASKS" in done.stderr


def test_a_web_process_and_a_worker_beside_it_share_the_data_folder(product: Products, tmp_path: Path) -> None:
    """The worker finds what the command line creates and starts."""
    documents = json.loads((ROOT / "mock_api" / "documents.json").read_text(encoding="utf-8"))
    documents["task"][0]["args"] = {"n": 4}
    port = product().env["STEPLINE_MOCK_PORT"]
    path = tmp_path / "documents.json"
    path.write_text(json.dumps(documents).replace("127.0.0.1:9999", f"127.0.0.1:{port}"), encoding="utf-8")
    product().start("mock").says("mock server")
    product().start("worker").says("worker .* runs")
    web = product().start("web")
    url = web.says(r"pages at (http://\S+)/tasks")[1]
    web.says("nobody can sign in yet: python app.py user add NAME --role admin")
    assert "created task task1" in product().run("load", str(path)).stdout
    assert "RUNNING" in product().run("task", "start", "task1").stdout
    visitor = Visitor(product().user_link())
    until(lambda: visitor.task(f"{url}/tasks/task1")["status"] == "DONE")


def test_what_export_writes_load_reads(product: Products, tmp_path: Path) -> None:
    seed = ROOT / "mock_api" / "documents.json"
    product().run("load", str(seed), "--no-tasks")
    out = tmp_path / "out.json"
    assert product().run("export", "--out", str(out)).returncode == 0
    exported = json.loads(out.read_text(encoding="utf-8"))
    assert [len(exported[kind]) for kind in ("api", "step", "system", "task")] == [6, 4, 1, 0]
    other = product(STEPLINE_DATA_DIR=str(tmp_path / "other"))
    assert other.run("load", str(out)).returncode == 0


def test_purge_removes_the_sample_and_leaves_the_rest(product: Products, tmp_path: Path) -> None:
    mine = {"api": [{"_id": "mine", "url": "http://127.0.0.1:1/"}]}
    path = tmp_path / "mine.json"
    path.write_text(json.dumps(mine), encoding="utf-8")
    product().run("load", str(path))
    product().run("load", str(ROOT / "mock_api" / "documents.json"), "--debug-only")
    purged = product().run("purge", "--debug", "--yes")
    assert "removed 11 definitions and 1 tasks" in purged.stdout, purged.stdout + purged.stderr
    assert [api["_id"] for api in json.loads(product().run("export").stdout)["api"]] == ["mine"]


def test_the_seed_s_documents_load_as_they_stand_and_its_task_starts_once_it_has_n(product: Products) -> None:
    loaded = product().run("load", str(ROOT / "mock_api" / "documents.json"))
    assert loaded.returncode == 0, loaded.stderr
    assert "created task task1, READY" in loaded.stdout
    refused = product().run("task", "start", "task1")
    assert refused.returncode == 1
    assert "n" in refused.stderr
    assert product().run("task", "args", "task1", '{"n": 4}').returncode == 0
    assert "RUNNING" in product().run("task", "start", "task1").stdout


@pytest.mark.parametrize("text", ["", "[1]", '{"api": {}}', '{"apis": []}', '{"api": [{"_id": "a.b"}]}'])
def test_a_file_that_cannot_be_loaded_is_refused_with_its_problems(
    product: Products, tmp_path: Path, text: str
) -> None:
    path = tmp_path / "bad.json"
    path.write_text(text, encoding="utf-8")
    done = product().run("check", str(path))
    assert done.returncode == 1
    assert "problem(s):" in done.stderr
    assert "Traceback" not in done.stderr


def test_database_says_what_it_is_what_it_lacks_and_how_much_is_in_it(product: Products) -> None:
    product().run("load", str(ROOT / "mock_api" / "documents.json"))
    done = product().run("database")
    assert done.returncode == 0, done.stdout + done.stderr
    said = dict(line.split(maxsplit=1) for line in done.stdout.splitlines())
    assert said["server"].endswith("(embedded)")
    assert said["lacks"] == "nothing"
    assert (said["api"], said["task"]) == ("6 documents", "1 documents")
    assert "@" not in said["address"]


def test_the_printed_link_lets_in_once_and_a_signed_in_browser_goes_on_through_it(product: Products) -> None:
    running = product().start("run", "--pace", "0.05")
    link = running.says(r"sign in: (http://\S+)")[1]
    task_page = running.says(r"task page: (http://\S+)")[1]
    visitor = Visitor(link)
    assert visitor.url.endswith("/")  # home
    assert visitor.session.get(task_page, timeout=10).url.endswith("/tasks/task1")
    assert requests.get(link, timeout=10).status_code == 410


def test_the_printed_links_end_with_the_process_and_the_session_does_not(product: Products) -> None:
    first = product().start("run", "--pace", "0.05", "--no-demo")
    link = first.says(r"sign in: (http://\S+)")[1]
    assert first.end() == 0
    second = product().start("run", "--pace", "0.05", "--no-demo")
    visitor = Visitor(second.says(r"sign in: (http://\S+)")[1])
    assert requests.get(link, timeout=10).status_code == 410
    second.end()
    product().start("run", "--pace", "0.05", "--no-demo").says("Stepline runs at")
    assert visitor.session.get(visitor.url, timeout=10).url == visitor.url


def test_sign_in_can_be_off_on_this_machine_only(product: Products) -> None:
    running = product(STEPLINE_SIGN_IN="off").start("run", "--pace", "0.05")
    page = running.says(r"task page: (http://\S+)")[1]
    assert requests.get(page, timeout=10).url == page
    done = product(STEPLINE_SIGN_IN="off", STEPLINE_HOST="0.0.0.0").run("settings")
    assert done.returncode == 1
    assert "STEPLINE_SIGN_IN" in done.stderr
    assert "STEPLINE_HOST is 0.0.0.0" in done.stderr


def test_users_are_kept_by_the_command_line(product: Products) -> None:
    assert "/sign-in/" in product().run("user", "add", "ann", "--role", "admin").stdout
    product().run("user", "add", "bob")
    assert product().run("user", "role", "bob", "operator").stdout == "bob is operator\n"
    product().run("user", "disable", "bob")
    lines = [line.split() for line in product().run("user", "list").stdout.splitlines()]
    assert lines == [["ann", "admin", "no", "password"], ["bob", "operator", "disabled"]]
    for refused, why in (
        (("disable", "ann"), "last admin"),
        (("link", "bob"), "disabled"),
        (("add", "ann"), "already"),
    ):
        done = product().run("user", *refused)
        assert done.returncode == 1
        assert why in done.stderr


def test_a_password_is_read_from_standard_input_and_lets_in(product: Products) -> None:
    product().run("user", "add", "ann")
    assert "too short" in product().run("user", "password", "ann", stdin="short\n").stderr
    assert product().run("user", "password", "ann", stdin="correct horse battery\n").returncode == 0
    url = product().start("web").says(r"pages at (http://\S+)/tasks")[1]
    visitor = Visitor(f"{url}/sign-in?next=/tasks/new", name="Ann", password="correct horse battery")
    assert visitor.page.status_code == 403
    assert "ann" in visitor.page.text


def test_rehearse_shows_a_run_that_calls_nobody_and_judges_what_was_expected(product: Products, tmp_path: Path) -> None:
    product().run("load", str(ROOT / "mock_api" / "documents.json"), "--no-tasks")
    answers = {"api2": [{"times": 2, "not_ready": True}, {"answer": {"age": 7}}], "api3": [{"answer": {"sex": "f"}}]}
    path = tmp_path / "answers.json"
    path.write_text(json.dumps(answers), encoding="utf-8")
    asked = ("rehearse", "systemid", "--args", '{"name": "a"}', "--answers", str(path))
    well = product().run(*asked, "--expect", '{"step2.age": 7, "late": []}')
    assert well.returncode == 0, well.stderr
    assert "DONE after 10 s, 8 calls" in well.stdout
    ill = product().run(*asked, "--expect", '{"step2.age": 8}', "--json")
    assert ill.returncode == 1
    assert json.loads(ill.stdout)["problems"][0]["message"] == "expected 8, got 7"
