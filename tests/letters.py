"""What letters tell of in tests: evidence as the clock writes it, of each kind of series, and things to be told."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from agencies import access
from indicators.assessment import METHOD_VERSION
from reporting.alerts.letters import Letter, Said, To, write_letters
from reporting.domain.evaluation import evaluate, explained
from tests.acts import at

MINISTRY = To("文部科学省 研究振興局", "MEXT Research Promotion Bureau")


def evidence(
    kind: str,
    trajectory: dict[str, Any],
    values: Sequence[str | None],
    *,
    times: Sequence[str] = (),
    target: tuple[str, str] | None = None,
    baseline: tuple[str, str] | None = None,
    direction: str = "up",
    provisional: bool = False,
) -> dict[str, Any]:
    """Of the years from FY2026 on; `target` and `baseline`: time and value. A running total is given as such."""
    rows: list[dict[str, Any]] = []
    for n, value in enumerate(values):
        row = {
            "period": f"FY{2026 + n}", "time": times[n] if times else str(2026 + n), "started": True,
            "observed": value, "coverage": "1", "lower_bound": False, "age": 0,
            "provisional": provisional and n == len(values) - 1,
        }  # fmt: skip
        if kind == "cumulative" and value is not None:
            before = rows[-1]["observed"] if rows else "0"
            row["flow"] = str(int(value) - int(before))
        rows.append(row)

    def point(given: tuple[str, str] | None) -> dict[str, str] | None:
        return dict(zip(("time", "value"), given, strict=True)) if given else None

    inputs = {
        "method": METHOD_VERSION, "kind": kind, "direction": direction, "sigma": "0.02", "tolerance": "0",
        "pace_window": 5, "natural_limit": None, "target": point(target), "baseline": point(baseline),
        "trajectory": trajectory, "periods": rows,
    }  # fmt: skip
    return explained(evaluate(inputs), inputs) | {"position": 1, "judged_at": "2027-07-05T10:00:00+09:00"}


def line(first: str, last: str, begins: str = "2024", ends: str = "2030") -> dict[str, Any]:
    return {"shape": "linear", "from_time": begins, "from_value": first, "to_time": ends, "to_value": last}


def level(*values: str, **more: Any) -> dict[str, Any]:
    """IND-02: 6,500 to 13,000."""
    ends = {"target": ("2030", "13000"), "baseline": ("2024", "6500")}
    return evidence("level", line("6500", "13000"), values, **(ends | more))


def share(*values: str) -> dict[str, Any]:
    """IND-05: 32.2 % to 50 %."""
    ends = {"target": ("2030", "50"), "baseline": ("2024", "32.2")}
    return evidence("level", line("32.2", "50"), values, **ends)


def total(*values: str) -> dict[str, Any]:
    """IND-06: 60 trillion yen in five years."""
    path = {"shape": "ramp", "start_flow": "9000000", "years": 5, "target": "60000000"}
    times = [str(n + 1) for n in range(len(values))]
    return evidence("cumulative", path, values, times=times, target=("5", "60000000"))


def rank(*values: str) -> dict[str, Any]:
    """IND-01: from the 13th to the 10th place."""
    path = line("13", "10") | {"shape": "rank"}
    ends = {"target": ("2030", "10"), "baseline": ("2024", "13")}
    return evidence("rank", path, values, direction="down", **ends)


def stage(value: str) -> dict[str, Any]:
    """P1.A5.M4: decided by April 2027, in effect by April 2028."""
    path = {"shape": "milestones", "stepped": True, "points": [["2026", 0], ["2026.5", 1], ["2027", 3], ["2028", 4]]}
    return evidence("stage", path, [value], times=["2027.25"], target=("2028", "4"))


def band(*values: str) -> dict[str, Any]:
    path = {"shape": "band", "low": "30", "high": "40", "from_time": "2024", "to_time": "2030"}
    return evidence("band", path, values, target=("2030", "35"))


def said(kind: str = "fired", **more: Any) -> Said:
    """IND-02 of the nation is behind, if nothing else is said."""
    usual = {
        "alert": 12, "indicator": "IND-02", "agency": None, "domain": None, "severity": "off_track",
        "previous": "on_track", "since": at("2027-07-05 10:00"), "period": "FY2026", "evidence": level("7000"),
        "answer_by": date(2027, 8, 2),
    }  # fmt: skip
    return Said(kind, **(usual | more))


def letter(*told: Said, to: To = MINISTRY, digest: bool = False) -> Letter:
    with access.following():
        [found] = write_letters([(to, told)], digest=digest)
    return found
