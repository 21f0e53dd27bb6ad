"""The web application, put together from its settings."""

from __future__ import annotations

from pathlib import Path

from flask import Flask
from flask_compress import Compress
from flask_pymongo import PyMongo
from werkzeug.middleware.proxy_fix import ProxyFix

from engine import __version__
from engine.call import Caller
from engine.command import Prober
from engine.command.probe import AT_ONCE
from engine.dispatch import LocalDispatch
from engine.host import egress_policy, keyring_of, signing_key
from engine.run import Clock, SharedClock
from engine.settings import Settings, read_settings
from engine.store import DURABLE, Store
from engine.store.connect import DATABASE
from engine.store.embedded import Embedded

from . import (
    account,
    answers,
    api_drift,
    api_editor,
    apis,
    batch,
    code,
    errors,
    events,
    home,
    language,
    live,
    move,
    new_task,
    newest,
    palette,
    rehearsals,
    render,
    repairs,
    resolve,
    revisions,
    rights,
    sample,
    schedule,
    secret_pages,
    security,
    settings_page,
    shared,
    sign_in,
    step_editor,
    steps,
    system_editor,
    systems,
    task_list,
    tasks,
    users,
    workers,
)
from . import task as one_task
from .site import Site, install

BLUEPRINTS = (
    home.home,
    sign_in.sign_in,
    account.account,
    settings_page.settings,
    users.users,
    tasks.tasks,
    resolve.resolve,
    repairs.repairs,
    answers.answers,
    live.live,
    palette.palette,
    systems.systems,
    steps.steps,
    apis.apis,
    revisions.revisions,
    secret_pages.secrets,
    code.code,
    workers.workers,
    events.events,
)
MORE_VIEWS = (
    task_list,
    one_task,
    new_task,
    batch,
    schedule,
    rehearsals,
    system_editor,
    move,
    sample,
    api_editor,
    api_drift,
    step_editor,
)
"""Rooms whose views belong to the blueprint of another."""
TEMPLATES = Path(__file__).resolve().parent.parent / "templates"


def create_app(
    settings: Settings | None = None,
    store: Store | None = None,
    dispatch: LocalDispatch | None = None,
    clock: Clock | None = None,
) -> Flask:
    """The application; what is not given is read from the environment or made. Call it after a fork."""
    settings = settings or read_settings()
    app = Flask("webapp", template_folder=str(TEMPLATES))
    app.config.update(
        SECRET_KEY=signing_key(settings),
        SESSION_COOKIE_NAME=f"stepline_{settings.port}",  # cookies are shared by all ports of a host
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_SECURE=not settings.local and not settings.insecure_cookies,
        SIGN_IN=settings.sign_in,
        MAX_CONTENT_LENGTH=1024 * 1024,
        COMPRESS_STREAMS=False,  # a live stream goes out line by line
        WTF_CSRF_TIME_LIMIT=None,  # a page may stay open for days
        VERSION=__version__,
        MOCK_PORT=settings.mock_port,
    )
    store = store or _own_store(app, settings)
    clock = clock or SharedClock(store.time)
    prober = _prober(settings, store, clock)
    install(app, Site(store, dispatch or LocalDispatch(), clock, prober, keyring_of(settings)))
    live.init_app(app, store, clock, settings.live)
    if settings.local:
        security.answer_to_loopback_only(app)
    if proxies := settings.proxies:
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=proxies, x_proto=proxies, x_host=proxies)  # type: ignore[method-assign]
    for room in (security, shared, rights, language, render, errors, newest):
        room.init_app(app)
    Compress(app)
    for blueprint in BLUEPRINTS:
        app.register_blueprint(blueprint)
    return app


def _prober(settings: Settings, store: Store, clock: Clock) -> Prober:
    """Test calls go where a worker's may."""
    caller = Caller(egress_policy(settings, store), pool_size=AT_ONCE, user_agent=f"stepline/{__version__}")
    return Prober(store, caller, clock)


def _own_store(app: Flask, settings: Settings) -> Store:
    """The store of a process that serves pages alone, such as a gunicorn worker's."""
    mongo = PyMongo(app, uri=_uri(app, settings), **DURABLE)
    assert mongo.cx is not None  # noqa: S101  it was given an address
    return Store.sound(mongo.cx.get_default_database(DATABASE))


def _uri(app: Flask, settings: Settings) -> str:
    """As set, else the embedded server's, which runs as long as the application holds it."""
    if settings.mongo_uri:
        return settings.mongo_uri.get_secret_value()
    embedded = Embedded(settings.data_dir / "db")
    app.extensions["embedded"] = embedded
    return embedded.start().uri
