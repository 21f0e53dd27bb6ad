"""In and out: passwords, one-time links, sessions and what ends them, limits, and where sign-in leads."""

from datetime import timedelta

import gevent
import pytest

from engine.command import SignIn, TooManyTries, WrongPassword, password, sign_in
from engine.command.password import HASHER, fits, hash_password
from engine.command.sign_in import IDLE_END, LONGEST_SESSION, MOST_TRIES
from engine.model import Role
from tests.integration.conftest import COOKIE, HTMX, Pages, words

PASSWORD = "correct horse battery"


def with_password(pages: Pages, name: str = "ann", role: Role = Role.OPERATOR) -> str:
    """Adds a user whose password is `PASSWORD`; their name."""
    pages.accounts.add(name, role)
    pages.accounts.set_password(name, PASSWORD)
    return name


def enter(pages: Pages, name: str, password: str = PASSWORD, **fields):
    return pages.post("/sign-in", "/sign-in", name=name, password=password, **fields)


def cookie_of(response) -> str:
    """What the answer gives the browser to hold."""
    (value,) = [line for line in response.headers.getlist("Set-Cookie") if line.startswith(f"{COOKIE}=")]
    return value.partition("=")[2].partition(";")[0]


@pytest.fixture
def judged(monkeypatch) -> list[str]:
    """Every hash that a password was held against."""
    seen: list[str] = []

    def fits(_password, hash_):
        seen.append(hash_)
        return False

    monkeypatch.setattr(sign_in, "fits", fits)
    return seen


# -- by password -------------------------------------------------------------------------------------


def test_name_and_password_let_in_and_lead_on(stranger):
    with_password(stranger)
    response = enter(stranger, "Ann ", next="/tasks?status=DONE")
    assert (response.status_code, response.location) == (303, "/tasks?status=DONE")
    assert "ann" in words(stranger.get("/tasks").text)


def test_the_cookie_is_for_our_pages_alone(stranger):
    with_password(stranger)
    (line,) = [one for one in enter(stranger, "ann").headers.getlist("Set-Cookie") if one.startswith(COOKIE)]
    assert {"HttpOnly", "SameSite=Lax", "Path=/"} <= set(line.split("; "))
    assert "Domain" not in line


@pytest.mark.parametrize("host", ["0.0.0.0", "127.0.0.1"])
def test_off_this_machine_cookies_need_tls(stage, tmp_path, host):
    pages = Pages(stage, tmp_path, host=host, proxies=int(host == "127.0.0.1"))
    with_password(pages)
    page = pages.get("/sign-in")
    assert "came without TLS" in words(page.text)
    assert "Secure" in page.headers["Set-Cookie"]
    fine = pages.app.test_client().get("/sign-in", base_url="https://stepline.example")
    assert "came without TLS" not in words(fine.text)


def test_cookies_without_tls_are_asked_for_by_a_setting(stage, tmp_path):
    page = Pages(stage, tmp_path, host="0.0.0.0", insecure_cookies=True).get("/sign-in")
    assert "Secure" not in page.headers["Set-Cookie"]
    assert "came without TLS" not in words(page.text)


def test_a_wrong_password_keeps_the_name_and_forgets_the_password(stranger):
    with_password(stranger)
    response = enter(stranger, "ann", "wrong horse battery")
    assert response.status_code == 422
    assert 'value="ann"' in response.text
    assert "wrong horse" not in response.text


def test_an_unknown_name_a_wrong_password_and_a_disabled_user_are_told_the_same(stranger):
    with_password(stranger)
    with_password(stranger, "gone")
    stranger.accounts.disable("gone")
    tries = {"ann": "wrong horse battery", "nobody": PASSWORD, "gone": PASSWORD}
    texts = [words(enter(stranger, name, password).text) for name, password in tries.items()]
    assert len(set(texts)) == 1


