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
    Catalog,
    NotFound,
    Operator,
    Refused,
    SignIn,
    read_documents,
)
from engine.dispatch import LocalDispatch
from engine.follow import follow
from engine.host import base_url, opened_store, running_worker
from engine.model import Invalid, Task, TaskStatus
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
from engine.vault import SecretError
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


for command in terminal.COMMANDS:
    main.add_command(command)


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
        yield base_url(settings.host, listener.getsockname()[1])
    finally:
        live.of(app).end()
        server.stop(timeout=1)


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
