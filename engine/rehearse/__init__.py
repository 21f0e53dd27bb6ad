"""Rehearsals: a system is run on a virtual clock, by the same walk as a task, and nobody is called.

May import `engine.model`, `engine.plan`, `engine.script`, `engine.call` and `engine.run`; keeps nothing.
"""

from .check import rehearsal_problems
from .expect import unmet
from .held import Limits
from .kept import Tried, kept_problems, try_all
from .rehearse import rehearse
from .report import duration, tried_lines, tried_report
from .result import Late, Rehearsed
from .subjects import apis_of, links_of

__all__ = [
    "Late",
    "Limits",
    "Rehearsed",
    "Tried",
    "apis_of",
    "duration",
    "kept_problems",
    "links_of",
    "rehearsal_problems",
    "rehearse",
    "tried_lines",
    "tried_report",
    "try_all",
    "unmet",
]
