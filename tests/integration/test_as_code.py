"""Definitions as code against a store: what would change, and that all of it is done or nothing."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

import pytest

from engine.code import File, file_of, text_of
from engine.command import Catalog, ChangedMeanwhile, Code, NotFound, Source, read_documents, read_source
from engine.model import Invalid
from engine.store import Store
from tests.clock import TurnedClock


def a_source(documents: dict[str, Any]) -> Source:
    return read_source([File("all.yaml", text_of(documents, "yaml").encode())])


def edited(seed: dict[str, Any]) -> dict[str, Any]:
    """api1 is changed, api9 is new."""
    documents = deepcopy({kind: seed[kind] for kind in ("api", "step", "system")})
    documents["api"][0]["desc"] = "another"
    documents["api"].append({"_id": "api9", "url": "http://127.0.0.1/9"})
    return documents


@pytest.fixture
def code(store: Store, seed: dict[str, Any]) -> Code:
    """Of a store that has the seed's definitions."""
    Catalog(store, TurnedClock(), "ann").save(read_documents(seed))
    return Code(store, TurnedClock(), "olga")


def test_the_seed_as_it_stands_has_nothing_to_change(code: Code, seed: dict[str, Any]) -> None:
    assert code.compare(a_source(seed).loaded).changes == ()


def test_what_would_change_is_told_definition_by_definition(code: Code, seed: dict[str, Any]) -> None:
    changes = code.compare(a_source(edited(seed)).loaded).changes
    assert [(one.name, one.what) for one in changes] == [("api/api1", "changed"), ("api/api9", "added")]
    assert [str(line) for line in changes[0].lines if line.sign in "+-"] == ["+desc: another"]
    assert [str(line) for line in changes[1].lines if line.sign != "@"] == ["+_id: api9", "+url: http://127.0.0.1/9"]


def test_for_one_comparison_and_its_save_everything_is_read_once_and_again_when_somebody_has_saved(
    code: Code, store: Store, seed: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    reads: list[str] = []
    read = store.definitions.apis

    def noted() -> Any:
        reads.append("apis")
        return read()

    monkeypatch.setattr(store.definitions, "apis", noted)
    comparison = code.compare(a_source(edited(seed)).loaded)
    assert code.problems(comparison) == []
    assert len(reads) == 1
    theirs = read_documents({"api": [{"_id": "api8", "url": "http://127.0.0.1/8"}]})
    Catalog(store, TurnedClock(), "ann").save(theirs)
    reads.clear()
    assert len(code.apply(comparison)) == 2
    assert len(reads) == 1
    assert "api8" in code._catalog.known().apis


def test_a_second_time_there_is_nothing_to_apply(code: Code, store: Store, seed: dict[str, Any]) -> None:
    loaded = a_source(edited(seed)).loaded
    assert len(code.apply(code.compare(loaded), "why")) == 2
    assert code.compare(loaded).changes == ()
    assert list(code.apply(code.compare(loaded))) == []
    (newest, _first) = store.definitions.revisions("api", "api1")
    assert (newest.who, newest.note) == ("olga", "why")
    (newest_event, *_older) = sorted(store.history.events("definitions/all"), key=lambda event: -event.seq)
    assert newest_event.after == {"api/api1": 2, "api/api9": 1}


def test_what_is_exported_has_nothing_to_change(code: Code) -> None:
    source = read_source([file_of(code.documents(), "yaml")])
    assert code.compare(source.loaded, code.lacking(source.loaded)).changes == ()


def test_nothing_is_applied_when_one_of_them_was_saved_meanwhile(
    code: Code, store: Store, seed: dict[str, Any]
) -> None:
    comparison = code.compare(a_source(edited(seed)).loaded)
    meanwhile = deepcopy(seed["api"][0]) | {"desc": "theirs"}
    Catalog(store, TurnedClock(), "bob").save(read_documents({"api": [meanwhile]}))
    with pytest.raises(ChangedMeanwhile, match="api1 was saved meanwhile"):
        code.apply(comparison)
    assert store.definitions.api("api9") is None
    assert store.definitions.apis()["api1"].desc == "theirs"


def test_what_was_saved_meanwhile_and_is_not_changed_here_is_no_conflict(
    code: Code, store: Store, seed: dict[str, Any]
) -> None:
    comparison = code.compare(a_source(edited(seed)).loaded)
    Catalog(store, TurnedClock(), "bob").save(read_documents({"api": [seed["api"][1] | {"desc": "theirs"}]}))
    assert len(code.apply(comparison)) == 2


def test_nothing_is_applied_when_one_of_them_is_wrong_and_its_line_is_told(
    code: Code, store: Store, seed: dict[str, Any]
) -> None:
    documents = edited(seed)
    documents["step"][0]["checklink"][0]["api"]["val"]["_id"] = "api77"
    source = a_source(documents)
    with pytest.raises(Invalid) as caught:
        code.apply(code.compare(source.loaded))
    (problem,) = source.located(caught.value.problems).problems
    assert problem.message == "there is no api called api77"
    file, line, path = problem.path.split(":", 2)
    written = text_of(documents, "yaml").splitlines()[int(line) - 1]
    assert (file, path.strip(), written.strip()) == ("all.yaml", "step.step1.checklink.api1.api", "api:")
    assert store.definitions.api("api9") is None


def test_what_a_file_lacks_is_removed_only_when_asked_for(code: Code, store: Store, seed: dict[str, Any]) -> None:
    code.apply(code.compare(a_source(edited(seed)).loaded))
    loaded = a_source({kind: seed[kind] for kind in ("api", "step", "system")}).loaded
    assert [one.what for one in code.compare(loaded).changes] == ["changed"]
    comparison = code.compare(loaded, code.lacking(loaded))
    assert [(one.name, one.what) for one in comparison.changes] == [("api/api1", "changed"), ("api/api9", "removed")]
    code.apply(comparison)
    assert store.definitions.api("api9") is None


def test_what_is_still_used_is_not_removed(code: Code, store: Store, seed: dict[str, Any]) -> None:
    loaded = a_source({"step": seed["step"], "system": seed["system"]}).loaded
    with pytest.raises(Invalid, match="it is used by step step1"):
        code.apply(code.compare(loaded, code.lacking(loaded)))
    assert len(store.definitions.apis()) == 6


def test_only_what_was_chosen_is_applied(code: Code, store: Store, seed: dict[str, Any]) -> None:
    code.apply(code.compare(a_source(edited(seed)).loaded).chosen({"api/api9"}))
    assert store.definitions.api("api9")
    assert store.definitions.apis()["api1"].desc == ""


def test_a_system_is_taken_along_with_what_it_uses(code: Code, seed: dict[str, Any]) -> None:
    code.apply(code.compare(a_source(edited(seed)).loaded))
    names = {"/".join(key) for key in code.documents(["systemid"])}
    assert "api/api9" not in names
    assert len(names) == 11
    with pytest.raises(NotFound, match="no system 'nope'"):
        code.documents(["nope"])
