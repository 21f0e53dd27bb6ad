"""How due tasks reach a worker: here within one process; the database remains the only truth.

Imports nothing of ours.
"""

from .local import LocalDispatch

__all__ = ["LocalDispatch"]
