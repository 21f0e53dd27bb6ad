"""Steps with what belongs to them, a page at a time: rows of one step stay together."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

ROWS = 100


@dataclass(frozen=True, slots=True)
class StepPage:
    """`number` counts from 1."""

    steps: tuple[str, ...]
    number: int
    of: int


def page_of(rows: Mapping[str, int], wanted: int | None, holding: str = "") -> StepPage:
    """The page of that number, else the one that holds this step. `rows`: how many each step takes."""
    pages = step_pages(rows)
    if wanted is None:
        wanted = next((number for number, steps in enumerate(pages, 1) if holding in steps), 1)
    number = max(1, min(wanted, len(pages)))
    return StepPage(tuple(pages[number - 1]), number, len(pages))


def step_pages(rows: Mapping[str, int]) -> Sequence[Sequence[str]]:
    pages: list[list[str]] = [[]]
    used = 0
    for step, count in rows.items():
        if pages[-1] and used + count > ROWS:
            pages.append([])
            used = 0
        pages[-1].append(step)
        used += count
    return pages
