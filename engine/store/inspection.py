"""What a database is, and whether it keeps what the store relies on: looked at once, when the store is opened.

The server is asked what it is, and made to do the few things that correctness hangs on, in a scratch collection of
its own. What it would take long to find out (durability, failover) is not tried here: that is for tests.
"""

from __future__ import annotations

import logging
import secrets
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Literal

from pymongo import ASCENDING, UpdateOne
from pymongo.errors import BulkWriteError, PyMongoError

from .connect import Documents, StoreUnavailable, reason, unavailable
from .schema import INDEXES

log = logging.getLogger(__name__)

SCRATCH = "inspection"
"""The collection where writes are tried; empty but for the moment of the trial."""
LEAST_WIRE_VERSION = 17
"""MongoDB 6.0."""
MOST_CLOCK_DIFFERENCE_S = 5.0
_DUPLICATE = 11000

Raw = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that the database lacks, and what to do about it."""

    what: str
    severity: Literal["refuse", "warn"]
    advice: str

    def __str__(self) -> str:
        return f"{self.what}: {self.advice}"


@dataclass(frozen=True, slots=True)
class Portrait:
    """What a server says of itself. `address` has no name or password in it."""

    kind: str
    version: str
    address: str


def portray(db: Documents) -> Portrait:
    """Raises what the database says when it does not answer."""
    hello, build = _hello(db), db.client.admin.command("buildInfo")
    servers = ",".join(sorted(f"{host}:{port}" for host, port in db.client.nodes))
    return Portrait(f"{_maker(build)}, {_topology(hello)}", build["version"], f"{servers}/{db.name}")


def counts(db: Documents) -> dict[str, int]:
    """Collection → about how many documents are in it."""
    return {name: db[name].estimated_document_count() for name in INDEXES}


def inspect(db: Documents) -> list[Finding]:
    """Everything that the database lacks, the worst first; an empty list is a sound database."""
    asked_at = datetime.now(UTC)
    hello = _hello(db)
    answered_at = datetime.now(UTC)
    found = [*what_it_says(hello), *what_its_clock_says(hello, asked_at + (answered_at - asked_at) / 2)]
    if not any(finding.severity == "refuse" for finding in found):
        found += _what_it_does(db)
    return sorted(found, key=lambda finding: finding.severity)


def require_sound(db: Documents) -> None:
    """Logs what the database lacks. Raises `StoreUnavailable`, with all of it, when the store cannot work there."""
    try:
        found, portrait = inspect(db), portray(db)
    except PyMongoError as error:
        raise unavailable(error) from None
    if any(finding.severity == "refuse" for finding in found):
        lines = "".join(f"\n  {finding}" for finding in found)
        raise StoreUnavailable(f"{portrait.kind}, version {portrait.version}, cannot be used as a database:{lines}")
    for finding in found:
        log.warning("database_lacks", extra={"what": finding.what, "advice": finding.advice})


def _hello(db: Documents) -> Raw:
    answer: Raw = db.client.admin.command("hello", codec_options=db.codec_options)
    return answer


def _maker(build: Raw) -> str:
    if "secantusVersion" in build:
        return f"SecantusDB {build['secantusVersion']}"
    return "FerretDB" if "ferretdb" in build else "MongoDB"


def _topology(hello: Raw) -> str:
    if hello.get("msg") == "isdbgrid":
        return "sharded cluster"
    return f"replica set {hello['setName']}" if "setName" in hello else "standalone"


# -- what it says of itself --------------------------------------------------------------------------


def what_it_says(hello: Raw) -> Iterator[Finding]:
    """What is wrong with a server that answers `hello` like this."""
    if hello.get("maxWireVersion", 0) < LEAST_WIRE_VERSION:
        yield Finding("the server is older than MongoDB 6.0", "refuse", "upgrade it; 6, 7 and 8 are supported")
    if not hello.get("isWritablePrimary") or hello.get("readOnly"):
        advice = "name the replica set in the address (replicaSet=…), without directConnection, so that it is found"
        yield Finding("the server is not the primary of its replica set, or is read-only", "refuse", advice)
    if _topology(hello) == "standalone":
        advice = "a write may be lost with its only disk; start mongod with --replSet, even with one member"
        yield Finding("the server is a standalone, not a replica set", "warn", advice)


def what_its_clock_says(hello: Raw, now: datetime) -> Iterator[Finding]:
    """`now` is our time when the server answered."""
    theirs = hello.get("localTime")
    if not isinstance(theirs, datetime):
        return
    ahead_s = (theirs - now).total_seconds()
    if abs(ahead_s) > MOST_CLOCK_DIFFERENCE_S:
        what = f"the server's clock is {abs(ahead_s):.0f} s {'ahead of' if ahead_s > 0 else 'behind'} this machine's"
        yield Finding(what, "warn", "synchronise both (NTP): Stepline goes by the server's, logs and people do not")


def stops_at_limit(db: Documents) -> bool:
    """Whether the server reads no more than a query's limit allows; one that does not reads all that matches."""
    token = secrets.token_hex(8)
    asked = {"find": SCRATCH, "filter": {"by": token}, "limit": 1}
    try:
        db[SCRATCH].create_index([("by", ASCENDING)])
        db[SCRATCH].insert_many([{"by": token} for _ in range(5)])
        explained = db.command("explain", asked, verbosity="executionStats")
        return bool(explained["executionStats"]["totalKeysExamined"] == 1)
    except (PyMongoError, LookupError):  # then it is read as carefully as the other needs it
        return False
    finally:
        with suppress(PyMongoError):
            db[SCRATCH].delete_many({"by": token})


