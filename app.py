"""The command line. gevent is patched here, first of all, and nowhere else."""

from gevent import monkey

monkey.patch_all()

import json
import logging
import signal
import socket
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click
import gevent
import structlog
from gevent.event import Event as Signal
from gevent.pywsgi import WSGIServer

import mock_api
from engine import __version__, terminal
from engine.command import (
    Accounts,
    Answers,
    Catalog,
    Move,
    NamedSecrets,
    NotFound,
    Operator,
    Refused,
    Repair,
    SignIn,
    read_documents,
)
from engine.dispatch import LocalDispatch
from engine.drift import drift_lines, drifts
from engine.follow import follow
from engine.host import keyring_of, opened_store, running_worker
from engine.model import Invalid, Rehearsal, Role, Secret, Task, TaskStatus, User
from engine.overview import stuck_lines, task_lines, worker_lines
from engine.rehearse import tried_lines, tried_report, try_all
from engine.run import SharedClock
from engine.settings import Settings, read_settings
from engine.store import (
    BadDump,
    NotEmpty,
    Store,
    StoreError,
    StoreUnavailable,
    TaskExists,
    UserExists,
    counts,
    inspect,
    portray,
)
from engine.store.embedded import EmbeddedUnavailable
from engine.vault import SecretError, new_key
from webapp import create_app, live

SEED_ARGS = {"n": 4}


EXPLAINED = (
    Refused,
    NotFound,
    TaskExists,
    UserExists,
    NotEmpty,
    BadDump,
    StoreUnavailable,
    EmbeddedUnavailable,
    SecretError,
    OSError,
)
"""Errors whose text is for the person at the terminal."""


class Commands(click.Group):
    """Turns what went wrong into a line that says what to do."""

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except Invalid as invalid:
            lines = "\n".join(f"  {problem}" for problem in invalid.problems)
            raise _failure(ctx, f"{len(invalid.problems)} problem(s):\n{lines}") from None
        except EXPLAINED as error:
            raise _failure(ctx, _line(error)) from None


class Trouble(click.ClickException):
    exit_code = 2


def _failure(ctx: click.Context, text: str) -> click.ClickException:
    """Exits with 1; `diff` with 2, since 1 says that something differs."""
    return (Trouble if ctx.invoked_subcommand == "diff" else click.ClickException)(text)


def _line(error: Exception) -> str:
    return error.strerror or str(error) if isinstance(error, OSError) and error.errno else str(error)


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="stepline")
@click.pass_context
def main(ctx: click.Context) -> None:
    """Stepline runs checklists of HTTP calls that may take days. Settings: see `app.py settings`."""
    ctx.obj = read_settings()
    configure_log(ctx.obj.log_level)


def configure_log(level: str) -> None:
    """Log lines are an event name and fields, on standard error."""
    shared: list[Any] = [
        structlog.stdlib.add_log_level,
        structlog.stdlib.ExtraAdder(),
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    handler = logging.StreamHandler()
    # plain: other formatters show the values of variables, and a call's hold secrets
    plain = structlog.dev.plain_traceback
    renderer = structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty(), exception_formatter=plain)
    drop = structlog.stdlib.ProcessorFormatter.remove_processors_meta
    handler.setFormatter(structlog.stdlib.ProcessorFormatter(foreign_pre_chain=shared, processors=[drop, renderer]))
    logging.basicConfig(level=level, handlers=[handler], force=True)


# -- processes ---------------------------------------------------------------------------------------


