"""Who may what, for every route there is: what is not declared is not served, what is not allowed changes nothing."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, NamedTuple

import pytest
from werkzeug.routing import Rule

from engine.model import Role, TaskStatus
from tests.integration.conftest import COOKIE, HTMX, Pages, words
from webapp.rights import declared
from webapp.security import HEADERS
from webapp.visit import EVERYBODY

PASSWORD = "correct horse battery"
PUBLIC = "public"
RIGHTS: dict[str, set[str]] = {
    PUBLIC: {"static", "home.healthz", "home.favicon", "sign_in.form", "sign_in.enter", "sign_in.link",
             "sign_in.enter_by_link", "sign_in.leave", "code.schema"},
    Role.VIEWER: {"home.index", "systems.index", "systems.show", "steps.index", "steps.show", "apis.index", "apis.show",
                  "revisions.index", "revisions.show",
                  "workers.index", "workers.show", "events.index", "events.export_csv", "events.export_json",
                  "tasks.index", "tasks.show", "tasks.show_json", "tasks.show_link", "tasks.show_calls",
                  "tasks.show_events", "tasks.show_batch", "tasks.export", "tasks.save_view",
                  "live.stream", "palette.find",
                  "account.show", "account.set_password", "account.end_session", "account.end_other_sessions",
                  "settings.show", "settings.save", "settings.set_default_view", "settings.delete_view"},
    Role.OPERATOR: {"tasks.new", "tasks.create", "tasks.check", "tasks.schedule", "tasks.set_schedule",
                    "tasks.unschedule", "tasks.batch", "tasks.preview_batch", "tasks.create_batch",
                    "tasks.finish_batch", "tasks.batch_example", "tasks.preview_bulk",
                    "tasks.run_bulk", "tasks.do", "tasks.do_in_list", "resolve.ask", "resolve.answer",
                    "answers.ask", "answers.answer",
                    "repairs.show", "repairs.repair_step", "repairs.repair_link",
                    "repairs.show_args", "repairs.edit_args", "repairs.show_move", "repairs.move",
                    "systems.rehearse", "systems.run_rehearsal", "systems.run_kept"},
    Role.EDITOR: {"revisions.restore", "revisions.remove", "systems.keep_rehearsal", "systems.remove_rehearsal",
                  "secrets.index", "secrets.show",
                  "code.index", "code.download", "code.compare", "code.check", "code.apply",
                  "systems.new", "systems.create", "systems.edit", "systems.save", "systems.check",
                  "systems.load_sample", "apis.new", "apis.create", "apis.edit", "apis.save", "apis.check",
                  "apis.try_out", "apis.accept_drift", "apis.forget_drift",
                  "steps.new", "steps.create", "steps.edit", "steps.change", "steps.form"},
    Role.ADMIN: {"users.index", "users.add", "users.set_role", "users.disable", "users.enable", "users.make_link",
                 "users.show_events", "secrets.add", "secrets.replace", "secrets.remove"},
}  # fmt: skip
"""What each route is meant to need, beside what its code declares."""
NOBODY = None


class Route(NamedTuple):
    endpoint: str
    method: str
    path: str


def rules(pages: Pages) -> Iterator[Rule]:
    return pages.app.url_map.iter_rules()


def routes(pages: Pages, **values: str) -> list[Route]:
    """An address and method for everything that the application answers."""
    known = {"id_": "t1", "act": "start", "repair": "skip", "step": "step1", "link": "api1", "name": "target",
             "secret": "s", "filename": "stepline.css", "batch_id": "b1", "room": "apis",
             "number": 1} | values  # fmt: skip
    urls = pages.app.url_map.bind("localhost")
    return [
        Route(rule.endpoint, method, urls.build(rule.endpoint, {name: known[name] for name in rule.arguments}))
        for rule in rules(pages)
        for method in sorted((rule.methods or set()) & {"GET", "POST", "PUT", "PATCH", "DELETE"})
    ]


def ask(pages: Pages, route: Route, role: Role | None, **headers: str):
    """As somebody of that role, with a form's token."""
    pages.client.delete_cookie(COOKIE)
    if role:
        pages.sign_in("me", role)
    page = pages.client.get("/account" if role else "/sign-in").text
    token = re.search(r'name="csrf_token" value="([^"]+)"', page)
    assert token
    data = {"csrf_token": token[1]} if route.method == "POST" else None
    return pages.client.open(route.path, method=route.method, data=data, headers=headers, buffered=True)


