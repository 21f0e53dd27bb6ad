"""The store: everything the product remembers, over one database."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime

from pymongo.errors import PyMongoError

from .batches import Batches
from .connect import Documents, connect
from .definitions import Definitions
from .dump import dump, restore
from .event_log import EventLog
from .glance import Glance
from .history import History
from .hours import HourStore
from .inspection import require_sound
from .journal import Journal
from .leases import Leases
from .preferences import PreferenceStore
from .pulse import Pulse, PulseReader
from .schema import ensure
from .secret_store import SecretStore
from .sessions import OneTimeLinks, Sessions
from .shapes import ShapeStore
from .slots import Slots
from .task_list import TaskList
from .tasks import Tasks
from .tries import Tries
from .users import Users


class Store:
    """One object per process; its parts are views of the database, without state but for what makes lists quick."""

    def __init__(self, db: Documents) -> None:
        self.db = db
        self.pulse = Pulse(db)
        self.journal = Journal(db, self.pulse)
        self.tasks = Tasks(db, self.journal, self.pulse)
        self.task_list = TaskList(db, self.tasks)
        self.batches = Batches(db)
        self.leases = Leases(db, self.journal, self.pulse)
        self.history = History(db)
        self.definitions = Definitions(db, self.pulse, self.history)
        self.event_log = EventLog(db)
        self.glance = Glance(db, self.tasks)
        self.hours = HourStore(db)
        self.shapes = ShapeStore(db)
        self.slots = Slots(db)
        self.users = Users(db, self.pulse)
        self.preferences = PreferenceStore(db)
        self.secrets = SecretStore(db)
        self.sessions = Sessions(db)
        self.one_time_links = OneTimeLinks(db)
        self.tries = Tries(db)

    @classmethod
    def at(cls, uri: str) -> Store:
        """The store at that address, the database inspected and its indexes made. Raises `StoreUnavailable`."""
        return cls.sound(connect(uri))

    @classmethod
    def sound(cls, db: Documents) -> Store:
        """Likewise, in a database that is connected; closed again when it cannot be used. Raises `StoreUnavailable`."""
        store = cls(db)
        try:
            require_sound(db)
            store.prepare()
        except BaseException:
            store.close()
            raise
        return store

    def prepare(self) -> None:
        ensure(self.db)
        self.definitions.finish()

    def addresses(self) -> set[tuple[str, int]]:
        """(host, port) of every server of the database."""
        return {(host, port or 27017) for host, port in self.db.client.nodes}

    def time(self) -> datetime | None:
        """The database's own clock; None when it does not tell now."""
        try:
            told = self.db.client.admin.command("hello").get("localTime")
        except PyMongoError:
            return None
        return told.replace(tzinfo=UTC) if told else None

    def listen(self) -> PulseReader:
        """What changes from now on, whichever process changes it."""
        return PulseReader(self.db)

    def close(self) -> None:
        self.pulse.close()
        self.db.client.close()

    def dump(self) -> Iterator[str]:
        """Everything, a line a document."""
        return dump(self.db)

    def restore(self, lines: Iterable[str]) -> int:
        """What `dump` wrote, into an empty store; how many documents. Raises `NotEmpty`, `BadDump`."""
        return restore(self.db, lines)

    def remove_task(self, id_: str) -> bool:
        """Removes a task with its attempts and events; whether it was there."""
        self.history.forget(id_)
        self.journal.forget_task(id_)
        return self.tasks.delete(id_)