def test_known_and_unknown_names_take_the_same_path(stranger, judged):
    hash_ = stranger.accounts.user(with_password(stranger)).password
    for name in ("ann", "nobody", "$ne", "x" * 500, ""):
        enter(stranger, name)
    assert judged == [hash_, "", "", "", ""]


def test_the_hash_that_stands_in_for_none_costs_as_much_as_a_real_one_and_lets_nobody_in(monkeypatch):
    assert not HASHER.check_needs_rehash(password.NOBODY)
    monkeypatch.setattr(password, "NOBODY", hash_password(PASSWORD))
    assert not fits(PASSWORD, "")


def test_a_hash_that_is_none_fits_nothing():
    assert not fits(PASSWORD, "no hash at all")


def test_an_accent_may_come_as_one_character_or_as_two():
    assert fits("cafe\u0301 au lait", hash_password("caf\u00e9 au lait"))


@pytest.mark.parametrize("field", ["name[$ne]", "name[$gt]", "password[$ne]", "name.$regex"])
def test_operators_in_the_form_are_no_way_in(stranger, field):
    with_password(stranger)
    response = stranger.post("/sign-in", "/sign-in", **{field: "", "name": "", "password": ""} | {field: "x"})
    assert response.status_code == 422
    assert not stranger.client.get_cookie(COOKIE)


# -- limits ------------------------------------------------------------------------------------------


def test_of_a_thousand_tries_ten_are_looked_at(stranger, judged):
    ways = SignIn(stranger.stage.store, stranger.stage.clock)
    refused = 0
    for number in range(1_000):
        try:
            ways.by_password("ann", f"guess {number}", f"10.0.{number // 250}.{number % 250}")
        except TooManyTries:
            refused += 1
        except WrongPassword:
            pass
    assert (len(judged), refused) == (MOST_TRIES, 1_000 - MOST_TRIES)


def test_one_address_that_tries_many_names_is_held_up_too(stranger, judged):
    for number in range(MOST_TRIES + 5):
        enter(stranger, f"user{number}")
    assert len(judged) == MOST_TRIES


def test_tries_at_once_through_several_processes_are_counted_together(stranger, judged):
    several = [SignIn(stranger.stage.store, stranger.stage.clock) for _ in range(4)]

    def attempt(number):
        with pytest.raises((WrongPassword, TooManyTries)):
            several[number % 4].by_password("ann", "guess", "10.0.0.1")

    gevent.joinall([gevent.spawn(attempt, number) for number in range(40)], raise_error=True)
    assert len(judged) == MOST_TRIES


def test_the_wait_is_told_and_then_the_right_password_lets_in(stranger):
    with_password(stranger)
    for _ in range(MOST_TRIES):
        enter(stranger, "ann", "wrong horse battery")
    held_up = enter(stranger, "ann")
    assert held_up.status_code == 429
    assert "wait 15 minutes" in words(held_up.text)
    stranger.stage.clock.turn(int(held_up.headers["Retry-After"]))
    assert enter(stranger, "ann").status_code == 303


def test_who_gets_it_right_is_not_held_up_by_signing_in_often(stranger):
    with_password(stranger)
    for _ in range(MOST_TRIES + 2):
        assert stranger.ways.by_password("ann", PASSWORD, "10.0.0.1").id == "ann"


def test_behind_a_proxy_the_limit_is_for_the_client_s_address(stage, tmp_path, judged):
    pages = Pages(stage, tmp_path, host="0.0.0.0", proxies=1, insecure_cookies=True)
    for number in range(MOST_TRIES + 2):
        token = pages.get("/sign-in").text.partition('name="csrf_token" value="')[2].partition('"')[0]
        headers = {"X-Forwarded-For": f"6.6.6.{number}, 10.1.1.1"}  # a client may write the first, never the last
        pages.client.post("/sign-in", data={"csrf_token": token, "name": f"u{number}"}, headers=headers)
    assert len(judged) == MOST_TRIES