def everything(pages: Pages) -> list[str]:
    """All that is kept; who has signed in is no matter."""
    return sorted(line for line in pages.stage.store.dump() if '"what": "signed in"' not in line)


@pytest.fixture
def busy(pages: Pages) -> Pages:
    """There is a task to act on, and a user to act on beside another admin."""
    pages.stage.create(args={"name": "abc"}, id="t1")
    pages.accounts.add("root", Role.ADMIN)
    pages.accounts.add("target", Role.VIEWER)
    return pages


# -- routes × roles ----------------------------------------------------------------------------------


def test_every_route_declares_the_right_it_is_meant_to_need(pages):
    meant = {endpoint: str(right) for right, endpoints in RIGHTS.items() for endpoint in endpoints}
    views = pages.app.view_functions
    assert {rule.endpoint: str(declared(views[rule.endpoint])) for rule in rules(pages)} == meant


@pytest.mark.parametrize("role", [NOBODY, *Role])
def test_a_route_answers_those_whose_role_covers_its_right(busy, role):
    for right, endpoints in RIGHTS.items():
        for route in (one for one in routes(busy) if one.endpoint in endpoints):
            status = ask(busy, route, role, Accept="application/json").status_code
            if right == PUBLIC or (role and role.covers(Role(right))):
                assert status not in (401, 403), route
            else:
                assert status == (403 if role else 401), route


@pytest.mark.parametrize("role", [NOBODY, *Role])
def test_who_may_not_changes_nothing(busy, role):
    if role:
        busy.sign_in("me", role)
    before = everything(busy)
    for right, endpoints in RIGHTS.items():
        if right != PUBLIC and not (role and role.covers(Role(right))):
            for route in (one for one in routes(busy) if one.endpoint in endpoints):
                ask(busy, route, role)
    assert everything(busy) == before


def test_a_route_without_a_right_is_no_route_for_people_and_a_fault_for_us(pages):
    pages.app._got_first_request = False  # a test's app has answered already
    pages.app.add_url_rule("/forgotten", "forgotten", lambda: "open to all the world")
    pages.sign_in("root", Role.ADMIN)
    assert pages.get("/forgotten").status_code == 404
    pages.app.debug = True
    with pytest.raises(LookupError, match="forgotten declares no right"):
        pages.get("/forgotten")


def test_reading_changes_nothing(busy):
    busy.sign_in("root", Role.ADMIN)
    secret = busy.accounts.link("target")
    before = everything(busy)
    for route in routes(busy, secret=secret):
        if route.method == "GET":
            busy.get(route.path)
    assert everything(busy) == before
    assert busy.ways.whose(secret).id == "target"


# -- what comes from elsewhere -----------------------------------------------------------------------


def test_every_post_without_our_token_is_refused(busy):
    busy.sign_in("root", Role.ADMIN)
    before = everything(busy)
    posts = [route for route in routes(busy) if route.method == "POST"]
    assert len(posts) >= 13
    for route in posts:
        for data in ({}, {"csrf_token": "guessed"}):
            assert busy.client.post(route.path, data=data).status_code == 400, route
    assert everything(busy) == before


def test_there_is_no_method_that_needs_no_token(pages):
    assert {route.method for route in routes(pages)} == {"GET", "POST"}


