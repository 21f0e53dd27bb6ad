"""One attempt in full."""

from typing import Any

from engine.model import Api, Attempt, LinkState, Verdict
from tests.unit.builders import NOW, a_plan, a_step, a_system
from webapp.view.attempts import chosen, difference, exchange, sent
from webapp.view.difference import DiffLine

PLAN = a_plan(a_system("s"), [a_step("s", "l")])


def an_attempt(seq: int = 1, **fields: Any) -> Attempt:
    base = {"_id": f"a{seq}", "task": "t", "step": "s", "link": "l", "seq": seq, "at": NOW, "last_at": NOW}
    return Attempt.model_validate(base | {"verdict": Verdict.DONE, "method": "GET"} | fields)


def an_api(**fields: Any) -> Api:
    return Api.load({"_id": "l", "url": "http://u:pw@x.example.com/{who}", "headers": {"X-Token": "abc"}} | fields)


def test_a_request_is_shown_as_it_was_sent_without_credentials() -> None:
    found = sent(an_attempt(args={"who": "ann", "n": 2}, **{"pass": 1}), an_api())
    headers = dict(found.headers)
    assert found.url == "http://x.example.com/ann?n=2"
    assert (headers["Idempotency-Key"], headers["X-Token"]) == ("t/s/l/0/1", "<redacted>")
    for text in (found.curl, str(found.headers)):
        assert "pw" not in text
        assert "abc" not in text


def test_a_body_is_shown_as_json() -> None:
    assert sent(an_attempt(method="POST", args={"n": 2}), an_api(url="http://x.example.com")).body == '{\n  "n": 2\n}'


def test_a_request_that_could_not_be_sent_says_why() -> None:
    assert "{who}" in sent(an_attempt(), an_api()).problem


def test_the_difference_is_told_line_by_line_whatever_the_order_of_keys() -> None:
    assert difference('{"b": 1, "a": 2}', '{"a": 2, "b": 1}') == ()
    assert difference('{"age": null}', '{"age": 41}') == (
        DiffLine("same", "{"),
        DiffLine("removed", '  "age": null'),
        DiffLine("added", '  "age": 41'),
        DiffLine("same", "}"),
    )


def test_what_is_no_json_is_compared_as_text() -> None:
    assert [line.kind for line in difference("busy", None)] == ["removed"]


def test_what_is_left_out_before_the_lines_that_differ_is_marked() -> None:
    before, after = ([str(number) for number in range(20)] for _ in "ab")
    after[10] = "another"
    assert [line.kind for line in difference("\n".join(before), "\n".join(after))] == [
        "skipped", "same", "same", "removed", "added", "same", "same",
    ]  # fmt: skip


def test_an_attempt_is_compared_with_the_one_before_it_of_the_same_round() -> None:
    attempts = [an_attempt(1, body="1"), an_attempt(2, body="2", round=1), an_attempt(3, body="3")]
    state = LinkState(id="l")
    found = exchange(attempts[2], attempts, state, PLAN.definition, NOW)
    assert found.difference
    assert found.difference.number == 1
    assert exchange(attempts[1], attempts, state, PLAN.definition, NOW).difference is None


def test_what_was_no_call_has_no_request() -> None:
    one = an_attempt(kind="given", body="7")
    assert exchange(one, [one], LinkState(id="l"), PLAN.definition, NOW).sent is None


def test_the_newest_is_shown_unless_another_is_asked_for() -> None:
    attempts = [an_attempt(1), an_attempt(2)]
    assert chosen(attempts, None) is attempts[1]
    assert chosen(attempts, 1) is attempts[0]
    assert chosen(attempts, 9) is None
    assert chosen([], None) is None
