"""What the measurements share: a mock server in its own process, an engine in this one, quantiles."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import requests

from engine.call import Caller
from engine.command import Catalog, Operator, read_documents
from engine.dispatch import LocalDispatch
from engine.garbage import collected_on_the_hub
from engine.script import Evaluator
from engine.store import Store
from engine.store.embedded import Embedded
from engine.worker import Worker, WorkerSettings

_SERVE = "import mock_api; s = mock_api.serve(port=0); print(s.url, flush=True); s.serve_forever()"
_PATCHED = "from gevent import monkey; monkey.patch_all(); "
ROOT = Path(__file__).parents[1]
SAMPLE = ROOT / "mock_api" / "documents.json"


@contextmanager
def mock_process() -> Iterator[str]:
    """The mock's address; it runs on the other core."""
    process = subprocess.Popen([sys.executable, "-c", _PATCHED + _SERVE], stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout
        url = process.stdout.readline().strip()
        requests.get(f"{url}/api1?name=x", timeout=10).raise_for_status()
        yield url
    finally:
        process.kill()
        process.wait()


@contextmanager
def temporary_store() -> Iterator[Store]:
    with tempfile.TemporaryDirectory() as folder, Embedded(Path(folder) / "db") as running:
        store = Store.at(running.uri)
        yield store
        store.close()


class Engine:
    """A worker with the seed's definitions, calling the mock at `url`."""

    def __init__(self, store: Store, url: str, **settings: Any) -> None:
        self.store, self.dispatch = store, LocalDispatch()
        self.caller, self.evaluator = Caller(pool_size=200), Evaluator()
        text = SAMPLE.read_text(encoding="utf-8").replace("http://127.0.0.1:9999", url)
        self.seed = read_documents(json.loads(text))
        Catalog(store).save(self.seed)
        self.operator = Operator(store, self.dispatch)
        chosen = WorkerSettings(**({"tasks": 1000, "calls": 200} | settings))
        self._garbage = ExitStack()
        self._garbage.enter_context(collected_on_the_hub())
        self.worker = Worker(store, self.caller, self.evaluator, self.dispatch, settings=chosen)

    def create(self, id_: str) -> str:
        (document,) = self.seed.tasks.values()
        return self.operator.create_from_document(document.model_copy(update={"id": id_, "args": {"n": 4}})).id

    def close(self) -> None:
        self.worker.drain()
        self.evaluator.close()
        self.caller.close()
        self._garbage.close()


def quantile(values: Sequence[float], part: float) -> float:
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * part))]


def memory_mb(pid: int | str = "self") -> float:
    """Resident memory of a process."""
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 1e6


def peak_memory_mb(pid: int) -> float:
    """The most that was resident so far."""
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM")) * 1024 / 1e6


def cpu_s(pid: int | str = "self") -> float:
    """CPU that a process has used, in user and system mode."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def disk_mb(folder: Path) -> float:
    return sum(file.stat().st_blocks * 512 for file in folder.rglob("*") if file.is_file()) / 1e6


@contextmanager
def worker_process(uri: str) -> Iterator[int]:
    """`app.py worker` at work on that database; its process number."""
    environment = os.environ | {"STEPLINE_MONGO_URI": uri}
    process = subprocess.Popen([sys.executable, "app.py", "worker"], cwd=ROOT, env=environment, stdout=subprocess.PIPE)
    try:
        assert process.stdout
        process.stdout.readline()
        yield process.pid
    finally:
        process.terminate()
        process.wait()
