"""Real things for tests: a database, the mock APIs on a port, a worker stepped by hand."""

import json
import os
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings

import mock_api
from engine.store import Store, connect
from engine.store.embedded import Embedded
from tests.stage import Stage

settings.register_profile("untimed", deadline=None)  # how long an example takes says nothing on a crowded machine
settings.load_profile("untimed")

MONGO_URI = "STEPLINE_TEST_MONGO_URI"
"""Names another server for every test that needs one. Its user makes databases `t…` there, and drops them again."""


def a_database_name() -> str:
    return f"t{uuid.uuid4().hex[:12]}"


@pytest.fixture(scope="session")
def mongo_uri(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The server for all tests: the embedded one, unless another is named."""
    if named := os.environ.get(MONGO_URI):
        yield named
        return
    with Embedded(tmp_path_factory.mktemp("db")) as running:
        yield running.uri


@pytest.fixture(scope="session")
def mongo(mongo_uri: str) -> Iterator[Any]:
    client = connect(mongo_uri).client
    yield client
    client.close()


@pytest.fixture
def store(mongo: Any) -> Iterator[Store]:
    """An empty database of its own."""
    name = a_database_name()
    store = Store(mongo[name])
    store.prepare()
    yield store
    store.pulse.close()  # what is said later would make the database anew
    mongo.drop_database(name)


@pytest.fixture(scope="session")
def mock_server() -> Iterator[mock_api.MockServer]:
    with mock_api.serve(port=0) as server:
        yield server


@pytest.fixture
def mock(mock_server: mock_api.MockServer) -> mock_api.MockServer:
    """The mock APIs with an empty log and no knob turned."""
    mock_server.mock.reset()
    mock_server.mock.clear_log()
    return mock_server


@pytest.fixture
def seed(mock: mock_api.MockServer) -> dict[str, Any]:
    """The user's documents, at the mock's port."""
    text = Path(mock_api.SAMPLE).read_text(encoding="utf-8")
    documents: dict[str, Any] = json.loads(text.replace("http://127.0.0.1:9999", mock.url))
    return documents


@pytest.fixture
def stage(store: Store, mock: mock_api.MockServer) -> Iterator[Stage]:
    with Stage(store, mock) as stage:
        yield stage
