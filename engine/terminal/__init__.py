"""The command line's commands, a module for each noun; `app.py` holds the group, and what starts processes.

May import `engine.model`, `engine.code`, `engine.run`, `engine.rehearse`, `engine.store`, `engine.vault`,
`engine.command`, `engine.overview`, `engine.drift`, `engine.settings` and `engine.host`.
"""

from . import definitions
from .rehearsal import rehearse_system
from .secrets import secret_group
from .tasks import drift, task_group, tasks, workers
from .users import user_group

COMMANDS = (*definitions.COMMANDS, rehearse_system, workers, tasks, drift, task_group, user_group, secret_group)

__all__ = ["COMMANDS"]
