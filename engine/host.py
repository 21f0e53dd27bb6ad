"""What a process is made of: its store (embedded or named), its worker, their orderly end."""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from engine.call import Caller, EgressPolicy
from engine.dispatch import LocalDispatch
from engine.garbage import collected_on_the_hub
from engine.run import SharedClock
from engine.script import Evaluator
from engine.settings import Settings
from engine.store import Store
from engine.store.embedded import Embedded
from engine.vault import Keyring
from engine.version import VERSION
from engine.worker import Worker, WorkerSettings


@contextmanager
def opened_store(settings: Settings) -> Iterator[Store]:
    """The store that the settings name; the embedded server runs as long as somebody has it open.

    Raises `StoreUnavailable` and `EmbeddedUnavailable`, whose texts say what to do.
    """
    if settings.mongo_uri:
        store = Store.at(settings.mongo_uri.get_secret_value())
        try:
            yield store
        finally:
            store.close()
        return
    with Embedded(settings.data_dir / "db") as running:
        store = Store.at(running.uri)
        try:
            yield store
        finally:
            store.close()


@contextmanager
def running_worker(settings: Settings, store: Store, dispatch: LocalDispatch) -> Iterator[Worker]:
    """A worker at work; it is drained at the end."""
    caller = Caller(policy=egress_policy(settings, store), pool_size=settings.calls, user_agent=f"stepline/{VERSION}")
    evaluator = Evaluator(workers=settings.script_workers)
    worker = Worker(store, caller, evaluator, dispatch, SharedClock(store.time), worker_settings(settings))
    with collected_on_the_hub():
        worker.start()
        try:
            yield worker
        finally:
            worker.drain()
            evaluator.close()
            caller.close()


def worker_settings(settings: Settings) -> WorkerSettings:
    return WorkerSettings(
        lease_s=settings.lease_s,
        renew_s=settings.lease_s / 6,
        margin_s=settings.lease_s / 6,
        park_after_s=settings.park_after_s,
        grace_s=settings.grace_s,
        tasks=settings.tasks,
        calls=settings.calls,
        keyring=keyring_of(settings),
    )


def egress_policy(settings: Settings, store: Store) -> EgressPolicy:
    """Our own database and pages are never an API."""
    allow = tuple(network.strip() for network in settings.egress_allow.split(",") if network.strip())
    return EgressPolicy(allow=allow, deny=frozenset({*store.addresses(), (settings.host, settings.port)}))


def keyring_of(settings: Settings) -> Keyring:
    """What secrets are encrypted with: as set, and the file in the data folder."""
    given = settings.secret_keys.get_secret_value() if settings.secret_keys else ""
    return Keyring(tuple(key.strip() for key in given.split(",") if key.strip()), settings.data_dir / "secret_keys")


def signing_key(settings: Settings) -> str:
    """What cookies are signed with: as set, else made once and kept in the data folder, for all web processes."""
    if settings.secret_key:
        return settings.secret_key.get_secret_value()
    path = Path(settings.data_dir) / "secret_key"
    path.parent.mkdir(parents=True, exist_ok=True)
    with suppress(FileExistsError), open(path, "x", opener=_private) as file:
        file.write(secrets.token_hex(32))
    return path.read_text()


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)


def base_url(host: str, port: int) -> str:
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"
