"""Users, sessions, one-time links and tries: what holds when several processes change them at once."""

from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from functools import partial

import pytest

from engine.command import Accounts, Refused, SignIn
from engine.model import OneTimeLink, Role, Session, User
from engine.store import Store, UserExists
from tests.clock import START, TurnedClock
from tests.contract.builders import LATER, SOON, at_once

QUARTER = timedelta(minutes=15)


def a_user(name: str = "ann", role: Role = Role.VIEWER) -> User:
    return User(id=name, role=role, created_at=START)


def a_session(id_: str = "s", **fields: object) -> Session:
    told: dict[str, object] = {"user": "ann", "revision": 0, "used_at": START, "ends_at": SOON}
    return Session(id=id_, created_at=START, address="", agent="", **(told | fields))  # type: ignore[arg-type]


# -- users -------------------------------------------------------------------------------------------


def test_a_user_is_kept_as_they_are_and_listed_by_name(store: Store) -> None:
    users = [a_user("bob", Role.ADMIN), a_user("ann@example.org")]
    for user in users:
        store.users.add(user)
    assert store.users.get("bob") == users[0]
    assert store.users.all() == users[::-1]
    assert store.users.get("nobody") is None


def test_a_name_is_given_once(store: Store) -> None:
    store.users.add(a_user())
    with pytest.raises(UserExists, match="choose another"):
        store.users.add(a_user(role=Role.ADMIN))
    assert store.users.all() == [a_user()]


def test_of_two_changes_to_one_revision_one_applies(store: Store) -> None:
    store.users.add(a_user())
    changed = [a_user(role=role).model_copy(update={"revision": 1}) for role in (Role.EDITOR, Role.ADMIN)]
    assert sorted(at_once([partial(store.users.replace, one, 0) for one in changed])) == [False, True]
    assert store.users.get("ann") in changed


def test_changes_of_one_user_at_once_all_apply_and_are_all_told(store: Store) -> None:
    accounts = Accounts(store, TurnedClock())
    accounts.add("ann", Role.VIEWER)
    acts = [partial(accounts.set_password, "ann", f"correct horse {n}") for n in range(4)]
    at_once([*acts, partial(accounts.set_role, "ann", Role.EDITOR), partial(accounts.disable, "ann")])
    user, events = accounts.user("ann"), accounts.events("ann")
    assert (user.role, user.disabled, user.revision) == (Role.EDITOR, True, 6)
    assert [event.seq for event in events] == list(range(7))


def test_an_event_whose_copy_was_lost_is_copied_before_the_next_change(store: Store) -> None:
    accounts = Accounts(store, TurnedClock())
    accounts.add("ann", Role.VIEWER)
    accounts.set_role("ann", Role.OPERATOR)
    store.history.forget("user/ann")  # as if the process had ended in between
    accounts.set_role("ann", Role.EDITOR)
    assert [event.after for event in accounts.events("ann")] == [{"role": "operator"}, {"role": "editor"}]


def test_the_first_admin_is_made_once_and_found_again(store: Store) -> None:
    accounts = Accounts(store, TurnedClock())
    assert accounts.first_admin() == accounts.first_admin()
    accounts.add("zoe", Role.ADMIN)
    accounts.disable("admin")
    assert accounts.first_admin().id == "zoe"
    assert len(store.users.all()) == 2


def test_where_admin_is_no_admin_nobody_is_made_one(store: Store) -> None:
    accounts = Accounts(store, TurnedClock())
    accounts.add("admin", Role.VIEWER)
    with pytest.raises(Refused, match="user role"):
        accounts.first_admin()


@pytest.mark.parametrize("act", [lambda accounts, name: accounts.set_role(name, Role.VIEWER), Accounts.disable])
def test_of_admins_who_remove_each_other_at_once_one_stays(store: Store, act: Callable[[Accounts, str], User]) -> None:
    names = ("ann", "bob", "cleo")
    for name in names:
        Accounts(store, TurnedClock()).add(name, Role.ADMIN)

    def remove(name: str) -> None:
        with suppress(Refused):
            act(Accounts(store, TurnedClock()), name)

    at_once([partial(remove, name) for name in names])
    assert [user.id for user in store.users.all() if user.role == Role.ADMIN and not user.disabled]


