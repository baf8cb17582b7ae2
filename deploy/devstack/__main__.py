"""`python -m deploy.devstack up | run [--durable] -- COMMAND... | stop | reset`: what the Makefile calls."""

import sys
from pathlib import Path

from deploy.devstack.places import Unsafe
from deploy.devstack.plan import DEMO
from deploy.devstack.programs import NotFound
from deploy.devstack.stack import reset, run, stop, up
from deploy.devstack.supervisor import Trouble

ROOT = Path(__file__).resolve().parent.parent.parent


def main(arguments: list[str]) -> int:
    try:
        match arguments:
            case ["up"]:
                return up(ROOT, DEMO)
            case ["run", "--", *command] if command:
                return run(ROOT, command)
            case ["run", "--durable", "--", *command] if command:
                return run(ROOT, command, durable=True)
            case ["stop"]:
                print("stopped" if stop(ROOT) else "no demo is running")
                return 0
            case ["reset"]:
                reset(ROOT)
                print("the demo's data is gone")
                return 0
    except (Trouble, NotFound, Unsafe, LookupError) as problem:
        print(f"devstack: {problem}", file=sys.stderr)
        return 1
    print(__doc__, file=sys.stderr)
    return 2


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
