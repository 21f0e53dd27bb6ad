"""What the measurements share: a mock server in its own process, an engine in this one, quantiles."""

from __future__ import annotations

import json
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
SAMPLE = Path(__file__).parents[1] / "mock_api" / "documents.json"


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


def memory_mb() -> float:
    """Resident memory of this process."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * 4096 / 1e6