# -- sessions ----------------------------------------------------------------------------------------


def test_sign_out_ends_the_session_on_the_server(pages):
    assert pages.alive(pages.cookie)
    response = pages.post("/sign-out")
    assert (response.status_code, response.location) == (303, "/sign-in")
    assert not pages.client.get_cookie(COOKIE)
    assert not pages.alive(pages.cookie)


@pytest.mark.parametrize(
    "change",
    [
        lambda accounts: accounts.set_password("olga", PASSWORD),
        lambda accounts: accounts.set_role("olga", Role.EDITOR),
        lambda accounts: accounts.disable("olga"),
    ],
    ids=["password", "role", "disabled"],
)
def test_a_session_is_dead_when_its_user_was_changed(pages, change):
    change(pages.accounts)
    assert not pages.alive(pages.cookie)
    assert pages.stage.store.sessions.of("olga") == []


def test_a_session_that_was_being_made_while_its_user_was_changed_is_dead(pages):
    before = pages.accounts.user("olga")
    pages.accounts.set_role("olga", Role.VIEWER)
    assert not pages.alive(pages.ways.begin(before, "", ""))


def test_a_new_password_leaves_this_browser_signed_in_with_a_new_cookie(pages):
    response = pages.post("/account/password", "/account", new=PASSWORD, again=PASSWORD)
    assert response.status_code == 303
    assert not pages.alive(pages.cookie)
    assert pages.alive(cookie_of(response))


def test_signing_in_gives_a_new_cookie_and_kills_the_one_before(pages):
    """A cookie that somebody else has planted is worth nothing afterwards."""
    secret = pages.accounts.link(with_password(pages))
    token = pages.get("/tasks/new").text.partition('name="csrf_token" value="')[2].partition('"')[0]
    response = pages.client.post("/sign-in", data={"csrf_token": token, "name": "ann", "password": PASSWORD})
    assert not pages.alive(pages.cookie)
    first = cookie_of(response)
    second = cookie_of(pages.post(f"/sign-in/{secret}", "/account"))
    assert len({pages.cookie, first, second}) == 3
    assert not pages.alive(first)
    assert pages.alive(second)


def test_a_made_up_cookie_is_nobody_s(stranger):
    for value in ("", "planted", "$ne", "x" * 4000):
        stranger.client.set_cookie(COOKIE, value)
        assert stranger.get("/tasks").status_code == 303


def test_a_session_that_is_not_used_ends(pages):
    pages.stage.clock.turn(IDLE_END.total_seconds() - 1)
    assert pages.alive(pages.cookie)
    pages.stage.clock.turn(IDLE_END.total_seconds() - 1)
    assert pages.alive(pages.cookie)
    pages.stage.clock.turn(IDLE_END.total_seconds())
    assert not pages.alive(pages.cookie)


def test_a_session_that_is_always_used_ends_too(pages):
    for _ in range(int(LONGEST_SESSION / timedelta(hours=6))):
        assert pages.alive(pages.cookie)
        pages.stage.clock.turn(6 * 3_600)
    assert not pages.alive(pages.cookie)


def test_the_database_holds_nothing_that_lets_in(pages):
    secret = pages.accounts.link("olga")
    with_password(pages)
    kept = [str(document) for name in pages.stage.store.db.list_collection_names()
            for document in pages.stage.store.db[name].find()]  # fmt: skip
    assert kept
    for let_in in (pages.cookie, secret, PASSWORD):
        assert not [text for text in kept if let_in in text]


# -- by one-time link --------------------------------------------------------------------------------


def test_a_link_shows_a_button_and_looking_does_not_use_it_up(stranger):
    path = f"/sign-in/{stranger.accounts.link('olga')}?next=/tasks/new"
    for _ in range(3):
        assert "Sign in as olga" in words(stranger.get(path).text)
    assert stranger.post(path, path, next="/tasks/new").location == "/tasks/new"
    assert stranger.get("/tasks").status_code == 200


