"""The only room that knows Mongo: definitions, tasks, leases, attempts, events, users, the embedded server.

May import `engine.model`. Everything that leaves it is a model or plain data.
"""

from pymongo.errors import PyMongoError as StoreError

from .change import Change, Move
from .connect import DURABLE, StoreUnavailable, connect
from .definitions import Changes, Overtaken, SaveTooLarge, name_of
from .dump import BadDump, NotEmpty
from .event_log import place_of
from .glance import Active, Found
from .history import Fold, Trail
from .inspection import Finding, Portrait, counts, inspect, portray
from .journal import Record
from .leases import Due, Lease, Owned, WorkerInfo
from .outage import Outage, unwell
from .pages import BadPlace, Budget, Page, Pager, Place, newest_first
from .pulse import CATALOG, MANY_TASKS, TASK, USERS, WORKERS, News, PulseReader
from .store import Store
from .task_list import COUNTED, SORTS, Count, Sort, Sorting, TaskList, TaskPage
from .tasks import Head, TaskExists
from .users import UserExists
from .wanted import KEYS, Condition, Wanted, at_steps, lateness_of
from .writer import Entry, Writer

__all__ = [
    "CATALOG",
    "COUNTED",
    "DURABLE",
    "KEYS",
    "MANY_TASKS",
    "SORTS",
    "TASK",
    "USERS",
    "WORKERS",
    "Active",
    "BadDump",
    "BadPlace",
    "Budget",
    "Change",
    "Changes",
    "Condition",
    "Count",
    "Due",
    "Entry",
    "Finding",
    "Fold",
    "Found",
    "Head",
    "Lease",
    "Move",
    "News",
    "NotEmpty",
    "Outage",
    "Overtaken",
    "Owned",
    "Page",
    "Pager",
    "Place",
    "Portrait",
    "PulseReader",
    "Record",
    "SaveTooLarge",
    "Sort",
    "Sorting",
    "Store",
    "StoreError",
    "StoreUnavailable",
    "TaskExists",
    "TaskList",
    "TaskPage",
    "Trail",
    "UserExists",
    "Wanted",
    "WorkerInfo",
    "Writer",
    "at_steps",
    "connect",
    "counts",
    "inspect",
    "lateness_of",
    "name_of",
    "newest_first",
    "place_of",
    "portray",
    "unwell",
]
