"""What people do to tasks and definitions: create, start, pause, resume, cancel, repair, load.

May import `engine.model`, `engine.plan`, `engine.script`, `engine.run`, `engine.store` and `engine.dispatch`.
Every act is decided on one revision of the task, refused with a reason or written whole, and leaves an event.
"""

from .catalog import Catalog, Loaded, read_documents, read_file
from .operator import NotFound, Operator, Refused, plan_of
from .repair import Repair, Resolution

__all__ = [
    "Catalog",
    "Loaded",
    "NotFound",
    "Operator",
    "Refused",
    "Repair",
    "Resolution",
    "plan_of",
    "read_documents",
    "read_file",
]