@main.command()
@click.option("--demo/--no-demo", default=True, help="Load the sample and run its task.")
@click.option("--mock/--no-mock", default=True, help="Run the mock server for api1 to api6.")
@click.option("--pace", default=1.5, show_default=True, help="Seconds the mock takes to answer: time to watch.")
@click.pass_obj
def run(settings: Settings, demo: bool, mock: bool, pace: float) -> None:
    """Everything in one process: database, mock server, worker and pages."""
    with ExitStack() as stack:
        listener = _listener(settings)
        store = stack.enter_context(opened_store(settings))
        dispatch = LocalDispatch()
        if mock:
            stack.enter_context(_mock_server(settings)).slow_down(pace * 1000)
        stack.enter_context(running_worker(_with_port(settings, listener), store, dispatch))
        url = stack.enter_context(_pages(settings, listener, store, dispatch))
        way_in = stack.enter_context(_ways_in(settings, store, url))
        end = _asked_to_end()  # before anything is said: whoever reads it may end us
        click.echo(f"Stepline runs at {url} (Ctrl-C ends it; tasks go on at the next start)")
        if settings.sign_in == "required":
            click.echo(f"sign in: {way_in('')}")
        if demo and mock:
            task = start_sample(store, dispatch, settings.mock_port)
            click.echo(f"task page: {way_in(f'/tasks/{task.id}')}")
        sys.stdout.flush()
        end.wait()
        click.echo("ending: calls in flight may finish", err=True)


@main.command()
@click.pass_obj
def web(settings: Settings) -> None:
    """The pages alone; workers run beside it (`app.py worker`). For production see gunicorn.conf.py."""
    with ExitStack() as stack:
        listener = _listener(settings)
        store = stack.enter_context(opened_store(settings))
        url = stack.enter_context(_pages(settings, listener, store, LocalDispatch()))
        click.echo(f"pages at {url}/tasks")
        if settings.sign_in == "required" and not store.users.all():
            click.echo("nobody can sign in yet: python app.py user add NAME --role admin")
        _asked_to_end().wait()


@main.command()
@click.pass_obj
def worker(settings: Settings) -> None:
    """A worker alone; run as many as you like on one database."""
    with opened_store(settings) as store, running_worker(settings, store, LocalDispatch()) as started:
        click.echo(f"worker {started.name} runs (Ctrl-C ends it)")
        _asked_to_end().wait()


@main.command()
@click.pass_obj
def mock(settings: Settings) -> None:
    """The mock server alone: api1 to api6, a control page and a log of calls."""
    with _mock_server(settings) as server:
        click.echo(f"mock server at {server.url}")
        _asked_to_end().wait()


@main.command()
@click.option("--once", is_flag=True, help="Run the sample's task once, print what happens, end.")
@click.option("-n", "rounds", default=SEED_ARGS["n"], show_default=True, help="The task's arg n.")
@click.option("--timeout", default=120.0, show_default=True, help="Seconds after which it is called failed.")
@click.pass_context
def demo(ctx: click.Context, once: bool, rounds: int, timeout: float) -> None:
    """The sample's task: `--once` without a browser, else the same as `run`."""
    settings: Settings = ctx.obj
    if not once:
        ctx.invoke(run)
        return
    with ExitStack() as stack:
        store = stack.enter_context(opened_store(settings))
        dispatch = LocalDispatch()
        stack.enter_context(_mock_server(settings))
        stack.enter_context(running_worker(settings, store, dispatch))
        task = start_sample(store, dispatch, settings.mock_port, {"n": rounds})
        ended = _print_run(store, task, timeout)
    if ended is None:
        raise click.ClickException(f"the task is not over after {timeout:g} s")
    if ended.status != TaskStatus.DONE:
        raise click.ClickException(f"the task is {ended.status}: {ended.process_msg}")


def _print_run(store: Store, task: Task, timeout_s: float) -> Task | None:
    """Prints each change as it happens; the task as it ended, or None when the time is over."""
    click.echo(f"task {task.id} of system {task.system}, args {json.dumps(task.args)}")
    for line in follow(store, task.id, timeout_s):
        click.echo(line)
    ended = store.tasks.get(task.id)
    return ended if ended and ended.ended_at else None


