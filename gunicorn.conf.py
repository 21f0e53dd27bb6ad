"""How `gunicorn`, started in this folder, serves the web pages. Its command line overrides this."""

import os

_host = os.environ.get("STEPLINE_HOST", "127.0.0.1")
_port = os.environ.get("STEPLINE_PORT", "8000")

wsgi_app = "webapp:create_app()"
bind = f"[{_host}]:{_port}" if ":" in _host else f"{_host}:{_port}"

# Each worker is patched by its class and connects to MongoDB after its fork: never preload the application.
worker_class = "gevent"
preload_app = False

# A live update stream holds a connection for as long as its page is open.
worker_connections = 2000

# The control socket would lie in the user's home folder and lets whoever opens it steer the server.
control_socket_disable = True
