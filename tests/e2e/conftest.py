"""A real Stepline, started as a user starts it, and a real browser."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any
from urllib.parse import urljoin

import pytest
import requests
from playwright.sync_api import APIResponse, Browser, BrowserContext, Page, expect, sync_playwright

from tests.e2e.addresses import A_WORKER, Address
from tests.e2e.museum import FORMS, definitions

ROOT = Path(__file__).resolve().parents[2]
FLAGS = (
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
)  # fmt: skip

expect.set_options(timeout=15_000)  # how long an answer takes says nothing on a crowded machine


@dataclass(frozen=True)
class Running:
    """A Stepline that runs; `sample` is the address of the page of its sample's task, `link` the way in to it."""

    link: str
    mock: str
    environment: Mapping[str, str] = field(default_factory=dict)
    worker: str = ""

    @property
    def url(self) -> str:
        return self.link.partition("/sign-in/")[0]

    @property
    def sample(self) -> str:
        return self.url + self.link.partition("?next=")[2]

    def at(self, address: Address) -> str:
        return self.url + address.path.replace(A_WORKER, self.worker)

    def command(self, *args: str) -> subprocess.CompletedProcess[bytes]:
        """Another command on the same data, as from another terminal."""
        return subprocess.run([sys.executable, "app.py", *args], cwd=ROOT, env=self.environment, check=False)

    def knob(self, api: str, **settings: Any) -> None:
        requests.post(f"{self.mock}/control/{api}", json=settings, timeout=10).raise_for_status()


@pytest.fixture(scope="session")
def stepline(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    with running_stepline(tmp_path_factory.mktemp("stepline")) as running:
        yield running


@contextmanager
def running_stepline(folder: Path, *options: str, way_in: str = "task page: ") -> Iterator[Running]:
    """One of its own, on free ports, with data and log in the folder; `way_in` begins the line with the link."""
    mock_port = _free_port()
    environment = os.environ | {
        "STEPLINE_PORT": "0",
        "STEPLINE_MOCK_PORT": str(mock_port),
        "STEPLINE_DATA_DIR": str(folder / "var"),
        "PYTHONUNBUFFERED": "1",
    }
    with (folder / "log").open("w") as log:
        process = subprocess.Popen(
            [sys.executable, "app.py", "run", *options],
            cwd=ROOT, env=environment, stdout=subprocess.PIPE, stderr=log, text=True,
        )  # fmt: skip
    with process:
        try:
            link = _link_after(way_in, process, folder / "log")
            yield Running(link, f"http://127.0.0.1:{mock_port}", environment)
        finally:
            process.send_signal(signal.SIGTERM)


def sign_in(browser: Browser, stepline: Running) -> Any:
    """What a browser holds whose person has clicked the link in the terminal."""
    context = browser.new_context()
    page = context.new_page()
    page.goto(stepline.link)
    page.get_by_role("button", name="Sign in as admin").click()
    page.wait_for_url(stepline.sample)
    state = context.storage_state()
    context.close()
    return state


def post(context: BrowserContext, url: str, **fields: str) -> APIResponse:
    """Sends a form without opening its page; the token is that of the browser's session."""
    page = context.request.get(urljoin(url, "/settings")).text()
    token = re.search(r'name="csrf_token" value="([^"]+)"', page)
    assert token
    return context.request.post(url, form={"csrf_token": token[1], **fields}, headers={"Referer": url})


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _link_after(way_in: str, process: subprocess.Popen[str], log: Path) -> str:
    assert process.stdout
    for line in process.stdout:
        if line.startswith(way_in):
            return line.removeprefix(way_in).strip()
    raise AssertionError(f"app.py ended before it said where the pages are:\n{log.read_text()}")


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    path = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    if path is None:
        if os.environ.get("CI") == "true":
            pytest.fail("the browser tests need chromium")
        pytest.skip("there is no chromium here")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=list(FLAGS))
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def signed_in(browser: Browser, stepline: Running) -> Any:
    return sign_in(browser, stepline)


@pytest.fixture
def open_browser(browser: Browser, signed_in: Any) -> Iterator[Callable[..., BrowserContext]]:
    """Makes browsers of somebody who has signed in; all are closed with the test."""
    opened: list[BrowserContext] = []

    def open_another(**options: Any) -> BrowserContext:
        opened.append(browser.new_context(**({"storage_state": signed_in} | options)))
        return opened[-1]

    yield open_another
    for context in opened:
        context.close()


@pytest.fixture
def context(open_browser: Callable[..., BrowserContext]) -> BrowserContext:
    return open_browser(viewport={"width": 1280, "height": 900})


@pytest.fixture
def page(context: BrowserContext) -> Iterator[Page]:
    """A page that must stay silent: no error, no violation of the content security policy."""
    page = context.new_page()
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text) if message.type in ("error", "warning") else None)
    page.on("pageerror", lambda error: said.append(str(error)))
    yield page
    assert said == []


@pytest.fixture(scope="session")
def museum(stepline: Running, browser: Browser, signed_in: Any, tmp_path_factory: pytest.TempPathFactory) -> Running:
    """The same Stepline, with a task in each state."""
    with browser.new_context(storage_state=signed_in) as context:
        return furnished(stepline, context, definitions(stepline.mock), tmp_path_factory.mktemp("museum"))


def furnished(stepline: Running, context: BrowserContext, documents: dict[str, Any], folder: Path) -> Running:
    """With the museum's documents loaded from the folder by the command line, its tasks started, its forms sent."""
    file = folder / "museum.json"
    file.write_text(json.dumps(documents), encoding="utf-8")
    stepline.command("load", str(file)).check_returncode()
    for path, fields in FORMS:
        assert post(context, stepline.url + path, **fields).ok, path
    worker = re.search(r'href="/workers/([^"?]+)"', context.request.get(f"{stepline.url}/workers").text())
    assert worker
    return replace(stepline, worker=worker[1])
