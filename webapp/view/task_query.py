"""What the address of the task list says: the filter, the order, the columns, the place. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from urllib.parse import urlencode

from werkzeug.datastructures import MultiDict

from engine.model import TaskStatus
from engine.store import SORTS, Place, Sort, Sorting

from .task_filter import TaskFilter, read_filter, with_status

COLUMNS = (
    "system", "step", "remaining", "slack", "finish", "progress", "attempts", "labels", "created", "started", "ended",
)  # fmt: skip
SHOWN = COLUMNS[:7]
"""Unless others are chosen. The state and the task are always there."""
UPWARDS: Mapping[Sort, bool] = {
    "deadline": True, "slack": True, "name": True, "started": False, "finished": False, "created": False,
}  # fmt: skip
"""How a sort begins: the most urgent, the newest, or the first of the alphabet."""
BY_DEADLINE = Sorting()


@dataclass(frozen=True, slots=True)
class TaskQuery:
    filter: TaskFilter
    sorting: Sorting = BY_DEADLINE
    columns: tuple[str, ...] = SHOWN
    after: str = ""
    before: str = ""

    @property
    def sort_text(self) -> str:
        """`slack`, or `-slack` for the other way round."""
        natural = self.sorting.upwards == UPWARDS[self.sorting.by]
        return self.sorting.by if natural else f"-{self.sorting.by}"

    @property
    def view(self) -> list[tuple[str, str]]:
        """Without the place: what a saved view keeps. Never empty: nothing is the reader's default view."""
        pairs = [("q", self.filter.text)]
        if self.sort_text != "deadline":
            pairs.append(("sort", self.sort_text))
        if self.columns != SHOWN:
            pairs += [("c", column) for column in self.columns] or [("c", "")]
        return pairs

    def address(self, **place: str) -> str:
        """Behind the `?`. `place`: `after` or `before`."""
        return urlencode([*self.view, *place.items()])

    def sorted_by(self, by: Sort) -> str:
        """The address with another order; of the one that is, the other way round."""
        upwards = not self.sorting.upwards if by == self.sorting.by else UPWARDS[by]
        return replace(self, sorting=Sorting(by, upwards)).address()

    def places(self) -> tuple[Place | None, Place | None]:
        """After which and before which. Raises `BadPlace`."""
        if self.before:
            return None, Place.read(self.before)
        return Place.read(self.after) if self.after else None, None


def read_query(fields: MultiDict[str, str]) -> TaskQuery:
    """What it does not know in the order or the columns is left out."""
    text = fields.get("q", "")
    status = fields.get("status", "")
    if not text and status:
        text = with_status(TaskStatus(status)) if status in TaskStatus.__members__ else f"status:{status}"
    chosen = [column for column in fields.getlist("c") if column in COLUMNS]
    columns = tuple(column for column in COLUMNS if column in chosen) if "c" in fields else SHOWN
    sorting, places = read_sorting(fields.get("sort", "")), (fields.get("after", ""), fields.get("before", ""))
    return TaskQuery(read_filter(text), sorting, columns, *places)


def read_sorting(text: str) -> Sorting:
    by = text.removeprefix("-")
    for known in SORTS:
        if known == by:
            return Sorting(known, UPWARDS[known] != text.startswith("-"))
    return BY_DEADLINE
