"""The walk of one task: sequence, parallel, step, link, loop; when to try again; when to set it down.

May import `engine.model`, `engine.plan`, `engine.script`, `engine.call` and `engine.store`.
"""

from .begin import begin, schedule_fields, schedule_of
from .clock import Clock, SharedClock, SystemClock
from .counts import Counts
from .edit import Edit
from .family import Children, child_id, children_of, nudge
from .held import Held, Holder
from .place import Tools
from .progress import cancel_rest, earliest_deadline, failure_text, next_try
from .runner import AGAIN_AFTER, run_task, set_down

__all__ = [
    "AGAIN_AFTER",
    "Children",
    "Clock",
    "Counts",
    "Edit",
    "Held",
    "Holder",
    "SharedClock",
    "SystemClock",
    "Tools",
    "begin",
    "cancel_rest",
    "child_id",
    "children_of",
    "earliest_deadline",
    "failure_text",
    "next_try",
    "nudge",
    "run_task",
    "schedule_fields",
    "schedule_of",
    "set_down",
]
