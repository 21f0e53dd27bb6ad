"""What people do to tasks, definitions and users: create, start, pause, resume, cancel, repair, load, sign in.

May import the rooms `model`, `call`, `code`, `plan`, `script`, `run`, `rehearse`, `store`, `vault` and `dispatch`.
Every act is decided on one revision of the task, refused with a reason or written whole, and leaves an event.
"""

from .accounts import LINK_LASTS, Accounts
from .act import ChangedMeanwhile
from .answer import Answers, NotAsked, asked_keys
from .as_code import Code, Comparison, Source, documents_of, read_source, read_text
from .batch import Row, prove_rows
from .bulk import BULK_ACTS, MOST_AT_ONCE, Bulk, BulkAct, Outcome, Seen
from .catalog import Catalog, Loaded, read_documents
from .move import Move
from .named_secrets import LONGEST_NOTE, NamedSecrets
from .operator import NotFound, Operator, Refused, plan_of
from .preferences import keep_preferences
from .probe import HARMLESS, LONGEST_S, Probed, Prober, probe_call
from .repair import Repair, Resolution
from .sign_in import DeadLink, SignIn, TooManyTries, Visitor, WrongPassword

__all__ = [
    "BULK_ACTS",
    "HARMLESS",
    "LINK_LASTS",
    "LONGEST_NOTE",
    "LONGEST_S",
    "MOST_AT_ONCE",
    "Accounts",
    "Answers",
    "Bulk",
    "BulkAct",
    "Catalog",
    "ChangedMeanwhile",
    "Code",
    "Comparison",
    "DeadLink",
    "Loaded",
    "Move",
    "NamedSecrets",
    "NotAsked",
    "NotFound",
    "Operator",
    "Outcome",
    "Probed",
    "Prober",
    "Refused",
    "Repair",
    "Resolution",
    "Row",
    "Seen",
    "SignIn",
    "Source",
    "TooManyTries",
    "Visitor",
    "WrongPassword",
    "asked_keys",
    "documents_of",
    "keep_preferences",
    "plan_of",
    "probe_call",
    "prove_rows",
    "read_documents",
    "read_source",
    "read_text",
]
