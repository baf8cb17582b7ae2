"""Real processes, cheaply: one that has loaded Django forks a child for every job, and the test may kill any of them.

A round is a line of JSON with its jobs. The children start together. Back come a line with their process ids at once,
and a line with what became of each when all have ended.
"""

import importlib
import json
import os
import signal
import subprocess
import sys
import traceback
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.db import connections

from deploy.devstack.identity import die_with_parent
from tests.databases import OWNER_URL, RUN_TIME_URL, address

ROOT = Path(__file__).resolve().parents[1]
SERVE = "import django; django.setup(); from tests.processes import serve; serve()"
NAME = "crew"  # of its sessions in pg_stat_activity
Job = tuple[Callable[..., Any], Mapping[str, Any]]  # a function of a module, and its arguments as JSON has them


@dataclass(frozen=True)
class End:
    """What became of a child: the signal that killed it, or its answer, or the error it ended with."""

    signal: int | None
    answer: Any
    error: str


class Crew:
    """Children that are given their jobs in rounds, one round at a time."""

    def __init__(self, database: str, environment: Mapping[str, str] | None = None) -> None:
        # "environment" comes last: it may name other servers.
        servers = {url: address(url, database) for url in (RUN_TIME_URL, OWNER_URL)} | {"PGAPPNAME": NAME}
        self._process = subprocess.Popen(
            [sys.executable, "-c", SERVE], cwd=ROOT, env=os.environ | servers | dict(environment or {}),
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        )  # fmt: skip
        assert self._line() == "ready"

    def __enter__(self) -> "Crew":
        return self

    def __exit__(self, *_: object) -> None:
        self._process.stdin.close()  # type: ignore[union-attr]
        self._process.wait()
        self._process.stdout.close()  # type: ignore[union-attr]

    def start(self, *jobs: Job) -> list[int]:
        """The children's process ids, in the order of the jobs."""
        named = [(f"{function.__module__}:{function.__name__}", dict(arguments)) for function, arguments in jobs]
        self._say(json.dumps(named))
        pids: list[int] = self._line()
        return pids

    def ends(self) -> list[End]:
        """Waits for the round; in the order of the jobs. Nobody is to be killed any more."""
        self._say("")
        return [End(**end) for end in self._line()]

    def run(self, *jobs: Job) -> list[Any]:
        """A whole round in which nobody may fail: their answers."""
        self.start(*jobs)
        ends = self.ends()
        assert not [end for end in ends if end.signal or end.error], ends
        return [end.answer for end in ends]

    def _say(self, line: str) -> None:
        self._process.stdin.write(line + "\n")  # type: ignore[union-attr]
        self._process.stdin.flush()  # type: ignore[union-attr]

    def _line(self) -> Any:
        line = self._process.stdout.readline()  # type: ignore[union-attr]
        assert line, "the crew is gone"
        return json.loads(line)


def serve() -> None:
    die_with_parent(signal.SIGKILL, os.getppid())
    say = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # what the application prints is no answer
    # More processes than cores wait for each other longer than a person would, and nobody is to be told to come again.
    options = connections["default"].settings_dict["OPTIONS"]
    options["options"] = options["options"].replace("lock_timeout=2s", "lock_timeout=60s").replace("=10s", "=90s")
    print(json.dumps("ready"), file=say, flush=True)
    for line in sys.stdin:
        gate, opener = os.pipe()
        children = [_fork(name, arguments, gate, opener) for name, arguments in json.loads(line)]
        print(json.dumps([pid for pid, _ in children]), file=say, flush=True)
        os.close(gate)
        os.close(opener)  # the children wait for this: they begin together
        sys.stdin.readline()  # until the test asks, none is waited for: whoever it kills is still whom it means
        print(json.dumps([_end(*child) for child in children]), file=say, flush=True)


def _fork(name: str, arguments: dict[str, Any], gate: int, opener: int) -> tuple[int, int]:
    module, _, function = name.partition(":")
    work = getattr(importlib.import_module(module), function)
    reader, writer = os.pipe()
    parent = os.getpid()
    pid = os.fork()
    if pid:
        os.close(writer)
        return pid, reader
    die_with_parent(signal.SIGKILL, parent)
    os.close(opener)
    os.read(gate, 1)
    try:
        outcome = {"answer": work(**arguments), "error": ""}
    except BaseException as error:  # noqa: BLE001 - the test is told, whatever it was
        traceback.print_exc()
        outcome = {"answer": None, "error": f"{type(error).__name__}: {error}"}
    with os.fdopen(writer, "w") as pipe:
        json.dump(outcome, pipe)
    os._exit(0)


def _end(pid: int, reader: int) -> dict[str, Any]:
    with os.fdopen(reader) as pipe:
        said = pipe.read()
    code = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    outcome = json.loads(said) if said else {"answer": None, "error": ""}
    return outcome | {"signal": -code if code < 0 else None}