def start_sample(store: Store, dispatch: LocalDispatch, mock_port: int, args: dict[str, Any] | None = None) -> Task:
    """Loads the sample's documents, then creates and starts its task under an id that is free."""
    text = mock_api.SAMPLE.read_text(encoding="utf-8")
    loaded = read_documents(json.loads(text.replace("127.0.0.1:9999", f"127.0.0.1:{mock_port}")))
    Catalog(store).save(loaded)
    operator = Operator(store, dispatch)
    (document,) = loaded.tasks.values()
    free = next(id_ for id_ in _numbered(document.id) if store.tasks.get(id_) is None)
    task = operator.create_from_document(document.model_copy(update={"id": free, "args": args or SEED_ARGS}))
    return operator.start(task.id)


def _numbered(name: str) -> Iterator[str]:
    yield name
    number = 2
    while True:
        yield f"{name}-{number}"
        number += 1


# -- definitions -------------------------------------------------------------------------------------

for command in terminal.COMMANDS:
    main.add_command(command)


@main.command(name="rehearse")
@click.argument("system")
@click.option("--args", "args_", default="{}", help="The task's args, as JSON.")
@click.option(
    "--answers",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="A JSON file: what each API answers.",
)
@click.option("--expect", default="{}", help='What has to come of it, as JSON: {"step4.grade": "A", "late": []}.')
@click.option("--kept", is_flag=True, help="Run the rehearsals that are kept with the system instead.")
@click.option("--json", "as_json", is_flag=True, help="What came of it as JSON.")
@click.pass_obj
def rehearse_system(
    settings: Settings, system: str, args_: str, answers: Path | None, expect: str, kept: bool, as_json: bool
) -> None:
    """Run a system on a virtual clock, answered by samples: nobody is called. Exits with 1 if it does not go well."""
    said = {"args": _json_object("--args", args_), "expect": _json_object("--expect", expect)}
    asked = Rehearsal.load(said | {"answers": _json_object("--answers", _text_of(answers))})
    with opened_store(settings) as store:
        plan = Operator(store).plan_for(system)
    tried = try_all(plan, plan.system.rehearsals if kept else [asked])
    if as_json:
        told = [tried_report(one) for one in tried]
        click.echo(json.dumps(told if kept else told[0], indent=2, ensure_ascii=False))
    else:
        click.echo("\n".join(line for one in tried for line in tried_lines(one)) or f"{system} keeps no rehearsals")
    sys.exit(any(one.problems for one in tried))


def _text_of(path: Path | None) -> str:
    return path.read_text(encoding="utf-8") if path else "{}"


# -- all there is ------------------------------------------------------------------------------------


@main.command()
@click.argument("out", type=click.File("w", encoding="utf-8"))
@click.pass_obj
def backup(settings: Settings, out: Any) -> None:
    """Everything (definitions, plans, tasks, attempts, events) into a file; `-` is the screen. End workers first."""
    with opened_store(settings) as store:
        count = sum(bool(out.write(line + "\n")) for line in store.dump())
    click.echo(f"{count} documents", err=True)


@main.command()
@click.argument("path", type=click.File("r", encoding="utf-8"))
@click.pass_obj
def restore(settings: Settings, path: Any) -> None:
    """A backup into an empty database; tasks go on where they were when a worker starts."""
    with opened_store(settings) as store:
        click.echo(f"{store.restore(path)} documents")


@main.command()
@click.pass_obj
def database(settings: Settings) -> None:
    """What the database is, what it lacks and how much is in it."""
    with opened_store(settings) as store:
        portrait, lacks = portray(store.db), inspect(store.db)
        click.echo(f"server        {portrait.kind}{'' if settings.mongo_uri else ' (embedded)'}")
        click.echo(f"version       {portrait.version}")
        click.echo(f"address       {portrait.address}")
        click.echo("\n".join(f"lacks         {finding}" for finding in lacks) or "lacks         nothing")
        for collection, count in counts(store.db).items():
            click.echo(f"{collection:<13} {count} documents")