@pytest.mark.parametrize("site", ["cross-site", "same-site"])
def test_a_form_that_another_site_sends_is_refused_whatever_token_it_has(busy, site):
    response = busy.post("/tasks/t1/start", "/tasks/t1", {"Sec-Fetch-Site": site})
    assert response.status_code == 400
    assert busy.stage.task("t1").status == TaskStatus.READY


# -- acts and their names ----------------------------------------------------------------------------


def test_a_viewer_sees_and_cannot_act(busy):
    busy.sign_in("me", Role.VIEWER)
    for path in ("/tasks", "/tasks/t1"):
        text = busy.get(path).text
        assert "/tasks/new" not in text
        assert "/tasks/t1/start" not in text
    for headers in ({}, HTMX, {"Accept": "application/json"}):
        response = busy.post("/tasks/t1/start", "/account", headers)
        assert response.status_code == 403
        assert "the role operator, and yours is viewer" in response.text
    assert busy.stage.task("t1").status == TaskStatus.READY


def test_a_part_that_a_viewer_holds_is_sent_again_to_an_operator(busy):
    busy.sign_in("me", Role.VIEWER)
    tag = re.search(r'\\"([^"\\]+)\\"', busy.part("/tasks/t1").text)
    assert tag
    assert busy.part("/tasks/t1", f'"{tag[1]}"').status_code == 304
    busy.sign_in("me", Role.OPERATOR)
    assert busy.part("/tasks/t1", f'"{tag[1]}"').status_code == 200


def test_a_refusal_is_a_page_a_toast_or_json(busy):
    busy.sign_in("me", Role.VIEWER)
    assert "That is not allowed" in words(busy.get("/users").text)
    assert busy.client.get("/users", headers=HTMX).headers["HX-Retarget"] == "#toasts"
    assert "role admin" in busy.get("/users", Accept="application/json").json["error"]


def test_what_is_done_is_done_in_the_name_of_who_did_it(busy):
    busy.sign_in("olga", Role.OPERATOR)
    busy.act("t1", "start")
    assert [event.who for event in busy.stage.store.history.events("t1")][-1] == "olga"
    busy.post("/tasks", system="systemid", args='{"name": "abc"}', name="mine")
    assert "created by olga" in words(busy.get(f"/tasks/{newest(busy).id}?view=history").text)


def newest(pages: Pages) -> Any:
    return next(task for task in pages.stage.store.tasks.newest(pages.stage.clock.now()) if task.name == "mine")


# -- users -------------------------------------------------------------------------------------------


@pytest.fixture
def admin(busy: Pages) -> Pages:
    busy.sign_in("root", Role.ADMIN)
    return busy


def test_an_admin_adds_a_user_and_is_shown_their_link_once(admin):
    response = admin.post("/users", "/users", name="New.Person@example.org", role="operator")
    assert response.status_code == 201
    (link,) = re.findall(r"http://localhost(/sign-in/[\w-]+)", response.text)
    assert "/sign-in/" not in words(admin.get("/users").text)
    admin.client.delete_cookie(COOKIE)
    assert "Sign in as new.person@example.org" in words(admin.get(link).text)


@pytest.mark.parametrize(
    ("name", "role", "why"),
    [
        ("target", "viewer", "a user 'target' already"),
        ("a b", "viewer", "'a b' cannot be a user's name small letters, digits"),
        ("", "viewer", "small letters, digits"),
        ("<script>", "viewer", "small letters, digits"),
        ("$ne", "viewer", "small letters, digits"),
        ("fine", "owner", "there is no role 'owner'"),
        ("fine", "", "there is no role ''"),
    ],
)
def test_a_user_who_cannot_be_is_refused_with_the_reason(admin, name, role, why):
    response = admin.post("/users", "/users", name=name, role=role)
    assert response.status_code == 422
    assert why in words(response.text)
    assert admin.stage.store.users.get("fine") is None


