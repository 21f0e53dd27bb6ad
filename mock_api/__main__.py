"""`python -m mock_api [--host HOST] [--port PORT] [--seed SEED]`: the mock as a process of its own."""

from __future__ import annotations

import argparse
import random
import sys

from .server import HOST, PORT, serve


def main() -> int:
    parser = argparse.ArgumentParser(prog="mock_api", description="Six APIs with knobs for their faults")
    parser.add_argument("--host", default=HOST)
    parser.add_argument("--port", type=int, default=PORT)
    parser.add_argument("--seed", type=int, default=0, help="of every chance and nonce")
    chosen = parser.parse_args()
    try:
        server = serve(chosen.host, chosen.port, random.Random(chosen.seed))
    except OSError as error:
        sys.stderr.write(f"mock_api: {error.strerror}\n")
        return 1
    sys.stdout.write(f"mock_api: {server.url}\n")
    sys.stdout.flush()
    server.serve_forever()
    return 0


if __name__ == "__main__":
    sys.exit(main())
