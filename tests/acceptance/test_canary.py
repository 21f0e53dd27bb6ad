"""The plain text of a secret arrives at the API, and is nowhere else: not in a page, a file, a log or the database."""

from __future__ import annotations

import html
import json
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import quote, urljoin, urlsplit

import gevent
import pytest
import requests

from tests.acceptance.conftest import PATIENCE_S, ROOT, Product, Visitor
from tests.acceptance.test_commands import until
from tests.echo import Echo, an_echo
from tests.systems import a_link, a_step

CANARIES = {"token": "c4n4ry+T0ken/=&ß", "key": "c4n4ry-k3y-1234567890", "pin": "86420135"}
WAYS = ("json", "escaped", "base64", "page", "failure", "elsewhere", "large")
PAGES_AT_MOST = 200
NOT_READ = re.compile(
    r"/(static|sign-in|live)\b|[?&](sort|before|page|lang|q|system)=|/(apis|steps|systems)/(s-|y-)?(?!json\b)[a-z]+[0-9]*\b"
)
"""Files of ours, ways out, the same lists once more, and definitions that differ in a url alone."""


def documents(url: str) -> dict[str, Any]:
    """A system for each way in which the API says back what it is told."""
    headers = {"Authorization": "Bearer $$SECRET.token", "X-Key": "$$SECRET.key"}
    args = {"pin": {"type": "int", "val": "$$SECRET.pin"}, "token": {"type": "string"}, "in": {"type": "object"}}
    bound = {"token": "$$SECRET.token", "in": {"deep": ["$$SECRET.key"]}}
    made: dict[str, Any] = {"api": [], "step": [], "system": [], "task": []}
    for number, way in enumerate(WAYS):
        fields = {"method": ("GET", "POST")[number % 2], "max_attempts": 1, "idempotent": True}
        made["api"].append({"_id": way, "url": f"{url}/{way}", "args": args, "headers": headers} | fields)
        link = a_link("l", api=way, args=bound)
        made["step"].append(a_step(f"s-{way}", link, response={"told": "l result"}))
        made["system"].append({"_id": f"y-{way}", "step": [{"_id": f"s-{way}"}]})
        made["task"].append({"_id": f"t-{way}", "system": f"y-{way}"})
    return made


@pytest.fixture
def echo() -> Iterator[Echo]:
    with an_echo() as echo:
        yield echo


@contextmanager
def running(product: Product, log: Path) -> Iterator[str]:
    """Everything in one process, as talkative as it gets."""
    url = f"http://127.0.0.1:{product.env['STEPLINE_PORT']}"
    with log.open("w") as file:
        command = [sys.executable, "-u", "app.py", "run", "--no-demo", "--no-mock"]
        process = subprocess.Popen(command, cwd=ROOT, env=product.env, stdout=file, stderr=subprocess.STDOUT)
        try:
            until(lambda: "sign in:" in log.read_text())
            yield url
        finally:
            process.terminate()
            process.wait(PATIENCE_S)


def listen(visitor: Visitor, url: str, heard: list[str]) -> None:
    """To what browsers are told while it happens."""
    with visitor.session.get(f"{url}/live", stream=True, timeout=PATIENCE_S) as stream:
        for line in stream.iter_lines(decode_unicode=True):
            heard.append(line)


def post(visitor: Visitor, url: str, /, **fields: str) -> str:
    """The page that it led to, as it is read."""
    token = re.search(r'name="csrf_token" value="([^"]+)"', visitor.session.get(urljoin(url, "/account")).text)
    assert token
    sent = {"csrf_token": token[1]} | fields
    answer = visitor.session.post(url, data=sent, headers={"Referer": url}, timeout=PATIENCE_S)
    answer.raise_for_status()
    return html.unescape(answer.text)


