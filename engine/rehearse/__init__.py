"""Rehearsals: a system is run on a virtual clock, by the same walk as a task, and nobody is called.

May import `engine.model`, `engine.plan`, `engine.script`, `engine.call` and `engine.run`; keeps nothing.
"""

from .check import rehearsal_problems
from .expect import unmet
from .held import Limits
from .kept import kept_problems
from .rehearse import Late, Rehearsed, rehearse

__all__ = ["Late", "Limits", "Rehearsed", "kept_problems", "rehearsal_problems", "rehearse", "unmet"]