@main.command(name="settings")
@click.pass_obj
def show_settings(settings: Settings) -> None:
    """Every setting, its environment variable and its value now; secrets are hidden."""
    for name, field in type(settings).model_fields.items():
        click.echo(f"STEPLINE_{name.upper():<16} {getattr(settings, name)!s:<24} {field.description}")


# -- tasks -------------------------------------------------------------------------------------------


@main.command()
@click.pass_obj
def workers(settings: Settings) -> None:
    """Who works on this database: process, since when, last sign of life, tasks held."""
    with opened_store(settings) as store:
        now = SharedClock(store.time).now()
        lines = worker_lines(store.leases.workers(), now)
    click.echo("\n".join(lines) if lines else "no worker runs: start one with `app.py worker` (or `run`)")


@main.command()
@click.option("--stuck", is_flag=True, help="Only what is due and held by nobody, or in quarantine.")
@click.option("--limit", default=50, show_default=True, help="How many at the most.")
@click.pass_obj
def tasks(settings: Settings, stuck: bool, limit: int) -> None:
    """The tasks created last; with `--stuck` those that nobody runs although they are due, and why."""
    with opened_store(settings) as store:
        now = SharedClock(store.time).now()
        lines = stuck_lines(store, now, limit) if stuck else task_lines(store.tasks.newest(now, limit))
    click.echo("\n".join(lines) if lines else "nothing is stuck" if stuck else "there is no task yet")


@main.command()
@click.pass_obj
def drift(settings: Settings) -> None:
    """How real answers differ of late from the APIs' samples, what reads that, and how many tasks it concerns."""
    with opened_store(settings) as store:
        lines = drift_lines(drifts(store))
    click.echo("\n".join(lines) if lines else "all answers of the last days look like their samples")


@main.group(name="task")
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
        task = Repair(store).edit_args(task_id, _json_object("args", args_))
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
    given = _json_object("--response", response)
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
        task = Repair(store).edit_link(task_id, step, link, {"args": _json_object("--args", args_)})
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
        task = Repair(store).resolve(task_id, step, link, how, _json("--response", response))
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
        given = _json_object("JSON", answer)
        task = Answers(store, who=name).answer(task_id, step, link, given, note)
        click.echo(f"{task.id}: {task.status}")


