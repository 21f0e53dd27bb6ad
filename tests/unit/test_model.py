"""The documents load as the user wrote them."""

import json
from typing import Any

import pytest

import mock_api
from engine.model import Api, Document, Invalid, Span, Step, System, Task

KINDS: dict[str, type[Document]] = {"api": Api, "step": Step, "system": System, "task": Task}
SEED: dict[str, list[dict[str, Any]]] = json.loads(mock_api.SAMPLE.read_text(encoding="utf-8"))


@pytest.mark.parametrize(("kind", "raw"), [(kind, raw) for kind, many in SEED.items() for raw in many])
def test_the_seed_s_documents_survive_a_round_trip(kind: str, raw: dict[str, Any]) -> None:
    assert KINDS[kind].load(raw).model_dump(mode="json", exclude_unset=True) == raw


def test_unknown_fields_survive_a_round_trip() -> None:
    raw = {"_id": "a", "url": "http://x", "team": {"name": "blue"}, "args": {"n": {"type": "int", "note": "why"}}}
    api = Api.load(raw)
    assert api.to_json()["team"] == {"name": "blue"}
    assert api.to_json()["args"]["n"]["note"] == "why"


def test_a_sample_that_is_json_text_is_read_as_json() -> None:
    """Point 8 of what a hasty reading gets wrong: api6's sample is the text `{ }`."""
    assert Api.load(SEED["api"][5]).result == "{ }"
    assert Api.load(SEED["api"][5]).sample == {}


def test_spans_add_up_their_parts() -> None:
    assert Span(day=1, hour=2, minute=3).seconds == 86_400 + 7_200 + 180


def test_every_problem_is_told_with_its_place_and_a_hint() -> None:
    with pytest.raises(Invalid) as caught:
        Step.load(
            {"_id": "a.b", "expect_span": {"day": -1}, "checklink": [{"_id": "l", "api": {"op": "NO", "val": {}}}]},
            "step.x",
        )
    problems = {problem.path: problem for problem in caught.value.problems}
    assert set(problems) == {
        "step.x._id",
        "step.x.expect_span.day",
        "step.x.checklink[0].api.op",
        "step.x.checklink[0].api.val._id",
    }
    assert all(problem.message and problem.hint for problem in problems.values())


@pytest.mark.parametrize("raw", [None, 3, "x", [], {"_id": 3}, {"_id": ""}, {"_id": "$set", "url": "http://x"}])
def test_what_is_no_document_is_refused_with_a_problem(raw: Any) -> None:
    with pytest.raises(Invalid):
        Api.load(raw)


def test_only_calls_that_may_have_an_effect_are_not_repeatable() -> None:
    assert Api(id="a", url="http://x", method="PUT").repeatable
    assert not Api(id="a", url="http://x", method="POST").repeatable
    assert Api(id="a", url="http://x", method="POST", idempotent=True).repeatable
    assert not Api(id="a", url="http://x", method="GET", idempotent=False).repeatable
