"""How we speak to a MongoDB: the options that durability asks for, and errors that say what to do."""

from __future__ import annotations

from typing import Any

from pymongo import MongoClient
from pymongo.database import Database
from pymongo.errors import ConfigurationError, InvalidURI, PyMongoError

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


class StoreUnavailable(RuntimeError):
    """The database cannot be used; the message says why and what to do."""


def connect(uri: str) -> Documents:
    """The database that `uri` names (`stepline` when it names none). Raises `StoreUnavailable`.

    Call it after a fork and after gevent's patch, never before.
    """
    try:
        client: MongoClient[dict[str, Any]] = MongoClient(uri, **DURABLE)
        client.admin.command("ping")
    except (InvalidURI, ConfigurationError, ValueError) as error:
        raise StoreUnavailable(f"STEPLINE_MONGO_URI is no MongoDB address: {error}") from None
    except PyMongoError as error:
        reason = str(error).partition(",")[0]
        raise StoreUnavailable(
            f"the database does not answer ({reason}): is it running, is the address right?"
        ) from None
    return client.get_default_database(DATABASE)
