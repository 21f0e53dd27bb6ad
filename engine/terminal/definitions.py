"""What the command line does with definitions: load, check, export, diff, apply, schema, purge."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

import click

from engine.code import (
    FORMATS,
    SCHEMAS,
    SUFFIXES,
    Documents,
    Format,
    as_file,
    file_of,
    files_at,
    folder_of,
    format_of,
    keep_folder,
    schema_of,
    text_of,
)
from engine.command import Catalog, Code, Comparison, Operator, Source, read_source
from engine.host import opened_store
from engine.model import Invalid, Task
from engine.settings import Settings
from engine.store import Store

_SOURCE = click.argument("path", type=click.Path(exists=True, path_type=Path))
_PRUNE = click.option("--prune", is_flag=True, help="Also remove what PATH lacks, if nothing uses it.")
_COLOURS = {"+": "green", "-": "red", "@": "cyan"}


@click.command()
@_SOURCE
@click.option("--debug-only", is_flag=True, help="Only what is marked `debug`: sample data.")
@click.option("--tasks/--no-tasks", default=True, help="Also create the file's tasks, READY.")
@click.pass_obj
def load(settings: Settings, path: Path, debug_only: bool, tasks: bool) -> None:
    """Load definitions (and tasks) from a file or folder, all or nothing."""
    source = read_source(files_at(path), debug_only)
    loaded = source.loaded
    with opened_store(settings) as store:
        with _located(source):
            Catalog(store).save(loaded)
        click.echo(f"loaded {len(loaded.apis)} apis, {len(loaded.steps)} steps, {len(loaded.systems)} systems")
        operator = Operator(store)
        for task in loaded.tasks.values() if tasks else ():
            click.echo(_keep(store, operator, task))


def _keep(store: Store, operator: Operator, task: Task) -> str:
    if store.tasks.get(task.id):
        return f"task {task.id} is there already and stays as it is"
    kept = operator.keep(task)
    return f"created task {kept.id}, READY" + (f"; it {kept.attention}" if kept.attention else "")


@click.command()
@_SOURCE
def check(path: Path) -> None:
    """Prove the definitions of a file or folder; nothing is saved and no database is needed."""
    source = read_source(files_at(path))
    with _located(source):
        count = Catalog.check(source.loaded)
    click.echo(f"{path}: {count} system(s), no problems")


@click.command()
@click.argument("path", required=False, type=click.Path(path_type=Path))
@click.option("--system", "systems", multiple=True, metavar="ID", help="This system and what it uses; repeatable.")
@click.option("--format", "format_", type=click.Choice(list(FORMATS)), help="For a folder yaml, unless said.")
@click.option(
    "--out", type=click.File("w", encoding="utf-8"), default="-", help="Without PATH: a file, not the screen."
)
@click.pass_obj
def export(
    settings: Settings, path: Path | None, systems: tuple[str, ...], format_: Format | None, out: IO[str]
) -> None:
    """Definitions into PATH: a file (.yaml, .json), or a folder with a file for each.

    Without PATH: what `load` reads, READY tasks included, as JSON. For all there is: `backup`.
    """
    with opened_store(settings) as store:
        documents = Code(store).documents(systems)
        tasks = None if path or systems else Catalog(store).ready_tasks()
    if path is None:
        out.write(text_of(as_file(documents, tasks), format_ or "json"))
        return
    for line in _written(path, documents, format_, whole=not systems):
        click.echo(line)
    click.echo(f"{path} has {len(documents)} definitions")


def _written(path: Path, documents: Documents, format_: Format | None, whole: bool) -> Iterator[str]:
    """A line for each file that was not as it should be."""
    if path.is_dir() or not path.suffix:
        files = folder_of(documents, format_ or "yaml")
        yield from (f"{what} {name}" for what, name in keep_folder(path, files, remove_others=whole))
    elif path.suffix.lower() in SUFFIXES:
        data = file_of(documents, format_ or format_of(path.name)).data
        if not path.exists() or path.read_bytes() != data:
            path.write_bytes(data)
            yield f"written {path.name}"
    else:
        raise click.BadParameter(f"{path} is neither a folder nor a file called .yaml or .json")


@click.command()
@_SOURCE
@_PRUNE
@click.pass_obj
def diff(settings: Settings, path: Path, prune: bool) -> None:
    """What `apply` would change, line by line. Exits with 0 if nothing, with 1 if something, with 2 after an error."""
    source = read_source(files_at(path))
    with opened_store(settings) as store:
        comparison = _compared(store, source, prune)
    for one in comparison.changes:
        click.secho(f"{one.what} {one.name}", bold=True)
        for line in one.lines:
            click.secho(f"  {line}", fg=_COLOURS.get(line.sign))
    click.echo(_summary(comparison))
    if comparison.changes:
        raise SystemExit(1)


@click.command()
@_SOURCE
@_PRUNE
@click.option("--dry-run", is_flag=True, help="Prove it and say what would change; save nothing.")
@click.option("--note", default="", help="Why: it stands at each revision.")
@click.pass_obj
def apply(settings: Settings, path: Path, prune: bool, dry_run: bool, note: str) -> None:
    """Make the definitions what PATH says, all or nothing. A second time there is nothing to change."""
    source = read_source(files_at(path))
    with opened_store(settings) as store, _located(source):
        code, comparison = Code(store), _compared(store, source, prune)
        if problems := code.problems(comparison) if dry_run else ():
            raise Invalid(problems)
        if not dry_run:
            code.apply(comparison, note)
    for one in comparison.changes:
        click.echo(f"{'would be ' if dry_run else ''}{one.what} {one.name}")
    click.echo(_summary(comparison))
    if tasks := len(source.loaded.tasks):
        click.echo(f"{tasks} task(s) in it are left alone: `load` creates them")


def _compared(store: Store, source: Source, prune: bool) -> Comparison:
    code = Code(store)
    return code.compare(source.loaded, code.lacking(source.loaded) if prune else ())


def _summary(comparison: Comparison) -> str:
    if not comparison.changes:
        return f"nothing to change: {len(comparison.differences)} definitions are as they are there"
    counts = Counter(one.what for one in comparison.differences)
    return ", ".join(f"{counts[what]} {what}" for what in ("added", "changed", "removed", "same") if counts[what])


@contextmanager
def _located(source: Source) -> Iterator[None]:
    """What is found wrong is told with file and line."""
    try:
        yield
    except Invalid as invalid:
        raise source.located(invalid.problems) from None


@click.command()
@click.argument("name", type=click.Choice(list(SCHEMAS)), default="file")
def schema(name: str) -> None:
    """The JSON Schema that helps an editor: of an api, a step, a system, or a file with many."""
    click.echo(text_of(schema_of(name), "json"), nl=False)


@click.command()
@click.option("--debug", is_flag=True, required=True, expose_value=False, help="What is marked `debug`: sample data.")
@click.confirmation_option(prompt="Remove all sample definitions and the tasks made from them?")
@click.pass_obj
def purge(settings: Settings) -> None:
    """Remove sample data."""
    with opened_store(settings) as store:
        definitions, tasks = Catalog(store).purge_debug()
    click.echo(f"removed {definitions} definitions and {tasks} tasks")


COMMANDS = (load, check, export, diff, apply, schema, purge)