# -- what it does ------------------------------------------------------------------------------------


def _what_it_does(db: Documents) -> Iterator[Finding]:
    """Each trial needs the one before it, so the first that fails is the last."""
    token = secrets.token_hex(8)
    try:
        for holds, what in _TRIALS:
            if not holds(db, token):
                yield Finding(f"the server {what}", "refuse", "it cannot keep tasks safe: use another server")
                return
    except PyMongoError as error:
        advice = f"name a user who may readWrite in {db.name!r}, and see that a majority of the replica set is up"
        yield Finding(f"the server does not let us write ({reason(error)})", "refuse", advice)
    finally:
        with suppress(PyMongoError):
            db[SCRATCH].delete_many({"by": token})


def _makes_an_index(db: Documents, _token: str) -> bool:
    db[SCRATCH].create_index([("by", ASCENDING)])
    return any("by" in index["key"] for index in db[SCRATCH].list_indexes())


def _refuses_a_second_id(db: Documents, token: str) -> bool:
    """The journal relies on it: the others of the group are kept, the one whose id is taken is named."""
    documents = [{"_id": f"{token}{name}", "by": token, "rev": 0} for name in "aab"]
    try:
        db[SCRATCH].insert_many(documents, ordered=False)
    except BulkWriteError as error:
        codes = [item["code"] for item in error.details["writeErrors"]]
        return codes == [_DUPLICATE] and error.details["nInserted"] == len(documents) - 1
    return False


def _compares_before_it_sets(db: Documents, token: str) -> bool:
    """Claims and changes rely on it: of two that expect the same revision one applies, and the count says so."""
    update = UpdateOne({"_id": f"{token}a", "rev": 0}, {"$set": {"rev": 1}})
    return db[SCRATCH].bulk_write([update, update], ordered=False).matched_count == 1


def _decides_within_an_update(db: Documents, token: str) -> bool:
    """Claims rely on it: only the document that is as expected changes, though the filter names both."""
    update = {"$set": {"rev": {"$cond": [{"$eq": ["$rev", 1]}, 2, "$rev"]}}}
    db[SCRATCH].update_many({"_id": {"$in": [f"{token}a", f"{token}b"]}}, [update])
    return sorted(raw["rev"] for raw in db[SCRATCH].find({"by": token})) == [0, 2]


_TRIALS: tuple[tuple[Callable[[Documents, str], bool], str], ...] = (
    (_makes_an_index, "made no index where it was asked for one"),
    (_refuses_a_second_id, "did not refuse a second document of the same id as MongoDB does (code 11000)"),
    (_compares_before_it_sets, "applied a change to a revision that was no longer there, or counted it wrong"),
    (_decides_within_an_update, "changed a document although the update's own condition said no, or the other way"),
)
