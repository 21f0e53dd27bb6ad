"""Garbage is collected on the hub's thread alone.

Python collects in whichever thread happens to allocate. In a native thread beside the hub (scripts wait in such), the
finalizers of other libraries then take locks that gevent has made cooperative, and a wait for one of those there was
seen to last for ever. So collection is taken out of Python's hands while a worker runs.
"""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager

import gevent

_YOUNG_S = 0.5
_ALL_EVERY = 60


@contextmanager
def collected_on_the_hub() -> Iterator[None]:
    """While it is open, a greenlet collects: young objects twice a second, all of them twice a minute."""
    gc.collect()
    gc.freeze()  # what is loaded by now stays: it need not be looked at each time
    gc.disable()
    collector = gevent.spawn(_collect)
    try:
        yield
    finally:
        collector.kill()
        gc.enable()
        gc.unfreeze()


def _collect() -> None:
    rounds = 0
    while True:
        gevent.sleep(_YOUNG_S)
        rounds += 1
        gc.collect(2 if rounds % _ALL_EVERY == 0 else 1)
