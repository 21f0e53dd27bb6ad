"""A pytest plugin, loaded by `-p` in pyproject.toml ahead of every other import: patch before anything.

So sockets, locks and threads are gevent's in plugins, conftest files and tests, as `app.py` makes them in the
product. `pytest -p no:tests.gevent_first` leaves the process unpatched; this module has to see to that itself,
because pytest imports a plugin that its configuration names before the command line can take it away.
"""

import sys

from gevent import monkey

if "no:tests.gevent_first" not in sys.argv:
    monkey.patch_all()
