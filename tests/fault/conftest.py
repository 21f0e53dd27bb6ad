"""The ground that the short form of every fault stands on."""

from collections.abc import Iterator

import pytest

from tests.fault.crew import Nursery
from tests.fault.ground import Ground


@pytest.fixture(scope="session")
def ground(mongo_uri: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ground]:
    with Nursery() as nursery:
        yield Ground(nursery, mongo_uri, tmp_path_factory.mktemp("fault"))
