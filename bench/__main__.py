"""`python -m bench [COMMAND [OPTIONS]]...`: several commands run one after the other, none means all."""

# ruff: noqa: E402  the patch has to come before every other import
from gevent import monkey

monkey.patch_all()

import click

from bench import crowd, drain, flow, live, parked, planning, web


@click.group(chain=True, invoke_without_command=True, context_settings={"show_default": True})
@click.pass_context
def main(ctx: click.Context) -> None:
    """Measures speed; without a command everything, in small."""
    if ctx.invoked_subcommand is None:
        for part in (flow.main, parked.main, drain.main, planning.main, web.main, live.main):
            part()


def _count(option: str, default: int, help_: str):
    return click.option(option, type=click.IntRange(min=0), default=default, help=help_)


_into = click.option("--into", default="", help="A folder or a MongoDB's address; a store that is there is added to.")


@main.command(name="flow")
def flow_() -> None:
    """Throughput against bare gevent + requests."""
    flow.main()


@main.command(name="planning")
def planning_() -> None:
    """Planning and proof of large systems."""
    planning.main()


@main.command(name="parked")
@_count("--count", parked.COUNT, "Tasks parked at the end.")
@_into
def parked_(count: int, into: str) -> None:
    """A worker's memory, and what a sweep costs, with many tasks parked."""
    parked.main(count, into)


@main.command(name="live")
@click.option("--browsers", type=click.IntRange(min=1), multiple=True, default=live.BROWSERS, help="How many watch.")
@_count("--seconds", live.SECONDS, "One act each.")
def live_(browsers: tuple[int, ...], seconds: int) -> None:
    """From an act until the list shows it, in one browser and in many."""
    live.main(browsers, seconds)


@main.command(name="store")
@_count("--count", 1_000_000, "Tasks parked in it.")
@click.option("--into", required=True, help="A folder or a MongoDB's address; a store that is there is filled up.")
def store(count: int, into: str) -> None:
    """Makes a store of parked tasks, and says how long it takes to open."""
    crowd.main(count, into)


@main.command(name="web")
@_count("--count", web.COUNT, "Tasks in the store.")
@_into
def web_(count: int, into: str) -> None:
    """How soon the list of tasks answers, and how much it sends."""
    web.main(count, into)


@main.command(name="drain")
@_count("--due", drain.DUE, "Tasks that are due at once.")
@_count("--among", 0, "Tasks that are parked beside them.")
@_into
def drain_(due: int, among: int, into: str) -> None:
    """How long many tasks that are due at once take."""
    drain.main(due, among, into)


if __name__ == "__main__":
    main()
