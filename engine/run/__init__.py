"""The walk of one task: sequence, parallel, step, link, loop; when to try again; when to set it down.

May import `engine.model`, `engine.plan`, `engine.script`, `engine.call` and `engine.store`.
"""

from .begin import begin, schedule_fields, schedule_of
from .claimed import Claimed, Holder
from .clock import Clock, SharedClock, SystemClock
from .counts import Counts
from .edit import Edit, Notes
from .held import Held, Rest, SetDown
from .place import Tools
from .progress import cancel_rest, earliest_deadline, failure_text, next_try
from .runner import AGAIN_AFTER, run_task, set_down

__all__ = [
    "AGAIN_AFTER",
    "Claimed",
    "Clock",
    "Counts",
    "Edit",
    "Held",
    "Holder",
    "Notes",
    "Rest",
    "SetDown",
    "SharedClock",
    "SystemClock",
    "Tools",
    "begin",
    "cancel_rest",
    "earliest_deadline",
    "failure_text",
    "next_try",
    "run_task",
    "schedule_fields",
    "schedule_of",
    "set_down",
]