def test_every_act_on_a_user_leaves_who_what_before_and_after(admin):
    admin.post("/users/target/role", "/users", role="editor", revision=0)
    admin.post("/users/target/link", "/users")
    admin.post("/users/target/disable", "/users", revision=1)
    admin.post("/users/target/enable", "/users", revision=2)
    told = [(event.who, event.what, event.before, event.after) for event in admin.accounts.events("target")[1:]]
    assert told == [
        ("root", "role changed", {"role": "viewer"}, {"role": "editor"}),
        ("root", "one-time link made", None, None),
        ("root", "disabled", {"disabled": False}, {"disabled": True}),
        ("root", "enabled", {"disabled": True}, {"disabled": False}),
    ]
    text = words(admin.get("/users/target/events").text)
    assert 'role changed by root {"role": "viewer"} → {"role": "editor"}' in text


@pytest.mark.parametrize("revision", ["0", "", "x", "9", None])
@pytest.mark.parametrize("act", ["role", "disable", "enable"])
def test_who_was_changed_meanwhile_is_not_overwritten(admin, act, revision):
    admin.accounts.set_role("target", Role.EDITOR)
    if act == "enable":
        admin.accounts.disable("target")
    before = admin.accounts.user("target")
    fields = {"role": "operator"} | ({} if revision is None else {"revision": revision})
    response = admin.post(f"/users/target/{act}", "/users", **fields)
    assert response.status_code == 409
    assert "target was changed meanwhile, and nothing was overwritten" in words(response.text)
    assert admin.accounts.user("target") == before


def test_the_page_sends_the_revision_that_it_shows(admin):
    admin.accounts.set_role("target", Role.EDITOR)
    row = admin.get("/users").text.partition('id="user-target"')[2].partition("</tr>")[0]
    assert re.findall(r'name="revision" value="(\d+)"', row) == ["1", "1", "1"]


def test_what_is_so_already_needs_no_second_decision(admin):
    admin.accounts.set_role("target", Role.EDITOR)
    assert admin.post("/users/target/role", "/users", role="editor", revision=0).status_code == 303


def test_a_password_is_told_of_and_never_told(admin):
    admin.post("/account/password", "/account", new=PASSWORD, again=PASSWORD)
    (event,) = [one for one in admin.accounts.events("root") if one.what == "password changed"]
    assert (event.who, event.before, event.after) == ("root", None, None)
    assert "argon2" not in admin.get("/users").text


@pytest.mark.parametrize("path", ["/users/root/disable", "/users/root/role"])
def test_the_last_admin_stays(admin, path):
    response = admin.post(path, "/users", role="viewer", revision=0)
    assert response.status_code == 409
    assert "last admin" in response.text
    assert admin.get("/users").status_code == 200


def test_what_a_form_does_not_ask_for_is_not_taken(admin):
    extra = {"_id": "other", "id": "other", "password": "hash", "disabled": "yes", "revision": "9", "told": "x"}
    admin.post("/users", "/users", name="plain", role="viewer", **extra)
    user = admin.accounts.user("plain")
    assert (user.role, user.password, user.disabled, user.revision) == (Role.VIEWER, "", False, 0)
    assert user.model_extra == {}
    admin.post("/users/target/role", "/users", role="operator", revision=0, name="root", disabled="yes")
    assert admin.accounts.user("target").role == Role.OPERATOR
    assert admin.accounts.user("root").role == Role.ADMIN
    assert not admin.accounts.user("target").disabled


# -- one's own account -------------------------------------------------------------------------------


@pytest.mark.parametrize("path", ["/account/password", "/account/sessions/end", "/account/sessions/end-others"])
def test_nobody_gives_themselves_a_role_or_acts_on_another(busy, path):
    busy.sign_in("me", Role.VIEWER)
    fields = {"role": "admin", "name": "root", "user": "root", "username": "root", "_id": "root", "revision": "0"}
    before = busy.accounts.user("root")
    busy.post(path, "/account", new=PASSWORD, again=PASSWORD, **fields)
    assert busy.accounts.user("me").role == Role.VIEWER
    assert busy.accounts.user("root") == before


