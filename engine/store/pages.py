"""Pages along an index, from a place in it, forwards and backwards: quick however large the collection is.

    order = newest_first("at")                      # the index is ("at",)
    page = Pager(db.event).page(order, 50, after=Place.read(text), keep=lambda raw: raw["who"] == "ann")

`page.documents` are those asked for, `page.first` and `page.last` the places to go on from: `Place.text` fits into an
address. A page costs what is looked at, so one whose `keep` refuses nearly all stops at a budget, with fewer documents
than were wanted: `page.cut_short` says so, `page.looked` how many were looked at, and `page.last` goes on.

An order is one or more stretches, each the range of one index: first what has a value, then what has none. Where the
server stops at a limit, a stretch is read in pieces of that limit. The embedded one does not: it reads all that a
filter matches. There a stretch is read in windows of its key, see `scale.py`. Keep one `Pager` a collection and
process: it remembers where documents are dense.
"""

from __future__ import annotations

import base64
import json
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from .inspection import stops_at_limit
from .scale import TIMES, Density, Scale, Stride

Raw = dict[str, Any]
Keep = Callable[[Raw], bool]

FEW, MANY = 128, 1_024
"""Documents that one query should bring: at first, and when hardly any of them is kept."""
_DENSITIES = 500
_DAY_S = 86_400
_AGES_S = sorted([*(60 * 1.3**power for power in range(45)), *(4 * _DAY_S * times for times in range(1, 97))])
"""How old the documents of a sample are: every four days of the last year, and closer together the newer they are."""
_OF_AN_AGE = 16


class BadPlace(ValueError):
    """A text that names no place in the order."""

    def __init__(self) -> None:
        super().__init__("the address of this page is damaged, or of a list in another order: go to the first page")


@dataclass(frozen=True, slots=True)
class Place:
    """Where a document stands: its stretch, its value there (None without a key), its id."""

    stretch: int
    value: Any
    id: str

    @property
    def text(self) -> str:
        moment = isinstance(self.value, datetime)
        value = self.value.isoformat() if moment else self.value
        packed = json.dumps([self.stretch, moment, value, self.id], separators=(",", ":"))
        return base64.urlsafe_b64encode(packed.encode()).decode().rstrip("=")

    @classmethod
    def read(cls, text: str) -> Place:
        """Raises `BadPlace`."""
        try:
            packed = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
            stretch, moment, value, id_ = json.loads(packed)
            value = datetime.fromisoformat(value).astimezone(UTC) if moment else value
        except (ValueError, TypeError, OverflowError, RecursionError):
            raise BadPlace from None
        if type(stretch) is not int or not isinstance(id_, str):
            raise BadPlace
        return cls(stretch, value, id_)


@dataclass(frozen=True, slots=True)
class Budget:
    """A page ends where it is once it has looked at so many documents, or at `MANY` and for so long."""

    documents: int = 10_000
    seconds: float = 0.3


@dataclass(frozen=True)
class Stretch:
    """The documents of which `where` (equalities) and `only` are true, by `key`, then by `_id`.

    `where` and `key` together are an index, in this order. Without a key: few documents, by their ids.
    """

    key: str | None
    scale: Scale = TIMES
    where: Mapping[str, Any] = field(default_factory=dict)
    descending: bool = False
    only: Keep | None = None
    below: Any = None
    """Where the values end; None: they do not."""
    aged_by: str = ""
    """The time by which documents are sampled, to learn where a scale without an anchor is dense; has an index."""

    def holds(self, raw: Raw) -> bool:
        """Whether the document is one of this stretch."""
        if any(raw.get(key) != value for key, value in self.where.items()) or not (self.only is None or self.only(raw)):
            return False
        value = raw.get(self.key) if self.key else None
        return self.key is None or (self.scale.has(value) and (self.below is None or value < self.below))

    def value(self, raw: Raw) -> Any:
        return raw[self.key] if self.key else None

    def rank(self, raw: Raw) -> tuple[Any, str]:
        return (self.value(raw) if self.key else 0, raw["_id"])

    def rank_of(self, place: Place) -> tuple[Any, str]:
        """Raises `BadPlace`."""
        if not self.key:
            return 0, place.id
        if not self.scale.has(place.value):
            raise BadPlace
        return place.value, place.id


Order = Sequence[Stretch]


def newest_first(key: str) -> Order:
    """By a time that every document has."""
    return (Stretch(key, descending=True),)


