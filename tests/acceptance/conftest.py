"""Processes of the command line, each on ports and a folder of its own."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import requests

ROOT = Path(__file__).parents[2]
PATIENCE_S = 60


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


class Visitor:
    """Somebody who followed a link to where one signs in, and sent the form there."""

    def __init__(self, link: str, **fields: str) -> None:
        self.session = requests.Session()
        form = self.session.get(link, timeout=10)
        found = re.search(r'name="csrf_token" value="([^"]+)"', form.text)
        assert found, form.text
        self.page = self.session.post(link, data={"csrf_token": found[1], **fields}, timeout=10)
        self.url = self.page.url
        """Where the link led."""

    def task(self, url: str = "") -> Any:
        """The task whose page that is."""
        return self.session.get(f"{url or self.url}.json", timeout=10).json()


@dataclass
class Product:
    """The command line with an environment of its own."""

    env: dict[str, str]

    def run(self, *args: str, stdin: str = "", timeout_s: float = PATIENCE_S) -> subprocess.CompletedProcess[str]:
        """A command that ends by itself."""
        return subprocess.run(
            [sys.executable, "app.py", *args],
            cwd=ROOT,
            env=self.env,
            input=stdin,
            capture_output=True,
            text=True,
            timeout=timeout_s,
            check=False,
        )

    def user_link(self, name: str = "admin") -> str:
        """A one-time link of a user, who is added where they are not there yet."""
        added = self.run("user", "add", name, "--role", "admin")
        said = added if added.returncode == 0 else self.run("user", "link", name)
        return said.stdout.rpartition(": ")[2].strip()

    def start(self, *args: str) -> Running:
        """A command that runs until it is ended."""
        process = subprocess.Popen(
            [sys.executable, "-u", "app.py", *args],
            cwd=ROOT,
            env=self.env,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        return Running(process)


@dataclass
class Running:
    process: subprocess.Popen[str]

    def says(self, pattern: str) -> re.Match[str]:
        """Waits for a line that matches."""
        assert self.process.stdout
        lines = []
        for line in self.process.stdout:
            lines.append(line)
            if found := re.search(pattern, line):
                return found
        raise AssertionError(f"it ended without saying {pattern!r}:\n{''.join(lines)}")

    def end(self) -> int:
        """As an init system does; the exit code."""
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(PATIENCE_S)

    def kill(self) -> None:
        self.process.kill()
        self.process.wait(PATIENCE_S)


@pytest.fixture
def product(tmp_path: Path) -> Iterator[Callable[..., Product]]:
    """Makes products that share a data folder; every process is ended with the test."""
    made: list[Running] = []
    shared = {
        "STEPLINE_DATA_DIR": str(tmp_path / "var"),
        "STEPLINE_MOCK_PORT": str(free_port()),
        "STEPLINE_PORT": str(free_port()),
        "STEPLINE_LEASE_S": "2",
    }

    class Kept(Product):
        def start(self, *args: str) -> Running:
            made.append(super().start(*args))
            return made[-1]

    yield lambda **env: Kept(os.environ | shared | env)
    for running in made:
        running.kill()
