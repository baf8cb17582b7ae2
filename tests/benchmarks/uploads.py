"""`make bench ARGS=upload`: an XLSX of 100,000 figures, checked and confirmed; seconds, and the memory of each process.

Two of them, so that nobody's own memory is taken for another's: this process makes the country and the file, a second
one does what the worker does.
"""

import json
import os
import resource
import subprocess
import sys
import threading
import time
from pathlib import Path
from tempfile import TemporaryDirectory

from agencies import access
from indicators.models import AssignedIndicator, Assignment, Indicator, IndicatorDefinition, PlanNode
from reporting.commands import uploads as commands
from reporting.models import Figure, Upload
from reporting.queries import templates
from reporting.sheets.template import Line, Template
from reporting.sheets.workbook import write_xlsx
from tests.acts import in_time
from tests.cast import SYSTEM, Cast

PERIOD = "FY2026Q1"
NOW = in_time(PERIOD)


def make_country(reports: int, figures: int) -> None:
    """JST reports on that many more measures, of so many indicators each: straight into the read models, for what is
    measured asks nothing else."""
    with access.acting(SYSTEM):
        area = PlanNode.objects.filter(level="area").order_by("-order")[0]
        at = {"from_position": 1}
        nodes = [
            PlanNode(
                code=f"{area.code}.B{i}", plan_id=area.plan_id, level="measure", parent=area, order=1_000 + i,
                name_ja=f"規模見本施策{i}", name_en=f"Bench measure {i}", **at,
            )
            for i in range(reports)
        ]  # fmt: skip
        PlanNode.objects.bulk_create(nodes)
        assigned = [
            Assignment(id=f"JST.{n.code}", agency_id="JST", node=n, role="contributor", frequency="quarterly", **at)
            for n in nodes
        ]
        Assignment.objects.bulk_create(assigned)
        for assignment in assigned:
            measured = [
                Indicator(
                    code=f"{assignment.node_id}.I{k}", node_id=assignment.node_id, name_ja=f"実施件数{k}（規模見本）",
                    name_en=f"Bench count {k}", order=1_000,
                )
                for k in range(figures)
            ]  # fmt: skip
            Indicator.objects.bulk_create(measured)
            IndicatorDefinition.objects.bulk_create(
                IndicatorDefinition(
                    indicator=i, unit="件", logic_level="activity", aggregation="sum_of_flows",
                    document_ja=["この施策で実施した件数（規模見本）"], **at,
                )
                for i in measured
            )  # fmt: skip
            AssignedIndicator.objects.bulk_create(
                AssignedIndicator(assignment=assignment, agency_id="JST", indicator=i, frequency="quarterly", **at)
                for i in measured
            )


def filled(file: Path) -> tuple[int, float]:
    """The template of JST with every added figure filled in; how many, and the seconds it takes to make."""
    hanako = Cast().hanako
    began = time.monotonic()
    with access.reading(hanako):
        template = templates.template(hanako, PERIOD)
    assert template is not None
    said = {"answer": "value", "value": "350"}
    figures = [
        Line(line.key, line.labels, line.inputs, said) if ".B" in line.key.report else line for line in template.figures
    ]
    file.write_bytes(write_xlsx(Template(figures, template.narrative, template.guide, template.stamp)))
    return sum(bool(line.said) for line in figures), time.monotonic() - began


def work(file: Path) -> None:
    """What web and worker do with the file, in a process of its own. Prints the figures."""
    hanako = Cast().hanako
    upload = commands.stage_upload(actor=hanako, file_name="100000.xlsx", content=file.read_bytes(), now=NOW)
    seen: set[int] = set()
    over = threading.Event()

    def watch() -> None:
        while not over.wait(0.5):
            with access.reading(hanako):
                seen.add(Upload.objects.values_list("progress", flat=True).get(id=upload))

    watcher = threading.Thread(target=watch)
    watcher.start()
    began = time.monotonic()
    commands.check_upload(actor=hanako, upload=upload, now=NOW)
    checked = time.monotonic() - began
    computed = sum(os.times()[:4])  # this process's and the child's, since they began
    check_peak = _peak()
    over.set()
    watcher.join()
    with access.reading(hanako):
        row = Upload.objects.defer("content", "said").get(id=upload)
    began = time.monotonic()
    submitted = commands.confirm_upload(actor=hanako, upload=upload, now=NOW)
    confirmed = time.monotonic() - began
    with access.reading(hanako):
        stored = Figure.objects.filter(agency="JST").count()
    print(json.dumps({
        "figure": "upload", "state": row.state, "changes": row.changes, "reports": submitted, "stored": stored,
        "check_s": round(checked, 1), "confirm_s": round(confirmed, 1), "progress_seen": len(seen),
        "check_cpu_s": round(computed, 1), "load": os.getloadavg()[0],
        "check_peak_mib": check_peak, "confirm_peak_mib": _peak(),
        "child_peak_mib": resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss // 1024,
    }), flush=True)  # fmt: skip


def _peak() -> int:
    """The most memory this process has held, in MiB. Not ru_maxrss, which it inherits from who started it."""
    status = Path("/proc/self/status").read_text()
    return int(status.partition("VmHWM:")[2].split()[0]) // 1024


def measure(environment: dict[str, str], reports: int = 1_000, figures: int = 100) -> None:
    """In the database that Django points at."""
    make_country(reports, figures)
    with TemporaryDirectory() as folder:
        file = Path(folder) / "filled.xlsx"
        number, took = filled(file)
        print(json.dumps({"figure": "template", "figures": number, "seconds": round(took, 1),
                          "bytes": file.stat().st_size}), flush=True)  # fmt: skip
        code = "import django; django.setup(); from tests.benchmarks.uploads import work; from pathlib import Path; "
        command = [sys.executable, "-c", code + f"work(Path({str(file)!r}))"]
        subprocess.run(command, env=os.environ | environment, check=True)
