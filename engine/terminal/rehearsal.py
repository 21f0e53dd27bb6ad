"""A system rehearsed from the command line."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import click

from engine.command import Operator
from engine.host import opened_store
from engine.model import Rehearsal
from engine.rehearse import tried_lines, tried_report, try_all
from engine.settings import Settings

from .options import json_object


@click.command(name="rehearse")
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
    said = {"args": json_object("--args", args_), "expect": json_object("--expect", expect)}
    asked = Rehearsal.load(said | {"answers": json_object("--answers", _text_of(answers))})
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
