"""How names become JSON text for the sandbox."""

import pytest

from engine.script.jsontext import RawJson, texts_and_slots


def test_names_that_are_equal_share_a_text():
    rows = [{"name": "a"}]
    names = {"result": rows, "response": rows, "task": {}, "copy": [{"name": "a"}]}
    assert texts_and_slots(names, ["copy", "response", "result", "task"]) == (
        ['[{"name": "a"}]', "{}"],
        [0, 0, 0, 1],
    )


def test_raw_json_is_sent_as_it_is():
    assert texts_and_slots({"result": RawJson('{"a":  1}')}, ["result"]) == (['{"a":  1}'], [0])


@pytest.mark.parametrize("value", [float("nan"), object(), {"a": {1, 2}}, {(1, 2): 3}])
def test_what_is_no_json_is_refused(value):
    with pytest.raises((TypeError, ValueError)):
        texts_and_slots({"result": value}, ["result"])
