"""`python -m tests.fault [--long] [--short] [--seed N] [name ...]`: every fault, or those named, as a table."""

# ruff: noqa: E402, T201  the patch has to come before every other import; a command line prints
from gevent import monkey

monkey.patch_all()

import argparse
import sys
import tempfile
from pathlib import Path

from engine.store.embedded import Embedded
from tests.fault.faults import FAULTS, Ground, Size
from tests.fault.finding import table

SIZE=Size(60,6)

def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.fault")
    parser.add_argument("names", nargs="*", choices=[[], *FAULTS])
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--tasks", type=int, default=60)
    parser.add_argument("--times", type=int, default=6)
    options = parser.parse_args()
    findings = []
    with tempfile.TemporaryDirectory() as folder, Embedded(Path(folder) / "db") as running:
        for name in options.names or FAULTS:
            finding = FAULTS[name](Ground(running.uri, Path(folder), options.seed), Size(options.tasks, options.times))
            findings.append(finding)
            print(table([finding]))
            for v in finding.violations[:40]: print("  ", v)
            for v in finding.notes[:20]: print("  note", v)
    sys.exit(any(finding.violations for finding in findings))


if __name__ == "__main__":
    main()
