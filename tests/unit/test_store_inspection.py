"""What a server says of itself, judged."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from engine.store.inspection import what_it_says, what_its_clock_says

NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
SOUND = {"isWritablePrimary": True, "maxWireVersion": 25, "setName": "rs0", "readOnly": False, "localTime": NOW}
STANDALONE = {name: value for name, value in SOUND.items() if name != "setName"}


def test_the_primary_of_a_replica_set_lacks_nothing() -> None:
    assert list(what_it_says(SOUND)) == []


def test_a_sharded_cluster_lacks_nothing() -> None:
    assert list(what_it_says(STANDALONE | {"msg": "isdbgrid"})) == []


def test_a_standalone_is_warned_of() -> None:
    (finding,) = what_it_says(STANDALONE)
    assert finding.severity == "warn"
    assert "--replSet" in finding.advice


@pytest.mark.parametrize(
    ("answer", "what"),
    [
        ({"maxWireVersion": 13}, "older than MongoDB 6.0"),
        ({"isWritablePrimary": False, "secondary": True}, "not the primary"),
        ({"readOnly": True}, "read-only"),
    ],
)
def test_a_server_that_cannot_serve_is_refused_with_what_to_do(answer: dict[str, Any], what: str) -> None:
    (finding,) = what_it_says(SOUND | answer)
    assert finding.severity == "refuse"
    assert what in finding.what
    assert finding.advice


@pytest.mark.parametrize(
    ("ahead_s", "what"),
    [(6, "6 s ahead of"), (-3600, "3600 s behind"), (4, None), (-4, None)],
)
def test_a_clock_that_is_more_than_five_seconds_off_is_warned_of(ahead_s: float, what: str | None) -> None:
    found = list(what_its_clock_says({"localTime": NOW + timedelta(seconds=ahead_s)}, NOW))
    assert [finding.severity for finding in found] == (["warn"] if what else [])
    assert (what or "") in "".join(map(str, found))


def test_a_server_that_does_not_tell_its_time_is_not_judged_by_it() -> None:
    assert list(what_its_clock_says({}, NOW)) == []
