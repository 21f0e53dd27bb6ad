"""A batch: tasks that were made together from a table."""

from __future__ import annotations

from pydantic import Field

from .document import Document, DocumentId, Moment


class Batch(Document):
    """Kept before the first of its tasks is made: should that be cut off, this says what is still to be made."""

    system: DocumentId
    who: str
    at: Moment
    start: bool = False
    """Whether tasks without a time of their own start at once."""
    text: str = ""
    """The table as it was given."""
    zone: str = "UTC"
    """What its times of day are meant in."""
    tasks: list[str] = Field(default_factory=list)
    """Ids, in the order of the rows."""
