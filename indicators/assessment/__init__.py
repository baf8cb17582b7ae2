"""The judgement of one period: expected value, attainment, pace, forecast and class, from evidence alone.

Levels, running totals, ranks, stages and bands (B1..B4 of the judgement method). The first row that holds wins:

| #  | condition                                                                             | class       |
|----|---------------------------------------------------------------------------------------|-------------|
| 0  | no target                                                                             | no_target   |
| 1  | before the first due date                                                             | not_started |
| 2  | no trajectory, baseline (level, rank) or value; > 2 periods old; coverage < 80 %      | unknown     |
| 3  | t not after the baseline (running total: not after the start of its window)           | not_started |
| 4  | target met, less the tolerance; within the band                                       | achieved    |
| 5  | level beyond the baseline in the wrong direction by more than 1 σ; 1 σ out of a band  | off_track   |
| 6  | attainment < 0.60; rank > allowed + 2; stage 2 below, or overdue by > 90 days         | off_track   |
| 7  | attainment < 0.95; rank > allowed; stage 1 below; out of the band                     | at_risk     |
| 8  | attainment ≥ 0.95, but the better end of the forecast's interval is below 0.95        | at_risk     |
| 9  | else                                                                                  | on_track    |

Attainment is (y − y0) / (E − y0) for a level, in either direction, and C / E for a running total. Where the plan asks
for no movement (E = y0, or behind it) there is none: such a level is on_track at E or better, else at_risk.

In the first two years after the baseline a small shortfall may be noise. With z the shortfall in σ, rows 6 and 7 give
at worst at_risk while z < 1.645, and while z < 1 and attainment is 0.60 or more at worst on_track. Of a ratio whose
denominator has changed by more than 20 % at worst at_risk is said.

A running total with a part missing is a lower bound: the truth can only be higher. Good news stands whatever the
coverage; bad news stands only with 80 % coverage and if it would still be bad with the missing part filled in
proportionally (C / coverage); else it is unknown. Coverage then covers the whole window, not the last period.

The official standing is a fold over the classes of all periods: reporting.domain.standing.
"""

from indicators.assessment.evidence import Direction, Evidence, EvidenceError, Point, SeriesKind, StandingClass
from indicators.assessment.judging import Assessment, assess
from indicators.assessment.outlook import Ahead, Outlook, course_ahead
from indicators.assessment.thresholds import METHOD_VERSION, TABLES, ThresholdTable

__all__ = [
    "METHOD_VERSION",
    "TABLES",
    "Ahead",
    "Assessment",
    "Direction",
    "Evidence",
    "EvidenceError",
    "Outlook",
    "Point",
    "SeriesKind",
    "StandingClass",
    "ThresholdTable",
    "assess",
    "course_ahead",
]
