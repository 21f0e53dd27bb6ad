"""What the command line does with tasks and workers: list, start, pause, repair."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import click

from engine.command import Answers, Move, NotFound, Operator, Repair
from engine.drift import drift_lines, drifts
from engine.host import opened_store
from engine.model import Task
from engine.overview import stuck_lines, task_lines, worker_lines
from engine.run import SharedClock
from engine.settings import Settings
from engine.store import Store

from .options import json_object, json_value


@click.command()
@click.pass_obj
def workers(settings: Settings) -> None:
    """Who works on this database: process, since when, last sign of life, tasks held."""
    with opened_store(settings) as store:
        now = SharedClock(store.time).now()
        lines = worker_lines(store.leases.workers(), now)
    click.echo("\n".join(lines) if lines else "no worker runs: start one with `app.py worker` (or `run`)")


@click.command()
@click.option("--stuck", is_flag=True, help="Only what is due and held by nobody, or in quarantine.")
@click.option("--limit", default=50, show_default=True, help="How many at the most.")
@click.pass_obj
def tasks(settings: Settings, stuck: bool, limit: int) -> None:
    """The tasks created last; with `--stuck` those that nobody runs although they are due, and why."""
    with opened_store(settings) as store:
        now = SharedClock(store.time).now()
        lines = stuck_lines(store, now, limit) if stuck else task_lines(store.tasks.newest(now, limit))
    click.echo("\n".join(lines) if lines else "nothing is stuck" if stuck else "there is no task yet")


@click.command()
@click.pass_obj
def drift(settings: Settings) -> None:
    """How real answers differ of late from the APIs' samples, what reads that, and how many tasks it concerns."""
    with opened_store(settings) as store:
        lines = drift_lines(drifts(store))
    click.echo("\n".join(lines) if lines else "all answers of the last days look like their samples")


@click.group(name="task")
def task_group() -> None:
    """Start, pause and repair tasks."""


@task_group.command(name="list")
@click.pass_context
def list_tasks(ctx: click.Context) -> None:
    """The tasks created last."""
    ctx.invoke(tasks)


@task_group.command(name="show")
@click.argument("task_id")
@click.pass_obj
def show_task(settings: Settings, task_id: str) -> None:
    """A task as JSON."""
    with opened_store(settings) as store:
        task = store.tasks.get(task_id)
        if task is None:
            raise NotFound(f"there is no task {task_id!r}")
        click.echo(json.dumps(task.to_json(), indent=2, ensure_ascii=False))


def _task_command(name: str, help_: str, act: Callable[[Store, str], Task]) -> None:
    @task_group.command(name=name, help=help_)
    @click.argument("task_id")
    @click.pass_obj
    def command(settings: Settings, task_id: str) -> None:
        with opened_store(settings) as store:
            task = act(store, task_id)
            asked = f" ({task.request} requested)" if task.request else ""
            click.echo(f"{task.id}: {task.status}{asked}")


_task_command("start", "Start a READY task.", lambda store, id_: Operator(store).start(id_))
_task_command("pause", "Pause; a call in flight may end.", lambda store, id_: Operator(store).pause(id_))
_task_command("resume", "Go on after a pause.", lambda store, id_: Operator(store).resume(id_))
_task_command("cancel", "Cancel; a call in flight may end.", lambda store, id_: Operator(store).cancel(id_))
_task_command("retry", "Go on from the failure, or try now.", lambda store, id_: Repair(store).retry(id_))


_task_command("unschedule", "Do not start it by itself any more.", lambda store, id_: Operator(store).unschedule(id_))


@task_group.command()
@click.argument("task_id")
@click.argument("at", metavar="TIME")
@click.pass_obj
def schedule(settings: Settings, task_id: str, at: str) -> None:
    """Let a READY task start by itself at a time, such as 2026-11-30T09:00+01:00; UTC without an offset."""
    try:
        moment = datetime.fromisoformat(at)
    except ValueError:
        raise click.UsageError(f"{at!r} is no date with a time: write it like 2026-11-30T09:00Z") from None
    with opened_store(settings) as store:
        task = Operator(store).schedule(task_id, moment if moment.tzinfo else moment.replace(tzinfo=UTC))
        click.echo(f"{task.id}: {task.status}, {task.process_msg}")