@dataclass(frozen=True, slots=True)
class Page:
    """`first` and `last` are the places to go on from, backwards and forwards; None when nothing was looked at."""

    documents: list[Raw]
    first: Place | None
    last: Place | None
    more: bool
    """Whether there may be something beyond `last` (before `first`, for a page that was read backwards)."""
    looked: int
    cut_short: bool
    """Whether the budget ended it before it was full or everything had been looked at."""


class Pager:
    """Of one collection. What it learns of the density of its indexes is shared by all who use it."""

    def __init__(self, collection: Any) -> None:
        self._collection = collection
        self._densities: dict[tuple[Any, ...], Density] = {}
        self._stops_at_limit: bool | None = None

    def page(
        self,
        order: Order,
        wanted: int,
        *,
        after: Place | None = None,
        before: Place | None = None,
        keep: Keep | None = None,
        fields: Iterable[str] = (),
        budget: Budget = Budget(),
    ) -> Page:
        """The `wanted` documents after (or before) a place, in order; whole ones unless `fields` are named.

        Raises `BadPlace` for a place of another order.
        """
        backwards = before is not None
        batches = self.walk(order, before if backwards else after, backwards=backwards, keep=keep, fields=fields)
        found = _gathered(batches, wanted, budget)
        return _turned(found) if backwards else found

    def walk(
        self,
        order: Order,
        start: Place | None = None,
        *,
        backwards: bool = False,
        keep: Keep | None = None,
        fields: Iterable[str] = (),
    ) -> Iterator[Batch]:
        """All there is beyond `start`, query by query. Raises `BadPlace`."""
        at = start.stretch if start else (len(order) - 1 if backwards else 0)
        if not 0 <= at < len(order):
            raise BadPlace
        for number in range(at, -1, -1) if backwards else range(at, len(order)):
            begin = start if start and start.stretch == number else None
            reading = _Reading(self._collection, order[number], number, begin, backwards, keep, tuple(fields))
            yield from reading.batches(self._stride(order[number], reading.down))

    def _stride(self, stretch: Stretch, down: bool) -> Stride | None:
        """None where the server needs no windows."""
        if self._stops_at_limit is None:
            self._stops_at_limit = stops_at_limit(self._collection.database)
        if self._stops_at_limit or stretch.key is None:
            return None
        turn = -1 if down else 1
        return Stride(stretch.scale, self._density(stretch, turn), turn)

    def _density(self, stretch: Stretch, turn: int) -> Density:
        name = (stretch.key, *sorted((key, str(value)) for key, value in stretch.where.items()), turn)
        if name not in self._densities:
            if len(self._densities) >= _DENSITIES:
                self._densities.clear()
            self._densities[name] = Density()
            if stretch.aged_by:
                self._take_sample(self._densities[name], stretch, turn)
        return self._densities[name]

    def _take_sample(self, density: Density, stretch: Stretch, turn: int) -> None:
        """Of every age: names often grow with time, and the newest alone would tell of one corner."""
        key, now = str(stretch.key), datetime.now(UTC)
        sample = [raw for age_s in _AGES_S for raw in self._from_about(now, age_s, stretch.aged_by, key)]
        numbers = [turn * stretch.scale.number(raw[key]) for raw in sample if stretch.scale.has(raw.get(key))]
        if numbers:
            density.note_sample(numbers, max(1, self._collection.estimated_document_count() // len(numbers)))

    def _from_about(self, now: datetime, age_s: float, aged_by: str, key: str) -> list[Raw]:
        """A few of that age, by windows that widen until they hold some: each is read whole."""
        since, width_s = now - timedelta(seconds=age_s), 0.25
        found: list[Raw] = []
        while len(found) < _OF_AN_AGE and width_s < age_s / 8:
            window = {"$gte": since, "$lt": since + timedelta(seconds=width_s)}
            found = list(self._collection.find({aged_by: window}, {key: 1}))
            width_s *= 4
        return found[:_OF_AN_AGE]


class _Reading:
    """Of one stretch, upwards or downwards, from a place in it or from its end."""

    def __init__(
        self,
        collection: Any,
        stretch: Stretch,
        number: int,
        begin: Place | None,
        backwards: bool,
        keep: Keep | None,
        fields: Sequence[str],
    ) -> None:  # fmt: skip
        self._collection, self._stretch, self._number = collection, stretch, number
        self.down = stretch.descending != backwards
        self._begin, self._keep = stretch.rank_of(begin) if begin else None, keep
        self._fields = dict.fromkeys((*fields, *filter(None, [stretch.key])), 1) if fields else None
        self._wanted = FEW

    def batches(self, stride: Stride | None) -> Iterator[Batch]:
        if self._stretch.key is None:
            yield self._batch(self._sorted(self._collection.find(dict(self._stretch.where), self._fields)))
        elif stride is None:
            yield from self._by_limits(self._stretch.key)
        else:
            yield from self._by_windows(stride)

    def _by_limits(self, key: str) -> Iterator[Batch]:
        """Each query goes on to the end and stops at its limit; what shares the last value comes with the next."""
        begin, limit = self._begin[0] if self._begin else None, self._wanted
        while True:
            found = self._find(self._from(begin)).sort(key, -1 if self.down else 1).limit(limit)
            raws = self._sorted(found)
            if len(raws) < limit:
                yield self._batch(raws)
                return
            whole = [raw for raw in raws if raw[key] != raws[-1][key]]
            if whole:
                yield self._batch(whole)
                begin, limit = raws[-1][key], self._wanted
            else:
                limit *= 4

    def _from(self, begin: Any) -> Raw:
        scale = self._stretch.scale
        ends = {} if self._stretch.below is None else {"$lt": self._stretch.below}
        if begin is None:
            return {"$gte": scale.value(scale.least), **ends}
        return {"$lte": begin, **ends} if self.down else {"$gte": begin, **ends}

    def _by_windows(self, stride: Stride) -> Iterator[Batch]:
        """Each window is read whole. To go downwards, numbers are turned round, so that windows always follow."""
        scale, turn = self._stretch.scale, -1 if self.down else 1
        at, end = sorted((turn * scale.least, turn * self._most()))
        if self._begin:
            at = turn * scale.number(self._begin[0])
        while at <= end:
            to = min(end + 1, stride.end(at, self._wanted))
            low, high = (1 - to, 1 - at) if self.down else (at, to)
            raws = self._sorted(self._find(self._window(low, high)))
            stride.note(at, to, len(raws))
            yield self._batch(raws)
            at = to

    def _most(self) -> int:
        below, scale = self._stretch.below, self._stretch.scale
        return scale.most if below is None else scale.number(below)

    def _window(self, low: int, high: int) -> Raw:
        scale, below = self._stretch.scale, self._stretch.below
        end = scale.value(high)
        return {"$gte": scale.value(low), "$lt": end if below is None else min(end, below)}

    def _find(self, range_: Raw) -> Any:
        return self._collection.find({**self._stretch.where, str(self._stretch.key): range_}, self._fields)

    def _sorted(self, found: Iterable[Raw]) -> list[Raw]:
        return sorted(found, key=self._stretch.rank, reverse=self.down)

    def _batch(self, raws: list[Raw]) -> Batch:
        beyond = [raw for raw in raws if self._is_beyond(raw)]
        kept = [raw for raw in beyond if self._keeps(raw)]
        if len(kept) * 2 < len(beyond):
            self._wanted = min(MANY, self._wanted * 2)
        return Batch(self._number, self._stretch, beyond, kept)

    def _is_beyond(self, raw: Raw) -> bool:
        if self._begin is None:
            return True
        return self._stretch.rank(raw) < self._begin if self.down else self._stretch.rank(raw) > self._begin

    def _keeps(self, raw: Raw) -> bool:
        only = self._stretch.only
        return (only is None or only(raw)) and (self._keep is None or self._keep(raw))


@dataclass(frozen=True, slots=True)
class Batch:
    """What one query brought, in order, and what of it is kept."""

    number: int
    stretch: Stretch
    raws: list[Raw]
    kept: list[Raw]

    def place(self, raw: Raw) -> Place:
        return Place(self.number, self.stretch.value(raw), raw["_id"])


def _gathered(batches: Iterable[Batch], wanted: int, budget: Budget) -> Page:
    documents: list[Raw] = []
    first = last = None
    looked, until_s = 0, time.monotonic() + budget.seconds
    for batch in batches:
        room = wanted - len(documents)
        first = first or (batch.place(batch.raws[0]) if batch.raws else None)
        documents += batch.kept[:room]
        looked += len(batch.raws)
        if len(batch.kept) > room:
            last = batch.place(batch.kept[room - 1]) if room else last
            return Page(documents, first, last, more=True, looked=looked, cut_short=False)
        last = batch.place(batch.raws[-1]) if batch.raws else last
        if looked >= budget.documents or (looked >= MANY and time.monotonic() > until_s):
            return Page(documents, first, last, more=True, looked=looked, cut_short=len(documents) < wanted)
    return Page(documents, first, last, more=False, looked=looked, cut_short=False)


def _turned(page: Page) -> Page:
    return replace(page, documents=page.documents[::-1], first=page.last, last=page.first)
