"""Trends, forecasts and limits of short series, held against published results and against SciPy."""

import subprocess
import sys
from typing import Any

from indicators.statistics import holt, individuals_chart, theil_sen
from tests.rules import published
from tests.rules.published import agrees


@published.of("theil_sen")
def test_the_robust_line_is_the_published_one(row: dict[str, Any]) -> None:
    xs, ys = row["inputs"]["x"], row["inputs"]["y"]
    points = [(x, y) for x, y in zip(xs, ys, strict=True) if y is not None]
    line = theil_sen(points, float(row["inputs"].get("confidence", "0.80")))
    for name, expected in row["expected"].items():
        assert agrees(row, getattr(line, name), expected), name


@published.of("holt_linear")
def test_holts_forecast_is_the_published_one(row: dict[str, Any]) -> None:
    given = row["inputs"]
    found = holt(given["y"], alpha=given["alpha"], beta=given["beta"], phi=given["phi"], horizon=given["horizon"])
    assert agrees(row, found, row["expected"]["forecast"])


@published.of("individuals_chart")
def test_the_individuals_chart_is_the_published_one(row: dict[str, Any]) -> None:
    chart, expected = individuals_chart(row["inputs"]["baseline"]), row["expected"]
    assert agrees(row, chart.limits.centre, expected["center"])
    assert agrees(row, chart.moving_range, expected["mr_bar"])
    assert agrees(row, [chart.limits.low, chart.limits.high], [expected["lcl"], expected["ucl"]])
    assert [chart.limits.place(value) for value in row["inputs"]["new"]] == expected["new_status"]


def test_nothing_heavy_is_loaded_before_a_quantile_is_asked_for() -> None:
    program = "import indicators.statistics, sys; sys.exit('scipy' in sys.modules or 'numpy' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0