def test_of_two_who_go_and_have_seen_each_other_none_does(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    accounts = Accounts(store, TurnedClock())
    for name in ("ann", "bob"):
        accounts.add(name, Role.ADMIN)
    first_look = accounts._require_another_admin

    def look_and_be_overtaken(user: User) -> None:
        first_look(user)
        monkeypatch.setattr(accounts, "_require_another_admin", first_look)
        bob = accounts.user("bob")
        store.users.replace(bob.model_copy(update={"leaving": True, "revision": bob.revision + 1}), bob.revision)

    monkeypatch.setattr(accounts, "_require_another_admin", look_and_be_overtaken)
    with pytest.raises(Refused, match="last admin"):
        accounts.disable("ann")
    assert (accounts.user("ann").disabled, accounts.user("ann").leaving) == (False, False)


def test_an_admin_who_was_about_to_go_stays_one_when_told_so(store: Store) -> None:
    accounts = Accounts(store, TurnedClock())
    ann = accounts.add("ann", Role.ADMIN)
    store.users.replace(ann.model_copy(update={"leaving": True, "revision": 1}), 0)
    assert not accounts.set_role("ann", Role.ADMIN).leaving


def test_signing_in_and_out_leaves_events(store: Store) -> None:
    accounts, ways = Accounts(store, TurnedClock()), SignIn(store, TurnedClock())
    secret = ways.begin(accounts.add("ann", Role.VIEWER), "10.0.0.1", "Firefox")
    visitor = ways.visitor(secret)
    assert visitor
    ways.begin(visitor.user, "10.0.0.2", "curl")
    ways.end_others(visitor)
    ways.end(visitor, visitor.session.id)
    told = {event.what: event for event in accounts.events("ann")}
    assert set(told) == {"added", "signed in", "signed out elsewhere", "signed out"}
    assert (told["signed out"].who, told["signed out"].after) == ("ann", {"address": "10.0.0.1", "browser": "Firefox"})
    assert secret not in str(told)


# -- sessions and links ------------------------------------------------------------------------------


def test_a_session_is_kept_as_it_is_until_it_is_ended(store: Store) -> None:
    store.sessions.add(a_session())
    assert store.sessions.get("s") == a_session()
    store.sessions.end("s")
    assert store.sessions.get("s") is None


def test_the_sessions_of_a_user_are_ended_and_no_other_s(store: Store) -> None:
    for session in (a_session("a"), a_session("b", used_at=SOON), a_session("c", user="bob")):
        store.sessions.add(session)
    assert [session.id for session in store.sessions.of("ann")] == ["b", "a"]
    store.sessions.end_all("ann")
    assert store.sessions.of("ann") == []
    assert store.sessions.get("c")


def test_what_is_over_is_tidied_away_and_nothing_else(store: Store) -> None:
    for id_, ends_at in (("a", SOON), ("b", LATER)):
        store.sessions.add(a_session(id_, ends_at=ends_at))
        store.one_time_links.add(OneTimeLink(id_, "ann", 0, ends_at))
    store.sessions.tidy(SOON)
    store.one_time_links.tidy(SOON)
    assert (store.sessions.get("a"), store.one_time_links.get("a")) == (None, None)
    assert store.sessions.get("b")
    assert store.one_time_links.get("b") == OneTimeLink("b", "ann", 0, LATER)


def test_of_many_who_take_a_link_one_has_it(store: Store) -> None:
    store.one_time_links.add(OneTimeLink("l", "ann", 0, SOON))
    assert at_once([partial(store.one_time_links.take, "l")] * 20).count(True) == 1


def test_a_backup_holds_users_and_no_way_in(store: Store) -> None:
    clock = TurnedClock()
    accounts, ways = Accounts(store, clock), SignIn(store, clock)
    ways.begin(accounts.add("ann", Role.VIEWER), "", "")
    accounts.link("ann")
    store.tries.take("k", START, 1, QUARTER)
    assert {line.partition('"in": "')[2].partition('"')[0] for line in store.dump()} == {"user", "event"}


# -- tries -------------------------------------------------------------------------------------------


def test_there_is_room_for_so_many_tries_and_again_when_the_first_is_old(store: Store) -> None:
    minute = timedelta(minutes=1)
    for number in range(3):
        assert store.tries.take("k", START + number * minute, 3, QUARTER) is None
    assert store.tries.take("k", START + 4 * minute, 3, QUARTER) == START + QUARTER
    assert store.tries.take("k", START + QUARTER, 3, QUARTER) is None
    assert store.tries.take("k", START + QUARTER, 3, QUARTER) == START + minute + QUARTER


def test_of_many_tries_at_once_no_more_get_through_than_there_is_room_for(store: Store) -> None:
    found = at_once([partial(store.tries.take, "k", START, 10, QUARTER)] * 40)
    assert found.count(None) == 10


def test_a_try_that_is_given_back_leaves_room_for_one(store: Store) -> None:
    at = START + timedelta(microseconds=1_234)
    for _ in range(2):
        store.tries.take("k", at, 2, QUARTER)
    store.tries.give_back("k", at)
    store.tries.give_back("other", at)
    assert store.tries.take("k", at, 2, QUARTER) is None
    assert store.tries.take("k", at, 2, QUARTER) is not None


def test_tries_of_other_keys_are_apart_and_old_ones_are_tidied_away(store: Store) -> None:
    assert store.tries.take("a", START, 1, QUARTER) is None
    assert store.tries.take("b", START + QUARTER, 1, QUARTER) is None
    store.tries.tidy(START + QUARTER)
    assert [raw["_id"] for raw in store.db.sign_in_try.find()] == ["b"]
