"""Definitions made runnable: the flow as a tree, the proof before a run, wiring, new tasks, deadlines, impact.

Pure: no I/O, no clock. Imports `engine.model`, the static part of `engine.script`, pydantic and the standard library.
"""

from .build import build_plan, gather, signature
from .deadline import (
    Outlook,
    Slot,
    critical_path,
    forecast,
    longest_way,
    outlook,
    remain_s,
    schedule,
    slack_s,
    span_of,
    timetable,
)
from .draft import (
    LinkDraft,
    StepDraft,
    TaskDraft,
    adopt,
    adopt_unproven,
    new_task,
    script_task,
    start_problem,
    task_args,
    unproven_task,
    wiring_of,
)
from .drift import AnswerRead, Change, Deviation, answer_reads, deviations, reads_of
from .flow import Node, Parallel, Sequence, StepNode, parse_flow, read_flow, steps_in, steps_of
from .impact import Impact, dependants
from .move import Alteration, Movement, movement
from .order import Order
from .plan import LinkAt, Plan, content_hash
from .proof import lacks, prove, prove_system
from .rounds import rounds_of
from .secret import names_of_api, names_of_args, names_of_text, secret_problems, secrets_of
from .secret_uses import SecretUse, secret_uses
from .structure import step_problems
from .wiring import ArgAt, Candidate, Wiring, reference_to, wire

__all__ = [
    "Alteration",
    "AnswerRead",
    "ArgAt",
    "Candidate",
    "Change",
    "Deviation",
    "Impact",
    "LinkAt",
    "LinkDraft",
    "Movement",
    "Node",
    "Order",
    "Outlook",
    "Parallel",
    "Plan",
    "SecretUse",
    "Sequence",
    "Slot",
    "StepDraft",
    "StepNode",
    "TaskDraft",
    "Wiring",
    "adopt",
    "adopt_unproven",
    "answer_reads",
    "build_plan",
    "content_hash",
    "critical_path",
    "dependants",
    "deviations",
    "forecast",
    "gather",
    "lacks",
    "longest_way",
    "movement",
    "names_of_api",
    "names_of_args",
    "names_of_text",
    "new_task",
    "outlook",
    "parse_flow",
    "prove",
    "prove_system",
    "read_flow",
    "reads_of",
    "reference_to",
    "remain_s",
    "rounds_of",
    "schedule",
    "script_task",
    "secret_problems",
    "secret_uses",
    "secrets_of",
    "signature",
    "slack_s",
    "span_of",
    "start_problem",
    "step_problems",
    "steps_in",
    "steps_of",
    "task_args",
    "timetable",
    "unproven_task",
    "wire",
    "wiring_of",
]
