"""Secrets in calls: they arrive at the API and nowhere else, and what cannot be had is told."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from engine.command import Catalog, read_documents
from engine.model import Invalid, LinkStatus, Task, TaskStatus
from engine.vault import KEPT_S, Keyring, new_key
from tests.echo import Echo, an_echo
from tests.stage import Stage
from tests.systems import a_link, a_step, documents

TOKEN = "c4n4ry+token/=ß"
KEY = "c4n4ry-key-1234567890"
PIN = "86420135"
CANARIES = (TOKEN, KEY, PIN)
ARGS = {"pin": {"type": "int", "val": "$$SECRET.pin"}, "token": {"type": "string"}, "in": {"type": "object"}}
BOUND = {"token": "$$SECRET.token", "in": {"deep": ["$$SECRET.key", "$$TASK.name"]}}


@pytest.fixture
def echo() -> Iterator[Echo]:
    with an_echo() as echo:
        yield echo


@pytest.fixture
def kept(stage: Stage) -> Stage:
    """A stage that has the secrets."""
    for name, value in (("token", TOKEN), ("key", KEY), ("pin", PIN)):
        stage.secrets.set(name, value)
    return stage


def an_api(echo: Echo, way: str = "json", **fields: Any) -> dict[str, Any]:
    headers = {"Authorization": "Bearer $$SECRET.token", "X-Key": "$$SECRET.key"}
    return {"_id": "a", "url": f"{echo.url}/{way}", "args": ARGS, "headers": headers, "max_attempts": 1} | fields


def run(stage: Stage, api: dict[str, Any], args: dict[str, Any] = BOUND, **link: Any) -> Task:
    stage.load(
        documents([api], [a_step("one", a_link("l", api="a", args=args, **link), response={"told": "l result"})])
    )
    return stage.go(stage.start("s", args={"name": "N"}))


def kept_of(stage: Stage) -> str:
    """All that the database holds, and the answers in it, as readable as it gets."""
    return "\n".join(stage.store.dump())


def assert_nowhere(text: str) -> None:
    for canary in CANARIES:
        for written in (canary, json.dumps(canary)[1:-1], canary[:9]):
            assert written not in text


# -- where they go -----------------------------------------------------------------------------------


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_secrets_arrive_in_headers_args_and_defaults(kept, echo, method):
    assert run(kept, an_api(echo, method=method)).status == TaskStatus.DONE
    (heard,) = echo.heard
    assert f'"Bearer {TOKEN.encode().decode("latin-1")}"' in heard or f"Bearer {TOKEN}" in heard
    for canary in (KEY, PIN):
        assert canary in heard


@pytest.mark.parametrize("method", ["GET", "POST"])
@pytest.mark.parametrize("way", ["json", "escaped", "base64", "page", "failure", "elsewhere", "large"])
def test_nothing_of_an_echoed_secret_is_kept(kept, echo, method, way):
    run(kept, an_api(echo, way, method=method))
    assert len(echo.heard) == 1
    assert_nowhere(kept_of(kept))


def test_what_is_kept_names_the_secret_in_place_of_it(kept, echo):
    task = run(kept, an_api(echo, method="POST"))
    (attempt,) = kept.history(task, "one", "l")
    assert attempt.args == {
        "pin": "<secret pin>", "token": "<secret token>", "in": {"deep": ["<secret key>", "N"]},
    }  # fmt: skip
    told = task.step_info["one"].response["told"]["told"]
    assert told["headers"]["HTTP_X_KEY"] == "<secret key>"
    assert '"in": {"deep": ["<secret key>", "N"]}' in told["body"]


def test_a_condition_sees_the_name_in_place_of_the_secret(kept, echo):
    task = run(kept, an_api(echo), condition="result.told.headers.HTTP_X_KEY == '<secret key>'")
    assert task.status == TaskStatus.DONE


def test_a_secret_that_cannot_be_what_the_arg_declares_is_not_quoted(kept, echo):
    task = run(kept, an_api(echo), args=BOUND | {"pin": "$$SECRET.key"})
    assert kept.link(task, "one", "l").procmmsg == (
        "arg pin = '$$SECRET.key': what it holds, a secret among it, is no int"
    )


# -- what cannot be had ------------------------------------------------------------------------------


def test_a_secret_that_is_gone_fails_the_link_and_a_retry_works_once_it_is_set(kept, echo):
    kept.load(documents([an_api(echo)], [a_step("one", a_link("l", api="a", args=BOUND))]))
    task = kept.start("s", args={"name": "N"})
    kept.secrets.remove("key")
    assert kept.go(task).status == TaskStatus.FAILED
    state = kept.link(task, "one", "l")
    assert (state.status, echo.heard) == (LinkStatus.FAILED, [])
    assert "the secret 'key' is not set" in state.procmmsg
    assert "secret set key" in state.procmmsg
    kept.secrets.set("key", KEY)
    kept.repair.retry(task.id)
    assert kept.go(task).status == TaskStatus.DONE


def test_a_lost_key_fails_the_link_with_what_to_do_and_the_worker_goes_on(kept, echo):
    kept.worker.drain()
    kept.worker = kept.another_worker(keyring=Keyring((new_key(),)))
    task = run(kept, an_api(echo))
    message = kept.link(task, "one", "l").procmmsg
    assert "cannot be read here: it was encrypted with the key" in message
    assert "put that key back, or set the secret anew" in message
    assert run(kept, an_api(echo, headers={}, args={}), args={}).status == TaskStatus.DONE


def test_a_secret_that_was_replaced_counts_within_seconds(kept, echo):
    task = run(kept, an_api(echo, max_attempts=None, interval=1), condition="result.told.headers.HTTP_X_KEY == 1")
    kept.secrets.set("key", "another-key")
    kept.go(task, seconds=KEPT_S + 1)
    assert "another-key" in echo.heard[-1]
    assert KEY not in echo.heard[-1]


def test_a_script_reads_no_secret(kept, echo):
    with pytest.raises(Invalid, match=r"\$CODE SECRET.key: a script cannot read secrets"):
        run(kept, an_api(echo), args=BOUND | {"token": "$CODE SECRET.key"})


def test_a_loop_runs_over_no_secret(kept, echo):
    with pytest.raises(Invalid, match=r"largs: a loop cannot run over a secret"):
        run(kept, an_api(echo), kind="LOOP", largs="$$SECRET.pin")


@pytest.mark.parametrize(
    ("change", "path", "hint"),
    [
        ({"headers": {"X": "B $$SECRET.tokne"}}, "api.a.headers.X: $$SECRET.tokne: there is no", "did you mean token"),
        ({"headers": {"X": "$$SECRET"}}, "api.a.headers.X: $$SECRET names no secret here", "write $$SECRET.name"),
        ({"args": ARGS | {"pin": {"type": "int", "val": "$$SECRET.pni"}}}, "api.a.args.pin.val", "did you mean pin"),
        ({"url": "http://127.0.0.1/$$SECRET.key"}, "api.a.url: a secret cannot stand in a url", "as an arg"),
    ],
)  # fmt: skip
def test_a_secret_that_an_api_cannot_have_is_told_before_anything_runs(kept, echo, change, path, hint):
    with pytest.raises(Invalid) as told:
        run(kept, an_api(echo) | change)
    assert path in str(told.value)
    assert hint in str(told.value)


def test_an_arg_that_names_no_secret_there_is_is_told_with_its_path(kept, echo):
    with pytest.raises(Invalid) as told:
        run(kept, an_api(echo), args=BOUND | {"token": "$$SECRET.tokn"})
    assert "args.token: $$SECRET.tokn: there is no secret called tokn" in str(told.value)
    assert "did you mean token?" in str(told.value)


def test_what_no_system_uses_yet_is_told_when_it_is_saved(kept, echo):
    api = an_api(echo, headers={"X": "$$SECRET.kee"})
    with pytest.raises(Invalid, match=r"api\.a\.headers\.X: \$\$SECRET\.kee: there is no secret called kee"):
        kept.load({"api": [api]})
    link = a_link("l", api="a", args={"token": "$$SECRET.tokn"})
    with pytest.raises(Invalid, match=r"step\.one\.checklink\.l\.api\.val\.args\.token: \$\$SECRET\.tokn: there is no"):
        kept.load({"api": [an_api(echo)], "step": [a_step("one", link)]})


def test_a_file_is_checked_without_knowing_which_secrets_there_are(echo):
    api = an_api(echo, headers={"X": "$$SECRET.kee"})
    step = a_step("one", a_link("l", api="a", args=BOUND))
    assert Catalog.check(read_documents(documents([api], [step]))) == 1
