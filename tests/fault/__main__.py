"""`python -m tests.fault [--short | --long] [--seed N] [name ...]`: every fault, or those named, as a table."""

# ruff: noqa: E402  the patch has to come before every other import
from gevent import monkey

monkey.patch_all()

import argparse
import sys
import tempfile
from pathlib import Path

from engine.store.embedded import Embedded
from tests.fault.crew import Nursery
from tests.fault.faults import FAULTS, Length
from tests.fault.finding import Finding, table
from tests.fault.ground import Ground

SHOWN = 20


def main() -> None:
    options = _options()
    length: Length = "long" if options.long else "short" if options.short else "medium"
    with tempfile.TemporaryDirectory() as folder, Nursery() as nursery, Embedded(Path(folder) / "db") as running:
        ground = Ground(nursery, running.uri, Path(folder), options.seed)
        findings = {name: _run(name, ground, length) for name in options.names or FAULTS}
    print(table(findings.values()))  # noqa: T201  a command line prints
    sys.exit(any(bool(finding.violations) != (name == "control") for name, finding in findings.items()))


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.fault", description="Injects faults; an oracle judges.")
    parser.add_argument("names", nargs="*", metavar="name", help=", ".join(FAULTS))
    parser.add_argument("--short", action="store_true", help="as `make test` runs them")
    parser.add_argument("--long", action="store_true", help="as many as a release asks for")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    if unknown := set(options.names) - set(FAULTS):
        parser.error(f"there is no fault {', '.join(sorted(unknown))}; there is {', '.join(FAULTS)}")
    return options


def _run(name: str, ground: Ground, length: Length) -> Finding:
    finding = FAULTS[name].run(ground, FAULTS[name].of(length))
    lines = [*map(str, finding.violations[:SHOWN]), *finding.notes[:SHOWN]]
    sys.stderr.write("\n  ".join([f"{name}: {len(finding.violations)} violations", *lines]) + "\n")
    return finding


if __name__ == "__main__":
    main()