@task_group.command(name="args")
@click.argument("task_id")
@click.argument("args_", metavar="JSON")
@click.pass_obj
def set_args(settings: Settings, task_id: str, args_: str) -> None:
    """Give a task other args; calls that come read them."""
    with opened_store(settings) as store:
        task = Repair(store).edit_args(task_id, json_object("args", args_))
        click.echo(f"{task.id}: {task.status}, args {json.dumps(task.args)}")


@task_group.command()
@click.argument("task_id")
@click.argument("step")
@click.option("--link", help="Only this link of the step.")
@click.option("--response", default="{}", help="The values it would have published, as JSON.")
@click.option("--reason", default="", help="For the history.")
@click.pass_obj
def skip(settings: Settings, task_id: str, step: str, link: str | None, response: str, reason: str) -> None:
    """Let a step or link pass with a given response."""
    given = json_object("--response", response)
    with opened_store(settings) as store:
        repair = Repair(store)
        task = (
            repair.skip_link(task_id, step, link, given, reason)
            if link
            else repair.skip_step(task_id, step, given, reason)
        )
        click.echo(f"{task.id}: {task.status}")


@task_group.command()
@click.argument("task_id")
@click.argument("step")
@click.argument("link")
@click.option("--args", "args_", required=True, help="The link's new args, as JSON.")
@click.pass_obj
def edit(settings: Settings, task_id: str, step: str, link: str, args_: str) -> None:
    """Give a link that has not passed other args."""
    with opened_store(settings) as store:
        task = Repair(store).edit_link(task_id, step, link, {"args": json_object("--args", args_)})
        click.echo(f"{task.id}: {task.status}")


@task_group.command()
@click.argument("task_id")
@click.argument("step")
@click.option("--yes", is_flag=True, help="Do not ask.")
@click.pass_obj
def rerun(settings: Settings, task_id: str, step: str, yes: bool) -> None:
    """Reset a step and what depends on it, and go on from there."""
    with opened_store(settings) as store:
        repair = Repair(store)
        steps = ", ".join(repair.impact(task_id, step).steps)
        if not yes:
            click.confirm(f"This resets {steps}. Go on?", abort=True)
        click.echo(f"{task_id}: {repair.rerun(task_id, step).status}, reset: {steps}")


@task_group.command(name="move")
@click.argument("task_id")
@click.option("--check", "only_check", is_flag=True, help="Only say what it would change, and what stands against it.")
@click.pass_obj
def move_task(settings: Settings, task_id: str, only_check: bool) -> None:
    """Let a task go on by the definition that its system has now."""
    with opened_store(settings) as store:
        move = Move(store)
        found = move.check(task_id)
        for one in found.differences:
            click.echo(f"changes  {one}")
        for problem in found.obstacles:
            click.echo(f"against  {problem}")
        if not only_check:
            click.echo(f"{task_id}: {move.move(task_id, found.mark).status}, moved")
        elif not found.obstacles:
            click.echo(f"{task_id} can be moved: leave out --check")


@task_group.command()
@click.argument("task_id")
@click.argument("step")
@click.argument("link")
@click.argument("how", type=click.Choice(["repeat", "took effect", "failed"]))
@click.option("--response", default="null", help="For `took effect`: what the API answered, as JSON.")
@click.pass_obj
def resolve(settings: Settings, task_id: str, step: str, link: str, how: Any, response: str) -> None:
    """Say what became of a call whose outcome is unknown."""
    with opened_store(settings) as store:
        task = Repair(store).resolve(task_id, step, link, how, json_value("--response", response))
        click.echo(f"{task.id}: {task.status}")


@task_group.command()
@click.argument("task_id")
@click.argument("step")
@click.argument("link")
@click.argument("answer", metavar="JSON", default="{}")
@click.option("--note", default="", help="For the history.")
@click.option("--as", "name", default="command line", help="Who answers: for a question to certain people.")
@click.pass_obj
def answer(settings: Settings, task_id: str, step: str, link: str, answer: str, note: str, name: str) -> None:
    """Answer what a MANUAL link asks: an object with a value per response key of the link."""
    with opened_store(settings) as store:
        given = json_object("JSON", answer)
        task = Answers(store, who=name).answer(task_id, step, link, given, note)
        click.echo(f"{task.id}: {task.status}")
