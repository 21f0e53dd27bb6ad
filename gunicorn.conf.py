"""How `gunicorn`, started in this folder, serves the web pages. Its command line overrides this."""

from typing import Any

from engine.settings import read_settings

_settings = read_settings()
_PAGES = 500
"""Connections of a worker that live updates must leave to the pages."""

wsgi_app = "webapp:create_app()"
bind = f"[{_settings.host}]:{_settings.port}" if ":" in _settings.host else f"{_settings.host}:{_settings.port}"
workers = _settings.web_workers

# Each worker is patched by its class and connects to MongoDB after its fork: never preload the application.
worker_class = "gevent"
preload_app = False

# A live update stream holds a connection for as long as its page is open: a pool full of them would answer no page.
worker_connections = _settings.live + _PAGES

# Streams end by themselves when a worker is told to end; what is left is pages under way.
graceful_timeout = 15

# The control socket would lie in the user's home folder and lets whoever opens it steer the server.
control_socket_disable = True


def post_worker_init(worker: Any) -> None:
    from webapp.live import of  # not before the fork, see above

    of(worker.wsgi).alive = lambda: worker.alive
