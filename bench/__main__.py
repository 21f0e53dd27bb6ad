"""`python -m bench [flow|parked|planning ...]`"""

# ruff: noqa: E402  the patch has to come before every other import
from gevent import monkey

monkey.patch_all()

import sys

from bench import flow, parked, planning

PARTS = {"flow": flow.main, "parked": parked.main, "planning": planning.main}


def main() -> None:
    for name in sys.argv[1:] or PARTS:
        PARTS[name]()


if __name__ == "__main__":
    main()