def tries(visitor: Visitor, url: str, echo: Echo) -> dict[str, str]:
    """The pages of those who try what they write: test calls, trials on the last real answer, rehearsals."""
    said = {f"a test call of {way}": post(visitor, f"{url}/apis/try", **a_test_call(way, echo)) for way in WAYS}
    said |= {f"a trial of {way}": post(visitor, f"{url}/steps/form", **a_trial(way)) for way in WAYS}
    said |= {
        f"a rehearsal of {way}": post(visitor, f"{url}/systems/y-{way}/rehearse", **a_rehearsal(way)) for way in WAYS
    }
    return said


def a_test_call(way: str, echo: Echo) -> dict[str, str]:
    """Of the form of that API: secrets in headers, in the default of an arg, and in what is typed for the call."""
    args = (("pin", "int", "$$SECRET.pin", ""), ("token", "string", "", "$$SECRET.token"),
            ("in", "object", "", '{"deep": ["$$SECRET.key"]}'))  # fmt: skip
    fields = {"of": way, "id": way, "url": f"{echo.url}/{way}", "method": ("GET", "POST")[WAYS.index(way) % 2]}
    for number, (name, kind, default, given) in enumerate(args):
        at = f"arg.{number}"
        fields |= {f"{at}.name": name, f"{at}.type": kind, f"{at}.default": default, f"try.{number}": given}
    headers = {"header.0.name": "Authorization", "header.0.value": "Bearer $$SECRET.token"}
    return fields | headers | {"header.1.name": "X-Key", "header.1.value": "$$SECRET.key", "sure": "yes"}


def a_trial(way: str) -> dict[str, str]:
    link = {"target": way, "id": "l", "was": "l", "op": "API", "condition": "result.told != None", "try": "last"}
    return {"of": f"s-{way}", "id": f"s-{way}", "row": "0"} | {f"link.0.{part}": text for part, text in link.items()}


def a_rehearsal(way: str) -> dict[str, str]:
    return {f"how.{way}": "given", f"answer.{way}": '{"told": "well"}'}


def crawl(visitor: Visitor, url: str) -> dict[str, str]:
    """Every page that links lead to, exports too."""
    read: dict[str, str] = {}
    waiting = [f"{url}/tasks", f"{url}/events", f"{url}/secrets"]
    waiting += [f"{url}/tasks/t-{way}{more}" for way in WAYS for more in (".json", "?view=history", "?view=json")]
    while waiting and len(read) < PAGES_AT_MOST:
        address = waiting.pop(0)
        if address not in read:
            response = visitor.session.get(address, timeout=PATIENCE_S)
            read[address] = html.unescape(response.text) + str(response.headers)
            waiting += [one for one in links(address, response) if one not in read]
    return read


def links(address: str, response: requests.Response) -> Iterator[str]:
    if "text/html" in response.headers.get("Content-Type", ""):
        for href in re.findall(r'href="([^"#]+)', response.text):
            found = urljoin(address, html.unescape(href))
            if urlsplit(found).netloc == urlsplit(address).netloc and not NOT_READ.search(found):
                yield found


def signs(canary: str) -> set[str]:
    return {canary, json.dumps(canary)[1:-1], quote(canary, ""), canary[:8]}


def assert_nowhere(where: str, text: str) -> None:
    for name, canary in CANARIES.items():
        for sign in signs(canary):
            assert sign not in text, f"{name} is in {where}: …{text[max(0, text.find(sign) - 200) :][:400]}…"


