"""The proxy between a client and a real database: each fault is the one that it is called."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import gevent
import pytest
from pymongo import MongoClient
from pymongo.errors import AutoReconnect

from tests.fault.outages import by_way_of, proxy_to
from tests.fault.proxy import Proxy

EVERY_TIME = 1.0


@contextmanager
def through(proxy: Proxy, uri: str, name: str) -> Iterator[Any]:
    """A collection by way of the proxy; its client repeats nothing by itself."""
    options: dict[str, Any] = {"retryWrites": False, "retryReads": False, "serverSelectionTimeoutMS": 400}
    with MongoClient(by_way_of(proxy, uri), **options) as client:
        yield client[name]["things"]


@pytest.fixture
def things(mongo: Any, request: pytest.FixtureRequest) -> Iterator[Any]:
    """The same collection without a proxy."""
    name = f"proxy{abs(hash(request.node.name))}"
    yield mongo[name]["things"]
    mongo.drop_database(name)


def test_reads_and_writes_pass(mongo_uri: str, things: Any) -> None:
    with proxy_to(mongo_uri) as proxy, through(proxy, mongo_uri, things.database.name) as collection:
        collection.insert_one({"_id": 1})
        assert collection.find_one() == {"_id": 1}


def test_a_write_whose_reply_is_lost_was_carried_out_once(mongo_uri: str, things: Any) -> None:
    with proxy_to(mongo_uri) as proxy, through(proxy, mongo_uri, things.database.name) as collection:
        proxy.lose_replies = EVERY_TIME
        with pytest.raises(AutoReconnect):
            collection.insert_one({"_id": 1})
        assert (proxy.lost, list(things.find())) == (1, [{"_id": 1}])


def test_replies_of_reads_are_not_lost(mongo_uri: str, things: Any) -> None:
    things.insert_one({"_id": 1})
    with proxy_to(mongo_uri) as proxy, through(proxy, mongo_uri, things.database.name) as collection:
        proxy.lose_replies = EVERY_TIME
        assert collection.find_one() == {"_id": 1}


def test_nobody_gets_through_while_it_refuses(mongo_uri: str, things: Any) -> None:
    with proxy_to(mongo_uri) as proxy, through(proxy, mongo_uri, things.database.name) as collection:
        collection.find_one()
        refusing = gevent.spawn(proxy.refuse_for, 30)
        gevent.idle()
        with pytest.raises(AutoReconnect):
            collection.find_one()
        refusing.kill()


def test_what_was_sent_while_it_paused_passes_later(mongo_uri: str, things: Any) -> None:
    with proxy_to(mongo_uri) as proxy, through(proxy, mongo_uri, things.database.name) as collection:
        collection.find_one()
        pausing = gevent.spawn(proxy.pause_for, 0.2)
        gevent.idle()
        asking = gevent.spawn(collection.insert_one, {"_id": 1})
        gevent.idle()
        assert (asking.ready(), list(things.find())) == (False, [])
        pausing.get()
        asking.get()
        assert list(things.find()) == [{"_id": 1}]