def test_a_link_works_once(stranger):
    path = f"/sign-in/{stranger.accounts.link('olga')}"
    other = stranger.app.test_client()
    token = other.get(path).text.partition('name="csrf_token" value="')[2].partition('"')[0]
    assert stranger.post(path, path).status_code == 303
    again = other.post(path, data={"csrf_token": token})
    assert again.status_code == 410
    assert "does not work any more" in words(again.text)
    assert not other.get_cookie(COOKIE)


def test_of_many_who_use_a_link_at_once_one_is_let_in(pages):
    secret = pages.accounts.link("olga")

    def let_in() -> bool:
        try:
            return bool(pages.ways.by_link(secret))
        except sign_in.DeadLink:
            return False

    found = [gevent.spawn(let_in) for _ in range(10)]
    gevent.joinall(found, raise_error=True)
    assert [greenlet.get() for greenlet in found].count(True) == 1


@pytest.mark.parametrize(
    "change",
    [
        lambda pages: pages.stage.clock.turn(3_600),
        lambda pages: pages.accounts.set_role("olga", Role.ADMIN),
        lambda pages: pages.accounts.disable("olga"),
    ],
    ids=["an hour", "a new role", "disabled"],
)
def test_a_link_is_dead_after(stranger, change):
    path = f"/sign-in/{stranger.accounts.link('olga')}"
    change(stranger)
    assert stranger.get(path).status_code == 410
    assert stranger.post(path, "/sign-in").status_code == 410


@pytest.mark.parametrize("header", ["Sec-Purpose", "Purpose"])
def test_a_link_that_is_fetched_ahead_answers_nothing(stranger, header):
    path = f"/sign-in/{stranger.accounts.link('olga')}"
    response = stranger.get(path, **{header: "prefetch;prerender"})
    assert (response.status_code, response.data) == (204, b"")
    assert stranger.get(path).status_code == 200


def test_who_is_signed_in_goes_on_through_a_link_even_a_used_one(pages):
    secret = pages.accounts.link("olga")
    for _ in range(2):
        assert pages.get(f"/sign-in/{secret}?next=/tasks/new").location == "/tasks/new"
        pages.ways.cancel_link(secret)


# -- where it leads ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "away",
    [
        "//evil.example", "/\\evil.example", "\\\\evil.example", "https:evil.example", "https://evil.example/tasks",
        "javascript:alert(1)", "/\t/evil.example", "\n//evil.example", " //evil.example", "evil.example", "",
        "/tasks\r\nSet-Cookie: a=b", "///evil.example", "/%5c/..\\evil.example",
    ],
)  # fmt: skip
def test_sign_in_leads_to_our_own_pages_only(stranger, away):
    with_password(stranger)
    assert enter(stranger, "ann", next=away).location == "/"
    assert stranger.get("/sign-in", query_string={"next": away}).location == "/"


def test_a_page_that_needs_sign_in_is_come_back_to(stranger):
    response = stranger.get("/tasks?status=DONE")
    assert (response.status_code, response.location) == (303, "/sign-in?next=/tasks?status%3DDONE")
    assert 'name="next" value="/tasks?status=DONE"' in stranger.get(response.location).text


def test_a_live_part_whose_session_is_over_sends_its_page_to_sign_in(stranger):
    headers = HTMX | {"HX-Current-URL": "http://localhost/tasks?status=DONE"}
    response = stranger.client.get("/tasks", headers=headers)
    assert response.status_code == 401
    assert response.headers["HX-Redirect"] == "/sign-in?next=/tasks?status%3DDONE"


def test_json_is_told_in_json_to_sign_in(stranger):
    for response in (stranger.get("/tasks/t.json"), stranger.get("/tasks", Accept="application/json")):
        assert response.status_code == 401
        assert response.json == {"error": "Sign in first."}
