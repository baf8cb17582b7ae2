"""`make bench`: the store beside a bare INSERT, in one run, round by round; one JSON line a figure.

Ratios are of medians; absolute values say as much about the machine as about us.
"""

import argparse
import io
import json
import os
import re
import statistics
import sys
import time
from collections import defaultdict

import django

django.setup()

from django.core.management import call_command  # noqa: E402

from reporting import event_store  # noqa: E402
from tests.benchmarks import desk, pipeline, uploads, waiting  # noqa: E402
from tests.benchmarks.measure import Run, percentile, run  # noqa: E402
from tests.benchmarks.writers import RAW_TABLE  # noqa: E402
from tests.databases import (  # noqa: E402
    OWNER_URL,
    RUN_TIME_URL,
    SUPERUSER_URL,
    Server,
    address,
    bare,
    build_template,
    connect,
    pointing_at,
)

# figure → writers at once, events an append, who is measured beside raw
FIGURES = {
    "append_1w": (1, 1, ("store",)),
    "append_4w": (4, 1, ("store",)),
    "append_batch100_1w": (1, 100, ("store",)),
    "append_batch100_4w": (4, 100, ("store",)),
    "command_1w": (1, 1, ("command",)),
    "command_4w": (4, 1, ("command",)),
}


COPIED = """
CREATE TABLE bench_copied AS
SELECT position, stream, version, type, data FROM event WHERE type LIKE 'Report%'
"""
FOLDED = re.compile(r"reports: [\d,]+ events in ([\d.]+) s")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "figures",
        nargs="*",
        help=f"of {', '.join(FIGURES)}, rebuild, upload, queue, pipeline, desk; default: all but these four",
    )
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=3.0, help="of one run")
    parser.add_argument(
        "--size",
        default="200x20x20",
        help="of the log that is rebuilt, or of the pipeline: agencies x quarters x measures",
    )
    parser.add_argument("--number", type=int, default=200, help="of approvals that are waited for in the pipeline")
    given = parser.parse_args()
    given.figures = given.figures or [*FIGURES, "rebuild"]
    server = Server()
    if "rebuild" in given.figures:
        _rebuild(server, min(given.rounds, 3), given.size)
        given.figures.remove("rebuild")
    if "queue" in given.figures:
        waiting.measure(server, given.size, say)
        given.figures.remove("queue")
        if not given.figures:
            return
    if "pipeline" in given.figures:
        pipeline.measure(server, given.size, given.number, say)
        given.figures.remove("pipeline")
        if not given.figures:
            return
    if "desk" in given.figures:
        desk.measure(server, given.size)
        given.figures.remove("desk")
        if not given.figures:
            return
    name = f"shinchoku_bench_{os.getpid()}"
    build_template(server, name)
    if "upload" in given.figures:
        given.figures.remove("upload")
        with server.copy(name) as copied:
            uploads.measure({url: address(url, copied) for url in (OWNER_URL, RUN_TIME_URL)})
    try:
        with connect(OWNER_URL, name) as owner:
            owner.execute(RAW_TABLE)
            owner.execute("VACUUM ANALYZE")
        environment = {url: address(url, name) for url in (OWNER_URL, RUN_TIME_URL)}
        for figure in given.figures:
            _appends(figure, given.rounds, given.seconds, environment, name)
    finally:
        server.drop(name)
        server.drop(bare(name))
        server.close()


def _appends(figure: str, rounds: int, seconds: float, environment: dict[str, str], database: str) -> None:
    writers, batch, others = FIGURES[figure]
    who = ("raw", *others)
    found: dict[str, list[Run]] = defaultdict(list)
    for number in range(rounds):
        for name in who[number % len(who) :] + who[: number % len(who)]:  # nobody is always first
            with connect(SUPERUSER_URL, database) as superuser:
                superuser.execute("CHECKPOINT")
            one = run(name, writers=writers, batch=batch, seconds=seconds, environment=environment)
            found[name].append(one)
            print(f"{figure} round {number + 1} {name}: {one.per_second:,.0f}/s", file=sys.stderr, flush=True)
    base = statistics.median(r.per_second for r in found["raw"])
    say(f"raw_{figure}", base, "events/s", 1.0, sum(r.operations for r in found["raw"]) * batch)
    for name in others:
        runs = found[name]
        rate = statistics.median(r.per_second for r in runs)
        say(figure, rate, "events/s", rate / base, sum(r.operations for r in runs) * batch)
        if batch == 1:
            _latencies(figure, [s for r in runs for s in r.seconds], [s for r in found["raw"] for s in r.seconds])


def _rebuild(server: Server, rounds: int, size: str) -> None:
    """Reports, their states and figures from the log; beside it, copying the same events into a bare table."""
    agencies, quarters, measures = map(int, size.split("x"))
    name = f"shinchoku_rebuild_{os.getpid()}"
    server.create(name)
    rates: dict[str, list[float]] = defaultdict(list)
    try:
        with pointing_at(name):
            call_command("migrate", database="owner", interactive=False, verbosity=0)
            call_command("apply_grants", stdout=io.StringIO())
            call_command("load_scale", agencies=agencies, quarters=quarters, measures=measures, stdout=sys.stderr)
            events = event_store.head().position
            for _ in range(rounds):
                with connect(SUPERUSER_URL, name) as superuser:
                    began = time.perf_counter()
                    superuser.execute(COPIED)
                    rates["raw"].append(events / (time.perf_counter() - began))
                    superuser.execute("DROP TABLE bench_copied")
                said = io.StringIO()
                call_command("rebuild_projections", "reports", check=True, stdout=said)
                rates["rebuild"].append(events / float(FOLDED.findall(said.getvalue())[0]))
                print(said.getvalue(), file=sys.stderr, flush=True)
    finally:
        server.drop(name)
    base, rate = statistics.median(rates["raw"]), statistics.median(rates["rebuild"])
    say("raw_rebuild", base, "events/s", 1.0, events * rounds)
    say("rebuild", rate, "events/s", rate / base, events * rounds)


def _latencies(figure: str, ours: list[float], raws: list[float]) -> None:
    for label, share in {"p50": 0.5, "p95": 0.95, "p99": 0.99}.items():
        value, beside = percentile(ours, share), percentile(raws, share)
        say(f"{figure}_{label}", value * 1000, "ms", value / beside, len(ours))


def say(name: str, value: float, unit: str, ratio: float | None, n: int) -> None:
    """One figure, for people and machines alike."""
    shown = {"name": name, "value": round(value, 3), "unit": unit, "ratio": ratio and round(ratio, 3), "n": n}
    print(json.dumps(shown), flush=True)


if __name__ == "__main__":
    main()