def _json(option: str, text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError as error:
        raise click.BadParameter(f"{option} is no JSON: {error}") from None


def _json_object(option: str, text: str) -> dict[str, Any]:
    value = _json(option, text)
    if not isinstance(value, dict):
        raise click.BadParameter(f"{option} has to be a JSON object: {{...}}")
    return value


# -- users -------------------------------------------------------------------------------------------


@main.group(name="user")
def user_group() -> None:
    """Who may sign in to the pages, and as what."""


@user_group.command(name="list")
@click.pass_obj
def list_users(settings: Settings) -> None:
    """Every user: name, role, whether they are disabled or have no password."""
    with opened_store(settings) as store:
        found = store.users.all()
    click.echo("\n".join(map(_user_line, found)) if found else "there is no user yet: `user add`, or `run`, makes one")


def _user_line(user: User) -> str:
    lacks = "disabled" if user.disabled else "" if user.password else "no password"
    return f"{user.id:<24} {user.role:<9} {lacks}".rstrip()


@user_group.command(name="add")
@click.argument("name")
@click.option("--role", type=click.Choice([role.value for role in Role]), default=Role.VIEWER.value, show_default=True)
@click.pass_obj
def add_user(settings: Settings, name: str, role: str) -> None:
    """Add a user, who signs in by the one-time link that is printed."""
    with opened_store(settings) as store:
        user = Accounts(store).add(name, Role(role))
        click.echo(f"{user.id} is {user.role}")
        _print_link(settings, store, name)


@user_group.command(name="password")
@click.argument("name")
@click.pass_obj
def set_password(settings: Settings, name: str) -> None:
    """Give a user a password, asked for or read from standard input; signs them out everywhere."""
    with opened_store(settings) as store:
        accounts = Accounts(store)
        accounts.set_password(accounts.user(name).id, _password_asked())
    click.echo(f"{name} has a new password and is signed out everywhere")


@user_group.command(name="role")
@click.argument("name")
@click.argument("role", type=click.Choice([role.value for role in Role]))
@click.pass_obj
def set_role(settings: Settings, name: str, role: str) -> None:
    """Give a user another role; signs them out everywhere."""
    with opened_store(settings) as store:
        click.echo(f"{name} is {Accounts(store).set_role(name, Role(role)).role}")


@user_group.command(name="disable")
@click.argument("name")
@click.pass_obj
def disable_user(settings: Settings, name: str) -> None:
    """Let a user in no more; signs them out everywhere."""
    with opened_store(settings) as store:
        Accounts(store).disable(name)
    click.echo(f"{name} is disabled and signed out everywhere")


@user_group.command(name="enable")
@click.argument("name")
@click.pass_obj
def enable_user(settings: Settings, name: str) -> None:
    """Let a disabled user in again."""
    with opened_store(settings) as store:
        Accounts(store).enable(name)
    click.echo(f"{name} may sign in again")


@user_group.command(name="link")
@click.argument("name")
@click.pass_obj
def link_user(settings: Settings, name: str) -> None:
    """Make a link that signs a user in once, within an hour."""
    with opened_store(settings) as store:
        _print_link(settings, store, name)


def _password_asked() -> str:
    """Never an option: every process of a machine can read those of the others."""
    if sys.stdin.isatty():
        return str(click.prompt("Password", hide_input=True, confirmation_prompt=True))
    return sys.stdin.readline().rstrip("\r\n")


def _print_link(settings: Settings, store: Store, name: str) -> None:
    host = "127.0.0.1" if settings.host in ("0.0.0.0", "::") else settings.host  # noqa: S104  it is read, not bound
    click.echo(f"sign in once, within an hour: {_base_url(host, settings.port)}/sign-in/{Accounts(store).link(name)}")


# -- secrets -----------------------------------------------------------------------------------------


@main.group(name="secret")
def secret_group() -> None:
    """Texts that calls may carry as $$SECRET.NAME and that nobody can read again."""


@secret_group.command(name="list")
@click.pass_obj
def list_secrets(settings: Settings) -> None:
    """Every secret's name, who changed it last and when, and its note; never its text."""
    with opened_store(settings) as store:
        secrets, keeper = store.secrets.all(), NamedSecrets(store, keyring_of(settings))
        lines = [_secret_line(secret, keeper.readable(secret)) for secret in secrets]
    click.echo("\n".join(lines) if lines else "there is no secret yet: `secret set NAME` keeps one")


def _secret_line(secret: Secret, readable: bool) -> str:
    lacks = "" if readable else f"  cannot be read: its key {secret.key} is not here"
    note = f"  {secret.note}" if secret.note else ""
    return f"{secret.id:<24} {secret.changed_at:%Y-%m-%d %H:%M} UTC  {secret.changed_by}{note}{lacks}"


@secret_group.command(name="set")
@click.argument("name")
@click.option("--note", help="What it is for; everybody who may see its name reads it.")
@click.pass_obj
def set_secret(settings: Settings, name: str, note: str | None) -> None:
    """Keep a text under a name, new or in place of the old; asked for, or read from standard input."""
    with opened_store(settings) as store:
        NamedSecrets(store, keyring_of(settings)).set(name, _secret_asked(), note)
    click.echo(f"{name} is set: calls carry it as $$SECRET.{name}")


def _secret_asked() -> str:
    """Never an option. All of standard input, for keys of several lines, but for the line end that `echo` adds."""
    if sys.stdin.isatty():
        return str(click.prompt("Secret", hide_input=True, confirmation_prompt=True))
    return sys.stdin.read().removesuffix("\n").removesuffix("\r")


@secret_group.command(name="remove")
@click.argument("name")
@click.option("--yes", is_flag=True, help="Do not ask.")
@click.pass_obj
def remove_secret(settings: Settings, name: str, yes: bool) -> None:
    """Remove a secret; calls that carry it fail until it is set again."""
    with opened_store(settings) as store:
        keeper = NamedSecrets(store, keyring_of(settings))
        keeper.secret(name)
        for use in keeper.uses().get(name, ()):
            click.echo(f"used by {use.kind}.{use.id}.{use.where}", err=True)
        if not yes:
            click.confirm(f"Remove the secret {name}?", abort=True)
        keeper.remove(name)
    click.echo(f"{name} is removed")


@secret_group.command(name="rotate")
@click.pass_obj
def rotate_secrets(settings: Settings) -> None:
    """Make a new key and encrypt every secret with it; where STEPLINE_SECRET_KEYS is set, with its first key."""
    keyring = keyring_of(settings)
    if not keyring.given:
        keyring.add_key()
    with opened_store(settings) as store:
        count = NamedSecrets(store, keyring).rotate()
    click.echo(f"{count} secrets are encrypted anew; older keys in {keyring.where} open older backups and nothing else")


@secret_group.command(name="key")
def make_secret_key() -> None:
    """Print a new key for STEPLINE_SECRET_KEYS."""
    click.echo(new_key())


# -- parts of a process ------------------------------------------------------------------------------


@contextmanager
def _mock_server(settings: Settings) -> Iterator[mock_api.MockServer]:
    try:
        server = mock_api.serve(port=settings.mock_port)
    except mock_api.PortInUse as error:
        raise click.ClickException(f"the mock server: {error.strerror}, set STEPLINE_MOCK_PORT") from None
    with server:
        yield server


@contextmanager
def _ways_in(settings: Settings, store: Store, url: str) -> Iterator[Callable[[str], str]]:
    """Makes the address of a page one that lets in whoever reads this terminal; none outlives the process."""
    if settings.sign_in == "off":
        yield lambda path: url + path
        return
    accounts, made = Accounts(store), []
    admin = accounts.first_admin().id

    def way_in(path: str) -> str:
        made.append(accounts.link(admin))
        return f"{url}/sign-in/{made[-1]}" + (f"?next={path}" if path else "")

    try:
        yield way_in
    finally:
        with suppress(StoreError):  # the database may be away; a link ends by itself
            for secret in made:
                SignIn(store).cancel_link(secret)


@contextmanager
def _pages(settings: Settings, listener: socket.socket, store: Store, dispatch: LocalDispatch) -> Iterator[str]:
    app = create_app(settings, store, dispatch)
    server = WSGIServer(listener, app, log=None)
    server.start()
    try:
        yield _base_url(settings.host, listener.getsockname()[1])
    finally:
        live.of(app).end()
        server.stop(timeout=1)


def _base_url(host: str, port: int) -> str:
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def _listener(settings: Settings) -> socket.socket:
    """Bound before anything else starts, so that a busy port costs nothing."""
    listener = socket.socket(socket.AF_INET6 if ":" in settings.host else socket.AF_INET)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)  # accepted sockets inherit it
    try:
        listener.bind((settings.host, settings.port))
        listener.listen(1024)
    except OSError as error:
        reason = (error.strerror or "cannot be used").lower()
        message = f"port {settings.port} of {settings.host}: {reason}; stop what uses it, or set STEPLINE_PORT"
        raise click.ClickException(message) from None
    return listener


def _with_port(settings: Settings, listener: socket.socket) -> Settings:
    return settings.model_copy(update={"port": listener.getsockname()[1]})


def _asked_to_end() -> Signal:
    """Set by SIGTERM or SIGINT; a second one ends at once."""
    end = Signal()
    for number in (signal.SIGTERM, signal.SIGINT):
        gevent.signal_handler(number, lambda: sys.exit(1) if end.is_set() else end.set())
    return end


if __name__ == "__main__":
    main()
