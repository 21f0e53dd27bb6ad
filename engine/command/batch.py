"""Tasks made together from the rows of a table: every row is proven before the first task is made."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Collection, Sequence

import gevent

from engine.model import Batch, Invalid, Problem, Task
from engine.plan import Plan, TaskDraft, new_task

from .operator import scheduled

Row = Task | Sequence[Problem]
"""The task that a row makes, or what is wrong with it."""


def prove_rows(
    plan: Plan, batch: Batch, drafts: Sequence[TaskDraft], secrets: Collection[str] | None = None
) -> list[Row]:
    """For each draft its task or its problems. Times are judged as of `batch.at`, also when it is made again.

    `secrets` are the names of all there are; None where nobody knows them.
    """
    rows: list[Row] = []
    for id_, draft in zip(row_ids(batch, drafts), drafts, strict=True):
        try:
            rows.append(_task(plan, batch, draft, id_, secrets))
        except Invalid as invalid:
            rows.append(invalid.problems)
        gevent.sleep(0)  # a thousand rows take a while, and others wait for the hub
    return rows


def row_ids(batch: Batch, drafts: Sequence[TaskDraft]) -> list[str]:
    """The ids of the tasks, the same for the same batch and row; what stands in two rows alike is two tasks."""
    met: Counter[str] = Counter()
    ids = []
    for draft in drafts:
        content = json.dumps(draft.model_dump(mode="json"), sort_keys=True)
        met[content] += 1
        digest = hashlib.sha256(f"{batch.id}/{met[content]}/{content}".encode("utf-8", "surrogatepass")).hexdigest()
        ids.append(f"{batch.id}-{digest[:10]}")
    return ids


def _task(plan: Plan, batch: Batch, draft: TaskDraft, id_: str, secrets: Collection[str] | None) -> Task:
    task = new_task(plan, draft, id_, batch.at, secrets)
    return scheduled(task, draft.start_at or (batch.at if batch.start else None), batch.who)
