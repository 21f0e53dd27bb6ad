"""What the checker believes of the flow is what the engine makes of it."""

from engine.command import Catalog, read_documents
from tests.fault.flows import mixed


def test_the_flow_passes_the_engine_s_own_proof() -> None:
    assert Catalog.check(read_documents(mixed().documents)) == 1


def test_a_step_comes_after_those_ahead_of_it_and_not_after_those_beside_it() -> None:
    flow = mixed()
    assert flow.before("a") == frozenset()
    assert flow.before("d") == {"a", "c"}
    assert flow.before("f") == flow.before("g") == {"a", "e"}
    assert flow.before("h") == set("abcdefg")


def test_every_link_has_an_interval_and_says_what_feeds_it() -> None:
    flow = mixed()
    places = {f"{step['_id']}/{link['_id']}" for step in flow.documents["step"] for link in step["checklink"]}
    assert places == set(flow.feeds) == set(flow.intervals_s)
