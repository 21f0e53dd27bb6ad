"""Headers, CSRF and the names we answer to."""

import pytest

from engine.settings import Settings
from tests.integration.conftest import COOKIE
from webapp import create_app
from webapp.security import CONTENT_SECURITY_POLICY


@pytest.mark.parametrize("path", ["/tasks", "/tasks/new", "/tasks/nope", "/healthz", "/static/stepline.css"])
def test_every_answer_has_the_headers(pages, path):
    headers = pages.get(path).headers
    assert headers["Content-Security-Policy"] == CONTENT_SECURITY_POLICY
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert "unsafe" not in headers["Content-Security-Policy"]


@pytest.mark.parametrize("path", ["/tasks", "/tasks/t1/start", "/tasks/t1/cancel"])
@pytest.mark.parametrize("token", [{}, {"csrf_token": "guessed"}])
def test_a_form_without_our_token_is_refused(pages, path, token):
    task = pages.stage.create(args={"name": "abc"}, id="t1")
    response = pages.client.post(path, data=token)
    assert response.status_code == 400
    assert "Its form is too old or was not ours" in response.text
    assert pages.stage.task(task).rev == task.rev


def test_the_cookie_is_not_for_scripts_or_other_sites(pages):
    cookie = pages.get("/tasks/new").headers["Set-Cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie


@pytest.mark.parametrize("host", ["127.0.0.1:8000", "localhost:8000", "[::1]:8000", "LOCALHOST"])
def test_on_loopback_we_answer_to_its_names(pages, host):
    assert pages.get("/healthz", Host=host).status_code == 200


@pytest.mark.parametrize("host", ["evil.example:8000", "127.0.0.1.evil.example", "10.0.0.1", "localhost.evil"])
def test_on_loopback_we_answer_to_no_other_name(pages, host):
    response = pages.get("/tasks", Host=host)
    assert response.status_code == 400
    assert "localhost" in response.text


def test_elsewhere_we_answer_to_any_name(pages, tmp_path):
    settings = Settings(secret_key="k", host="0.0.0.0", data_dir=tmp_path)  # type: ignore[arg-type]
    app = create_app(settings, pages.stage.store)
    assert app.test_client().get("/healthz", headers={"Host": "stepline.example"}).status_code == 200


def test_without_a_store_one_is_made_through_flask_pymongo(mongo_uri, tmp_path):
    settings = Settings(secret_key="k", mongo_uri=mongo_uri, data_dir=tmp_path)  # type: ignore[arg-type]
    app = create_app(settings)
    client = app.test_client()
    client.set_cookie(COOKIE, "looked up in the database")
    assert client.get("/tasks").location == "/sign-in?next=/tasks"
    app.extensions["stepline"].store.close()