def test_a_password_is_changed_by_who_knows_the_old_one(busy):
    busy.accounts.set_password("olga", PASSWORD)
    busy.sign_in("olga", Role.OPERATOR)
    new = {"new": "another good one", "again": "another good one"}
    refused = busy.post("/account/password", "/account", current="a guess", **new)
    assert refused.status_code == 422
    assert "current password is another" in words(refused.text)
    assert busy.post("/account/password", "/account", current=PASSWORD, **new).status_code == 303


@pytest.mark.parametrize(
    ("new", "again", "why"),
    [
        ("short", "short", "too short"),
        ("x" * 201, "x" * 201, "too long"),
        ("olga and none", "olga and none", ""),
        ("my-olga-12345", "my-olga-12345", ""),
        ("12345OLGA6789"[:12].lower() + "", "12345olga678", ""),
        ("correct horse b", "correct horse c", "differ"),
    ],
)
def test_a_password_that_will_not_do_is_refused_with_the_reason(pages, new, again, why):
    response = pages.post("/account/password", "/account", new=new, again=again)
    assert response.status_code == (422 if why else 303)
    assert why in words(response.text)


def test_one_s_own_browsers_are_listed_and_signed_out(pages):
    elsewhere = pages.cookie
    pages.stage.clock.turn(60)
    pages.sign_in()
    page = pages.get("/account").text
    assert words(page).count("Sign out") >= 3
    theirs = next(one for one in pages.ways.sessions(pages.ways.visitor(pages.cookie)) if one.user == "olga")
    assert theirs.id in page
    pages.post("/account/sessions/end-others", "/account")
    assert not pages.alive(elsewhere)
    assert pages.alive(pages.cookie)


def test_what_a_browser_calls_itself_is_shown_as_text(pages):
    hostile = "<script>alert(1)</script>\"'><img src=x onerror=alert(2)>"
    pages.ways.begin(pages.accounts.user("olga"), hostile, hostile)
    page = pages.get("/account").text
    assert "&lt;script&gt;" in page
    assert "<script>alert" not in page
    assert "<img" not in page


def test_nobody_ends_another_s_session(busy):
    cookie = busy.sign_in("root", Role.ADMIN)
    session = busy.ways.visitor(cookie).session.id
    busy.sign_in("me", Role.VIEWER)
    busy.post("/account/sessions/end", "/account", session=session)
    assert busy.alive(cookie)


# -- headers, errors ---------------------------------------------------------------------------------


def test_every_answer_has_the_headers_and_is_not_kept(busy):
    busy.sign_in("root", Role.ADMIN)
    seen = {}
    strays = [("GET", "/nowhere"), ("POST", "/nowhere"), ("GET", "/users/a/role")]
    asked = [*routes(busy), *(Route("", method, path) for method, path in strays)]
    for route in asked:
        for role in (NOBODY, Role.VIEWER, Role.ADMIN):
            response = ask(busy, route, role)
            seen[response.status_code] = route
            assert {name: response.headers.get(name) for name in HEADERS} == HEADERS, route
            if route.endpoint not in ("static", "home.favicon"):
                assert response.headers["Cache-Control"] == "no-store", route
    assert {200, 303, 403, 404, 405, 410, 422} <= seen.keys()


# -- sign-in turned off ------------------------------------------------------------------------------


def test_where_sign_in_is_off_everybody_acts_and_nobody_keeps_users(stage, seed, tmp_path):
    stage.load(seed)
    stage.create(args={"name": "abc"}, id="t1")
    pages = Pages(stage, tmp_path, sign_in="off")
    assert pages.act("t1", "start").status_code == 303
    assert stage.store.history.events("t1")[-1].who == EVERYBODY.user.id
    assert pages.get("/account").status_code == 404
    assert pages.get("/users").status_code == 403
    assert pages.get("/sign-in").location == "/"
