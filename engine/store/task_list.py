"""The operators' list: tasks by any of its orders, with any conditions, a page at a time; and how many there are.

Costs the same at a million tasks as at a thousand. A condition that few tasks meet and an index covers (a status, a
system, being late) is read whole and sorted here; else the order's own index is walked and what does not meet the
conditions is passed over, within a budget (`engine/store/pages.py`).
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, get_args

from engine.model import SHORT_S, TASK_ACTIVE, Task, TaskStatus

from .connect import BEGINNING, Documents
from .pages import BadPlace, Budget, Order, Page, Pager, Place, Raw, Stretch
from .scale import AMOUNTS, TEXTS, TIMES, Scale
from .tasks import Tasks
from .wanted import Wanted, lateness_of

Sort = Literal["deadline", "slack", "started", "finished", "created", "name"]
SORTS: tuple[Sort, ...] = get_args(Sort)

COUNTED = 1_000
"""Beyond, a count only says that there are more; and so many are sorted here rather than walked to."""
_GOOD_FOR_S = 2.0
_MANY_GOOD_FOR_S = 30.0
_FEW_KNOWN_FOR_S = 60.0
"""A count that was small a minute ago is taken again by one query: it can hardly have become huge."""
PAGE = Budget()
_NO_HURRY = Budget(documents=20_000, seconds=5.0)


@dataclass(frozen=True, slots=True)
class Count:
    """`exact`, or there are more."""

    number: int
    exact: bool = True

    def __add__(self, other: Count) -> Count:
        return Count(self.number + other.number, self.exact and other.exact)


@dataclass(frozen=True, slots=True)
class Sorting:
    """`upwards`: from the least on. What has no value comes last either way, the newest first."""

    by: Sort = "deadline"
    upwards: bool = True


@dataclass(frozen=True, slots=True)
class TaskPage:
    """`before` and `after` lead to the neighbouring pages; None where there is none."""

    tasks: list[Task]
    before: Place | None
    after: Place | None
    looked: int
    cut_short: bool
    """Whether it looked at as many tasks as it may before the page was full: `after` goes on."""


class TaskList:
    def __init__(self, db: Documents, tasks: Tasks) -> None:
        self._tasks, self._collection = tasks, db.task
        self._pager = Pager(db.task)
        self._known: dict[str, _Known] = {}

    # -- pages -----------------------------------------------------------------------------------

    def page(
        self,
        wanted: Wanted,
        sorting: Sorting,
        now: datetime,
        rows: int,
        *,
        after: Place | None = None,
        before: Place | None = None,
        budget: Budget = PAGE,
    ) -> TaskPage:
        """The tasks after (or before) a place, up to date. Raises `BadPlace`."""
        found = self._page(wanted, sorting, now, rows, after, before, budget)
        tasks = {task.id: task for task in self._tasks.many(raw["_id"] for raw in found.documents)}
        shown = [tasks[raw["_id"]] for raw in found.documents if raw["_id"] in tasks]
        is_before, is_after = (found.more, True) if before else (after is not None, found.more)
        places = found.first if is_before else None, found.last if is_after else None
        return TaskPage(shown, *places, found.looked, found.cut_short)

    def ids(
        self, wanted: Wanted, now: datetime, most: int, after: Place | None = None, budget: Budget = _NO_HURRY
    ) -> tuple[list[str], Place | None]:
        """Ids of tasks that meet the conditions, the most urgent first, and where to go on; None at the end."""
        found = self._page(wanted, Sorting(), now, most, after, None, budget)
        return [raw["_id"] for raw in found.documents], found.last if found.more else None

    def each(self, wanted: Wanted, sorting: Sorting, now: datetime) -> Iterator[Task]:
        """Every task that meets the conditions, in order: for an export."""
        order, fields = _order(wanted, sorting, now), wanted.fields() | _OWN
        for batch in self._pager.walk(order, keep=lambda raw: wanted.holds(raw, now), fields=fields):
            ids = [raw["_id"] for raw in batch.kept]
            found = {task.id: task for task in self._tasks.many(ids)} if ids else {}
            yield from (found[id_] for id_ in ids if id_ in found)

    def _page(
        self, wanted: Wanted, sorting: Sorting, now: datetime, rows: int, after: Place | None, before: Place | None,
        budget: Budget,
    ) -> Page:  # fmt: skip
        order, fields = _order(wanted, sorting, now), wanted.fields() | _OWN | {_KEYS[sorting.by]}
        few = self._few(wanted, now, fields, order)
        if few is not None:
            return _cut_out(few, order, rows, after, before)
        return self._pager.page(
            order, rows, after=after, before=before, keep=lambda raw: wanted.holds(raw, now), fields=fields,
            budget=budget,
        )  # fmt: skip

    def _few(self, wanted: Wanted, now: datetime, fields: set[str], order: Order) -> list[Raw] | None:
        """All tasks that meet the conditions, where an index leads to few."""
        for corner in _corners(wanted, now):
            if all(stretch.where.items() >= corner.where.items() for stretch in order) and corner.where:
                continue  # the order goes along that index already
            read = self._read(corner, fields | {"created_at"})
            if read is not None:
                return [raw for raw in read if wanted.holds(raw, now)]
        return None

    # -- counts ----------------------------------------------------------------------------------

    def counts(self) -> dict[TaskStatus, Count]:
        """Of each status, exact up to `COUNTED`; a moment old."""
        return {status: self._count(_with(status=status)) for status in TaskStatus}

    def late_count(self, now: datetime) -> Count:
        """How many are late now."""
        known = self._known.get("late")
        if known and known.good():
            return known.count
        late = self._read(_late(now), _LATE_FIELDS)
        count = (
            Count(COUNTED, exact=False) if late is None else Count(sum(lateness_of(raw, now) == "yes" for raw in late))
        )
        self._known["late"] = _Known.now(count)
        return count

    def _count(self, corner: _Corner) -> Count:
        known = self._known.get(corner.name)
        if not known or not known.good():
            self._read(corner, {"_id"})
            known = self._known[corner.name]
        return known.count

    # -- what few tasks meet -----------------------------------------------------------------------

    def _read(self, corner: _Corner, fields: Iterable[str]) -> list[Raw] | None:
        """All of a corner; None when they are many. What is known of its size says how to find out."""
        known = self._known.get(corner.name)
        if known and not known.count.exact and known.good():
            return None
        if known and known.count.exact and known.few_still():
            found = list(self._collection.find(corner.filter(), dict.fromkeys(fields, 1)))
            raws, more = found[:COUNTED], len(found) > COUNTED
        else:
            page = self._pager.page(corner.order, COUNTED, fields=fields, budget=_NO_HURRY)
            raws, more = page.documents, page.more
        self._known[corner.name] = _Known.now(Count(len(raws), exact=not more))
        return None if more else raws


@dataclass(frozen=True, slots=True)
class _Known:
    """A count, and when it was taken."""

    count: Count
    at_s: float

    @classmethod
    def now(cls, count: Count) -> _Known:
        return cls(count, time.monotonic())

    def good(self) -> bool:
        return time.monotonic() - self.at_s < (_GOOD_FOR_S if self.count.exact else _MANY_GOOD_FOR_S)

    def few_still(self) -> bool:
        return time.monotonic() - self.at_s < _FEW_KNOWN_FOR_S


@dataclass(frozen=True)
class _Corner:
    """Tasks that one index leads to."""

    name: str
    order: Order
    where: Mapping[str, Any]
    """Equalities; none for a range."""
    range_: Mapping[str, Any]

    def filter(self) -> dict[str, Any]:
        return {**self.where, **self.range_}


def _with(**where: Any) -> _Corner:
    return _Corner(str(where), _by_age(where), where, {})


_LEAST_SLACK_S = -1e15


def _late(now: datetime) -> _Corner:
    return _Corner("past deadline", (Stretch("deadline", below=now),), {}, {"deadline": {"$gt": BEGINNING, "$lt": now}})


def _tight() -> _Corner:
    short = {"$gt": _LEAST_SLACK_S, "$lt": -SHORT_S}
    return _Corner("no slack", (Stretch("slack_s", AMOUNTS, below=-SHORT_S),), {}, {"slack_s": short})


def _corners(wanted: Wanted, now: datetime) -> Iterator[_Corner]:
    """Where all that is wanted is to be found, if it is in one place."""
    if len(statuses := wanted.values("status")) == 1:
        yield _with(status=next(iter(statuses)))
    if wanted.values("late") == {"yes"}:
        yield _late(now)
    if wanted.values("late") == {"will"}:
        yield _tight()
    if len(systems := wanted.values("system")) == 1:
        yield _with(system=next(iter(systems)))


_KEYS: Mapping[Sort, str] = {
    "deadline": "deadline",
    "slack": "slack_s",
    "started": "started_at",
    "finished": "ended_at",
    "created": "created_at",
    "name": "name",
}
_SCALES: Mapping[Sort, Scale] = {"slack": AMOUNTS, "name": TEXTS}
_OWN = {"_id", "status", "created_at", "deadline", "paused_at"}
"""What orders look at."""
_LATE_FIELDS = ("status", "deadline", "paused_at")


def _order(wanted: Wanted, sorting: Sorting, now: datetime) -> Order:
    statuses, systems = wanted.values("status"), wanted.values("system")
    where = {"status": next(iter(statuses))} if len(statuses) == 1 else {}
    where = where or ({"system": next(iter(systems))} if len(systems) == 1 else {})
    if sorting.by == "created":
        return _by_age(where, descending=not sorting.upwards)
    if sorting.by == "deadline":
        return _by_deadline(wanted, sorting, where, now)
    key, scale = _KEYS[sorting.by], _SCALES.get(sorting.by, TIMES)
    aged_by = "created_at" if scale is TEXTS else ""
    return (Stretch(key, scale, descending=not sorting.upwards, aged_by=aged_by), *_without(key, where))


def _by_deadline(wanted: Wanted, sorting: Sorting, where: Mapping[str, Any], now: datetime) -> Order:
    """Running clocks, then those that stand still, then what has none; without the parts that cannot be wanted."""
    statuses = wanted.values("status")
    if len(statuses) == 1 and not statuses & TASK_ACTIVE:
        return _by_age(where)
    below = now if wanted.values("late") == {"yes"} else None
    running = Stretch("deadline", descending=not sorting.upwards, only=_runs, below=below)
    still = _by_age({"status": TaskStatus.PAUSED}, only=_has_clock)
    if below:
        return (running, *still)
    return (running, *still, *_without("deadline", where))


def _without(key: str, where: Mapping[str, Any]) -> Order:
    """What has no such value, by age; along the index of what is wanted, where there is one."""
    if where:
        return _by_age(where, only=lambda raw: raw.get(key) is None)
    return _by_age({key: None})


def _by_age(where: Mapping[str, Any], *, descending: bool = True, only: Any = None) -> Order:
    return (
        Stretch("created_at", where=where, descending=descending, only=only),
        Stretch(None, where={**where, "created_at": None}, only=only),
    )


def _runs(raw: Raw) -> bool:
    return bool(raw["status"] != TaskStatus.PAUSED)


def _has_clock(raw: Raw) -> bool:
    return raw.get("deadline") is not None


def _cut_out(raws: Sequence[Raw], order: Order, rows: int, after: Place | None, before: Place | None) -> Page:
    """A page of tasks that are all at hand."""
    placed: list[tuple[int, Raw]] = []
    for number, stretch in enumerate(order):
        own = [raw for raw in raws if stretch.holds(raw)]
        placed += [(number, raw) for raw in sorted(own, key=stretch.rank, reverse=stretch.descending)]
    begin, end = _bounds(placed, order, rows, after, before)
    shown = placed[begin:end]
    places = [Place(number, order[number].value(raw), raw["_id"]) for number, raw in shown]
    first, last = (places[0], places[-1]) if places else (None, None)
    more = begin > 0 if before else end < len(placed)
    return Page([raw for _, raw in shown], first, last, more, len(raws), cut_short=False)


def _bounds(
    placed: Sequence[tuple[int, Raw]], order: Order, rows: int, after: Place | None, before: Place | None
) -> tuple[int, int]:
    """From which to which of them a page goes."""
    if before:
        end = sum(_precedes(order, number, raw, before, itself=False) for number, raw in placed)
        return max(0, end - rows), end
    begin = sum(_precedes(order, number, raw, after, itself=True) for number, raw in placed) if after else 0
    return begin, min(len(placed), begin + rows)


def _precedes(order: Order, number: int, raw: Raw, place: Place, *, itself: bool) -> bool:
    """Whether a task comes before a place (or is `itself` there)."""
    if not 0 <= place.stretch < len(order):
        raise BadPlace
    if number != place.stretch:
        return number < place.stretch
    own, theirs = order[number].rank(raw), order[number].rank_of(place)
    if own == theirs:
        return itself
    return own > theirs if order[number].descending else own < theirs
