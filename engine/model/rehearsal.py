"""A rehearsal: a run of a system that calls nobody. How it is set up, and what has to come of it to pass as a test."""

from __future__ import annotations

from typing import Any, Self

from pydantic import Field, ValidationError

from .document import Part
from .problem import Invalid, problems_of


class Scripted(Part):
    """How one call, or `times` calls in a row, are answered. What is left out is as the API's sample says."""

    times: int = Field(default=1, ge=1, le=100_000)
    answer: Any = None
    """JSON; null means that none is given."""
    status: int | None = Field(default=None, ge=100, le=599)
    """The HTTP status; 200 when left out."""
    not_ready: bool = False
    """With an answer for which the link's condition does not hold."""
    no_reply: bool = False
    """The call is sent, and nothing comes back."""
    takes_s: float = Field(default=0.0, ge=0, le=366 * 86_400)

    @property
    def fails(self) -> bool:
        """Whether the API says that it failed."""
        return self.status is not None and self.status >= 400


class Rehearsal(Part):
    """`answers`: an API's id, or `step/link`, which goes before it → its calls in order. Behind those, the sample."""

    name: str = Field(default="", max_length=100)
    args: dict[str, Any] = Field(default_factory=dict)
    answers: dict[str, list[Scripted]] = Field(default_factory=dict)
    expect: dict[str, Any] = Field(default_factory=dict)
    """`status`, `late`, or `<step>.<key>`, deeper if wanted → what has to stand there when it is over."""

    @classmethod
    def load(cls, raw: Any) -> Self:
        """The rehearsal that `raw` describes; raises `Invalid` with every problem."""
        try:
            return cls.model_validate(raw)
        except ValidationError as error:
            raise Invalid(problems_of(error)) from None
