"""The documents, with the seed's field names, and the table of statuses. Pure data: no I/O, no clock.

Imports nothing of ours.
"""

from .api import Api, Arg, ArgType, Patience
from .attempt import Attempt, Verdict, idempotency_key, link_in_key
from .batch import Batch
from .document import ID_PATTERN, Document, DocumentId, Moment, Part, stored_names
from .event import Event
from .lateness import SHORT_S, Lateness, lateness, slack_now_s
from .preferences import LEAST_ROWS, MOST_ROWS, MOST_VIEWS, Preferences, SavedView
from .problem import Invalid, Problem, problems_of
from .rehearsal import Rehearsal, Scripted
from .revision import KINDS, DefinitionKind, DefinitionName, Revision, Save
from .secret import SECRET_NAME_PATTERN, Secret, SecretName
from .session import OneTimeLink, Session
from .shape import Kind, Shape, above, is_within, sample_shape, shape_of, spelled
from .sighting import Sighting
from .span import Span
from .status import (
    EDGES,
    LINK_PASSED,
    STEP_PASSED,
    TASK_ACTIVE,
    TASK_OVER,
    EdgeRefused,
    LinkStatus,
    Status,
    StepStatus,
    TaskStatus,
    may_become,
    require_edge,
    states_markdown,
)
from .step import CALLING, ApiCall, ApiUse, Condition, Link, ManualUse, ResponseKey, Step, StepType
from .system import Definition, System
from .tally import Hours, Subject, SubjectKind, Tally, hour_of, summed
from .task import QUARANTINE_AFTER, LinkState, Parent, Request, Round, StepInfo, Task
from .user import NAME_PATTERN, Role, User, UserName

__all__ = [
    "CALLING",
    "EDGES",
    "ID_PATTERN",
    "KINDS",
    "LEAST_ROWS",
    "LINK_PASSED",
    "MOST_ROWS",
    "MOST_VIEWS",
    "NAME_PATTERN",
    "QUARANTINE_AFTER",
    "SECRET_NAME_PATTERN",
    "SHORT_S",
    "STEP_PASSED",
    "TASK_ACTIVE",
    "TASK_OVER",
    "Api",
    "ApiCall",
    "ApiUse",
    "Arg",
    "ArgType",
    "Attempt",
    "Batch",
    "Condition",
    "Definition",
    "DefinitionKind",
    "DefinitionName",
    "Document",
    "DocumentId",
    "EdgeRefused",
    "Event",
    "Hours",
    "Invalid",
    "Kind",
    "Lateness",
    "Link",
    "LinkState",
    "LinkStatus",
    "ManualUse",
    "Moment",
    "OneTimeLink",
    "Parent",
    "Part",
    "Patience",
    "Preferences",
    "Problem",
    "Rehearsal",
    "Request",
    "ResponseKey",
    "Revision",
    "Role",
    "Round",
    "Save",
    "SavedView",
    "Scripted",
    "Secret",
    "SecretName",
    "Session",
    "Shape",
    "Sighting",
    "Span",
    "Status",
    "Step",
    "StepInfo",
    "StepStatus",
    "StepType",
    "Subject",
    "SubjectKind",
    "System",
    "Tally",
    "Task",
    "TaskStatus",
    "User",
    "UserName",
    "Verdict",
    "above",
    "hour_of",
    "idempotency_key",
    "is_within",
    "lateness",
    "link_in_key",
    "may_become",
    "problems_of",
    "require_edge",
    "sample_shape",
    "shape_of",
    "slack_now_s",
    "spelled",
    "states_markdown",
    "stored_names",
    "summed",
]
