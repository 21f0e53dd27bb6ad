"""How we speak to a MongoDB: the options that durability asks for, and errors that say what to do."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from pymongo import MongoClient
from pymongo.database import Database
from pymongo.errors import ConfigurationError, OperationFailure, PyMongoError

Documents = Database[dict[str, Any]]

DURABLE: dict[str, Any] = {
    "w": "majority",
    "journal": True,
    "wTimeoutMS": 10_000,
    "readConcernLevel": "majority",
    "readPreference": "primary",
    "retryWrites": True,
    "retryReads": True,
    "serverSelectionTimeoutMS": 15_000,
    "connectTimeoutMS": 5_000,
    "socketTimeoutMS": 20_000,
    "maxPoolSize": 100,
    "waitQueueTimeoutMS": 10_000,
    "tz_aware": True,
}
"""A write counts when it survives a failover; a read sees only such writes."""

DATABASE = "stepline"
DUPLICATE = 11000
"""The server's code for an id that is taken."""
BEGINNING = datetime(1970, 1, 1, tzinfo=UTC)
"""The lower end of a range of times. The embedded server walks over all that has no time where there is none."""
_NOT_WHO_THEY_SAY = 18
"""The server's code for a failed authentication."""


class StoreUnavailable(RuntimeError):
    """The database cannot be used; the message says why and what to do."""


def connect(uri: str) -> Documents:
    """The database that `uri` names (`stepline` when it names none). Raises `StoreUnavailable`.

    Call it after a fork and after gevent's patch, never before.
    """
    try:
        client: MongoClient[dict[str, Any]] = MongoClient(uri, **DURABLE)
    except (ConfigurationError, ValueError) as error:
        raise unavailable(error) from None
    try:
        client.admin.command("ping")
    except PyMongoError as error:
        client.close()
        raise unavailable(error) from None
    return client.get_default_database(DATABASE)


def unavailable(error: PyMongoError | ValueError) -> StoreUnavailable:
    """What the driver says, with what to do about it."""
    if isinstance(error, (ConfigurationError, ValueError)):
        return StoreUnavailable(f"STEPLINE_MONGO_URI is no MongoDB address: {error}")
    if isinstance(error, OperationFailure) and error.code == _NOT_WHO_THEY_SAY:
        return StoreUnavailable(
            "the database refuses the user or the password in STEPLINE_MONGO_URI: correct them "
            "(escape @ : / % as %40 %3A %2F %25), or name the user's own database with authSource=…"
        )
    return StoreUnavailable(f"the database does not answer ({reason(error)}): is it running, is the address right?")


def reason(error: PyMongoError) -> str:
    """The driver's first words: what follows them is its time limits and the state of the whole topology."""
    return str(error).partition(",")[0].partition(" (configured")[0]
