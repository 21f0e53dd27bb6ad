"""The one error that a script can cause, whichever way it was evaluated."""

from typing import Literal

ErrorKind = Literal[
    "syntax",  # Python, or the sandbox, cannot parse it
    "forbidden",  # it uses something that scripts may not use
    "name",  # it reads a name that is not there
    "runtime",  # it ran and raised
    "timeout",
    "memory",
    "result",  # what it returned is no JSON, or too large
    "input",  # what it was to read is no JSON, or too large
    "busy",  # no worker was free in time
    "unavailable",  # the workers cannot be used at all
]

SHOWN_SOURCE_CHARS = 120


class ScriptError(Exception):
    """Says what went wrong and, where it is known, in which line and column (from 1) of the user's own text."""

    def __init__(
        self,
        kind: ErrorKind,
        message: str,
        line: int | None = None,
        source_line: str | None = None,
        column: int | None = None,
    ) -> None:
        super().__init__(kind, message, line, source_line, column)
        self.kind = kind
        self.message = message
        self.line = line
        self.source_line = source_line
        self.column = column

    def __str__(self) -> str:
        if self.line is None:
            return self.message
        if not self.source_line:
            return f"{self.message} (line {self.line})"
        where = f"line {self.line}, column {self.column}" if self.column else f"line {self.line}"
        return f"{self.message} ({where}: {self.source_line.strip()[:SHOWN_SOURCE_CHARS]})"
