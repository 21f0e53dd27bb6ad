"""The only room that knows Mongo: definitions, tasks, leases, attempts, events, users, the embedded server.

May import `engine.model`. Everything that leaves it is a model or plain data.
"""

from pymongo.errors import PyMongoError as StoreError

from .change import Change, Move
from .connect import DURABLE, StoreUnavailable, connect
from .dump import BadDump, NotEmpty
from .event_log import EventPlace
from .glance import MANY, Found
from .history import Fold, Trail
from .inspection import Finding, Portrait, counts, inspect, portray
from .journal import Record
from .leases import Due, Lease, Owned, WorkerInfo
from .outage import Outage, unwell
from .pulse import CATALOG, MANY_TASKS, TASK, USERS, WORKERS, News, PulseReader
from .store import Store
from .tasks import TaskExists
from .users import UserExists
from .writer import Entry, Writer

__all__ = [
    "CATALOG",
    "DURABLE",
    "MANY",
    "MANY_TASKS",
    "TASK",
    "USERS",
    "WORKERS",
    "BadDump",
    "Change",
    "Due",
    "Entry",
    "EventPlace",
    "Finding",
    "Fold",
    "Found",
    "Lease",
    "Move",
    "News",
    "NotEmpty",
    "Outage",
    "Owned",
    "Portrait",
    "PulseReader",
    "Record",
    "Store",
    "StoreError",
    "StoreUnavailable",
    "TaskExists",
    "Trail",
    "UserExists",
    "WorkerInfo",
    "Writer",
    "connect",
    "counts",
    "inspect",
    "portray",
    "unwell",
]
