"""No false alarm on a long log, in a time and memory that are told."""

import json
import os
import subprocess
import sys
from itertools import pairwise
from pathlib import Path

import pytest

from tests.written_logs import LOG, TRUE, Record, as_lines, moment, sha256

N = int(os.environ.get("EVENTS", 1_000_000))
SCRIPT = Path(__file__).resolve().parents[2] / "deploy" / "verify" / "shinchoku_verify.py"
# In a small process of its own: a child's memory would count what this process had when it started it.
MEASURED = """
import resource, subprocess, sys, time
started = time.monotonic()
code = subprocess.call([sys.executable, "-I", *sys.argv[1:]])
used = resource.getrusage(resource.RUSAGE_CHILDREN)
print(time.monotonic() - started, used.ru_utime + used.ru_stime, used.ru_maxrss / 1024, file=sys.stderr)
sys.exit(code)
"""


def long_event(position: int) -> Record:
    """As a submitted report is: some 900 bytes, Japanese in it, the next of one of 50,000 streams."""
    turn, stream = divmod(position - 1, 50_000)
    made: Record = {
        "stream": f"report/JST.P{stream}/FY2026Q1",
        "event_id": f"019abc00-0000-7000-8000-{position:012x}",
        "type": "ReportSubmitted",
        "schema_version": 1,
        "data": {
            "agency": "JST",
            "assignment": f"JST.P{stream}",
            "period": "FY2026Q1",
            "figures": {f"IND-{i:02}": {"raw": f"{position}.{i} 百万円", "value": f"{position}.{i}"} for i in range(4)},
            "texts": {"summary": "ab" * 32},
        },
        "meta": {
            "actor": "見本 花子", "agency": "JST", "person": 7, "role": "reporter", "unit": 3,
            "correlation": "019abc00-0000-7000-8000-000000000000",
        },
        "occurred_at": moment(position / 60),
    }  # fmt: skip
    canonical = json.dumps(made, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()
    return {
        "kind": "event", "position": position, "version": turn + 1, "recorded_at": made["occurred_at"],
        "hash": sha256(canonical).hex(), **made,
    }  # fmt: skip


def write_export(path: Path, n: int, heads: int) -> list[Record]:
    """A true log of n events with so many heads, written in one go; gives the heads."""
    sizes, signed = {n * (i + 1) // heads for i in range(heads)}, []
    frontier: list[tuple[int, bytes]] = []
    with path.open("wb") as file:
        file.write(as_lines([{"kind": "export", "format": 1, "log": LOG, "size": n}, TRUE.record()]))
        for position in range(1, n + 1):
            event = long_event(position)
            file.write(json.dumps(event, ensure_ascii=False, separators=(",", ":")).encode() + b"\n")
            us = 1_775_001_600_000_000 + round(position / 60 * 60_000_000)
            numbers = b"".join(number.to_bytes(8, "big") for number in (position, event["version"], us))
            height, node = 0, sha256(b"\0" + bytes.fromhex(event["hash"]) + numbers)
            while frontier and frontier[-1][0] == height:
                height, node = height + 1, sha256(b"\1" + frontier.pop()[1] + node)
            frontier.append((height, node))
            if position in sizes:
                root = frontier[-1][1]
                for _, left in frontier[-2::-1]:
                    root = sha256(b"\1" + left + root)
                signed.append(TRUE.head(position, root, event["recorded_at"]))
        file.write(as_lines(signed))
    return signed


@pytest.mark.long
def test_19_no_false_alarm_on_a_million_events(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    export, witness = tmp_path / "export.jsonl", tmp_path / "witness.jsonl"
    heads = write_export(export, N, 1_000)
    witness.write_bytes(as_lines(heads[::50]))
    assert all(a["size"] < b["size"] for a, b in pairwise(heads))
    command = [str(SCRIPT), "export", str(export), "--key", TRUE.id, "--witness", str(witness), "--lang", "en"]
    done = subprocess.run([sys.executable, "-c", MEASURED, *command], capture_output=True, text=True, check=False)
    seconds, processor, memory = map(float, done.stderr.splitlines()[-1].split())
    with capsys.disabled():
        print(
            f"\n{N:,} events ({export.stat().st_size / 1e6:,.0f} MB), {len(heads)} heads: {seconds:.1f} s"
            f" ({processor:.1f} s of one processor, {processor * 1e6 / N:.1f} s per million), {memory:.0f} MB at most"
        )
    assert done.returncode == 0, done.stdout + done.stderr
    assert f"{N:,} events, {len(heads)} heads, 20 heads held outside" in done.stdout
