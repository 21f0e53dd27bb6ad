"""The walk of one task: sequence, parallel, step, link, loop; when to try again; when to set it down.

May import `engine.model`, `engine.plan`, `engine.script`, `engine.call` and `engine.store`.
"""

from .begin import begin, schedule_fields, schedule_of
from .claimed import Claimed, Holder
from .clock import Clock, SharedClock, SystemClock
from .counts import Counts
from .edit import Edit, Notes
from .family import Children, child_id, children_of, nudge
from .held import Held, Rest, SetDown
from .judge import Judged, judge
from .place import Answer, Place, Tools, Unworkable
from .progress import cancel_rest, earliest_deadline, failure_text, next_try
from .record import record_value
from .retry import GiveUp, Policy, TryAt, decide, policy_of, wait_s
from .runner import AGAIN_AFTER, run_task, set_down
from .shapes import Shapes

__all__ = [
    "AGAIN_AFTER",
    "Answer",
    "Children",
    "Claimed",
    "Clock",
    "Counts",
    "Edit",
    "GiveUp",
    "Held",
    "Holder",
    "Judged",
    "Notes",
    "Place",
    "Policy",
    "Rest",
    "SetDown",
    "Shapes",
    "SharedClock",
    "SystemClock",
    "Tools",
    "TryAt",
    "Unworkable",
    "begin",
    "cancel_rest",
    "child_id",
    "children_of",
    "decide",
    "earliest_deadline",
    "failure_text",
    "judge",
    "next_try",
    "nudge",
    "policy_of",
    "record_value",
    "run_task",
    "schedule_fields",
    "schedule_of",
    "set_down",
    "wait_s",
]
