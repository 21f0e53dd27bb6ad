"""An API: one HTTP endpoint, its typed args and how patiently it is called."""

from __future__ import annotations

import json
from typing import Any, Literal

from pydantic import Field, field_validator

from .document import Document, Part

ArgType = Literal["string", "int", "float", "bool", "list", "object", "any"]
SAFE_METHODS = frozenset({"GET", "HEAD", "PUT", "DELETE", "OPTIONS"})
"""Methods that may be repeated when it is not known whether they arrived."""


class Arg(Part):
    """One declared arg: its type, and the value used when a task gives none (`null` = none)."""

    type: ArgType = "any"
    """What a value is turned into before the call."""
    val: Any = None
    """The default; null: there is none, and each task needs a value."""


class Patience(Part):
    """When to try again and when to give up. Every field may be left out."""

    interval: float | None = Field(default=None, ge=0)
    """Seconds between two tries, at the least."""
    max_attempts: int | None = Field(default=None, ge=1)
    """Tries after which the link fails; null: no limit."""
    give_up_after_s: float | None = Field(default=None, gt=0)
    """The link fails when the next try would come later than this after the first."""
    backoff: float | None = Field(default=None, ge=1)
    """Each wait is the one before times this."""
    max_interval_s: float | None = Field(default=None, gt=0)
    """No wait grows beyond this."""
    jitter: float | None = Field(default=None, ge=0, le=1)
    """A wait is stretched by up to this part of it, by chance."""


class Api(Document, Patience):
    """One HTTP endpoint."""

    method: Literal["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"] = "GET"
    url: str = Field(min_length=1)
    """http:// or https://; {name} in it is filled with the arg of that name."""
    args: dict[str, Arg] = Field(default_factory=dict)
    """Every arg that calls of it may have."""
    result: Any = None
    """A sample of the answer, for the proof and for completion. JSON text is read as JSON."""
    debug: bool = False
    """Sample data, which `purge --debug` removes."""
    desc: str = ""
    """For people."""
    headers: dict[str, str] = Field(default_factory=dict)
    timeout_s: float = Field(default=30.0, gt=0, le=3600)
    """Seconds for the whole call."""
    send: Literal["query", "json", "form"] | None = None
    """How args travel; null: in the query for GET, HEAD, DELETE and OPTIONS, as a JSON body otherwise."""
    follow_redirects: bool = False
    idempotent: bool | None = None
    """Whether a call of unknown outcome may simply be repeated; null: by the method."""
    on_unknown: Literal["ask", "retry"] = "ask"
    """What happens with a call that must not be blindly repeated and got no reply."""
    max_concurrency: int | None = Field(default=None, ge=1)
    """Calls in flight to it at once, of all workers together."""

    @field_validator("method", mode="before")
    @classmethod
    def _upper(cls, method: Any) -> Any:
        return method.upper() if isinstance(method, str) else method

    @field_validator("url")
    @classmethod
    def _http(cls, url: str) -> str:
        if not url.startswith(("http://", "https://")):
            raise ValueError(f"the url {url!r} is neither http:// nor https://")
        return url

    @property
    def sample(self) -> Any:
        """The sample answer as JSON: `"{ }"` reads as `{}`; text that is no JSON stays text."""
        if not isinstance(self.result, str):
            return self.result
        try:
            return json.loads(self.result)
        except ValueError:
            return self.result

    @property
    def repeatable(self) -> bool:
        """Whether a call whose outcome is unknown may simply be made again (R9)."""
        return self.idempotent if self.idempotent is not None else self.method in SAFE_METHODS