def test_no_secret_is_anywhere_but_at_the_api(product: Callable[..., Product], echo: Echo, tmp_path: Path) -> None:
    stepline = product(STEPLINE_LOG_LEVEL="DEBUG")
    file, log = tmp_path / "documents.json", tmp_path / "log"
    file.write_text(json.dumps(documents(echo.url)))
    heard: list[str] = []
    with running(stepline, log) as url:
        way_in = log.read_text().partition("sign in: ")[2].split()[0]
        visitor = Visitor(f"{way_in}?next=/account")
        told = [stepline.run("secret", "set", "token", stdin=f"{CANARIES['token']}\n")]
        for name in ("key", "pin"):
            post(visitor, f"{url}/secrets", name=name, value=CANARIES[name], note=f"note of {name}")
        told += [stepline.run("load", str(file))]
        assert "7 systems" in told[1].stdout, told[1].stderr
        listening = gevent.spawn(listen, visitor, url, heard)
        for way in WAYS:
            post(visitor, f"{url}/tasks/t-{way}/start")
        until(lambda: all(visitor.task(f"{url}/tasks/t-{way}")["ended_at"] for way in WAYS))
        tried = tries(visitor, url, echo)
        pages = tried | crawl(visitor, url)
        until(lambda: any("task:t-json" in line for line in heard))
        listening.kill()
        answers = tmp_path / "answers.json"
        answers.write_text(json.dumps({"json": [{"answer": {"told": "well"}}]}))
        told += [stepline.run("rehearse", "y-json", "--answers", str(answers), *more) for more in ((), ("--json",))]
        assert all('"told": "well"' in done.stdout for done in told[-2:]), told[-1].stderr
        told += [stepline.run(*command) for command in COMMANDS]
        told += [stepline.run("backup", str(tmp_path / "backup"))]

    assert_all_were_tried(tried)
    assert len(echo.heard) == 2 * len(WAYS)
    for canary in (CANARIES["key"], CANARIES["pin"]):
        assert all(canary in said for said in echo.heard), "the API hears it in plain"
    assert len(pages) > 5 * len(WAYS), sorted(pages)
    assert any("curl" in page and "<secret key>" in page for page in pages.values())
    for address, page in pages.items():
        assert_nowhere(address, page)
    for done in told:
        assert_nowhere(" ".join(map(str, done.args)), done.stdout + done.stderr)
    assert_nowhere("the live stream", "\n".join(heard))
    assert_nowhere("the log", log.read_text())
    backup = (tmp_path / "backup").read_text()
    assert backup.count('"sealed": "gAAAA') == len(CANARIES)
    assert_nowhere("the backup", backup)
    for path in (path for path in (tmp_path / "var").rglob("*") if path.is_file()):
        assert_nowhere(str(path), path.read_bytes().decode("latin-1"))
        assert not any(canary.encode() in path.read_bytes() for canary in CANARIES.values()), path


def assert_all_were_tried(tried: dict[str, str]) -> None:
    """So that a canary that is nowhere was somewhere."""
    for way in WAYS:
        assert 'id="tried"' in tried[f"a test call of {way}"], way
        assert "The task is done" in tried[f"a rehearsal of {way}"], way
    for what in ("a test call of json", "a test call of page", "a test call of base64", "a trial of json"):
        assert "<secret " in tried[what].partition('id="tried"')[2 if "call" in what else 0], what


COMMANDS = (("export",), ("settings",), ("secret", "list"), ("tasks",), ("task", "show", "t-json"))


def test_a_secret_of_several_lines_is_read_from_standard_input_without_its_last_line_end(
    product: Callable[..., Product],
) -> None:
    stepline = product()
    assert stepline.run("secret", "set", "pem", stdin="first\nsecond\n").returncode == 0
    assert "pem" in stepline.run("secret", "list").stdout
    refused = stepline.run("secret", "set", "short", stdin="abc\n")
    assert refused.returncode == 1
    assert "4 characters or more" in refused.stderr
    assert "abc" not in refused.stderr


def test_a_lost_key_is_told_by_the_list_and_by_a_rotation(product: Callable[..., Product]) -> None:
    stepline = product()
    stepline.run("secret", "set", "token", stdin="c4n4ry")
    Path(stepline.env["STEPLINE_DATA_DIR"], "secret_keys").unlink()
    assert "cannot be read" in stepline.run("secret", "list").stdout
    rotated = stepline.run("secret", "rotate")
    assert rotated.returncode == 1
    assert "no key here opens token" in rotated.stderr
