"""A pytest plugin, loaded by `-p` before any other import: patch before anything.

Pytest imports it ahead of plugins, conftest files and tests, so that sockets, locks and threads are gevent's
everywhere, just as `app.py` does for the product. `-p no:tests.gevent_first` leaves the process unpatched.
"""

from gevent import monkey

monkey.patch_all()
