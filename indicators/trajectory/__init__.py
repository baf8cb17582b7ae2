"""What was to be expected by now: the trajectory of an indicator from its baseline to its target, and its inverse.

The time axis is years: the value of fiscal year N stands at t = N, a three-year window at its middle. Cumulative shapes
(ramp, cumulative_linear) use the years elapsed since the window began, 0..n, so a quarter is 1/4. Before its start a
trajectory holds its first value, after its end its last. Everything is exact (Fraction), but for `geometric`, whose
values between its points are irrational: fifteen significant digits, the same on every machine.

| shape             | E(t)                                                                                     |
|-------------------|------------------------------------------------------------------------------------------|
| linear            | straight line between (t0, y0) and (T, yT)                                               |
| geometric         | y0 (yT / y0) ^ ((t − t0) / (T − t0)): the same growth every year; y0, yT > 0             |
| ramp              | total of yearly flows f0 + kδ, k = 1..n, δ such that they sum to the target; even within |
|                   | a year                                                                                   |
| cumulative_linear | target × elapsed / n                                                                     |
| rank              | the allowed rank: the straight line, rounded up                                          |
| milestones        | straight lines through the points; `stepped`: each point's value from its time on        |
| band              | to be kept between low and high; E is the middle, and only for a picture                 |

All but milestones and band may go through interim targets, [time, value]: each stretch between two of them has the
shape. A ramp goes on from one stretch to the next with the flow it has come to.

`reached_at(value)` is the earned schedule: the time at which the plan stands where `value` stands, kept between start
and end; on a flat stretch the later end; None where the shape has no such time.
"""

from indicators.trajectory.definition import trajectory_from
from indicators.trajectory.exact import Exact, TrajectoryError, exact
from indicators.trajectory.shapes import (
    Band,
    Geometric,
    Linear,
    Milestones,
    Ramp,
    Rank,
    Trajectory,
    cumulative_linear,
)

__all__ = [
    "Band",
    "Exact",
    "Geometric",
    "Linear",
    "Milestones",
    "Ramp",
    "Rank",
    "Trajectory",
    "TrajectoryError",
    "cumulative_linear",
    "exact",
    "trajectory_from",
]
