"""A stand-in for the user's six APIs and for a shop, with knobs for latency and faults, and a log of what was asked.

Knows nothing of Stepline: it may import flask and gevent only. It is also the counterpart of `bench/`.
"""

from .server import MockServer, PortInUse, create_app, serve
from .state import SAMPLE, Mock
from .views import blueprint

__all__ = ["SAMPLE", "Mock", "MockServer", "PortInUse", "blueprint", "create_app", "serve"]
