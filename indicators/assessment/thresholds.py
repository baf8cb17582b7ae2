"""The edges between classes, by kind of series. Changing one is another method: raise METHOD_VERSION with it."""

from fractions import Fraction
from typing import Final, NamedTuple

from indicators.assessment.evidence import SeriesKind

METHOD_VERSION: Final = 2

ON_TRACK_FROM: Final = Fraction(95, 100)
OFF_TRACK_BELOW: Final = Fraction(60, 100)
COVERAGE_FROM: Final = Fraction(80, 100)
OLDEST_PERIODS: Final = 2
RANK_MARGIN: Final = 2
STAGES_OFF_TRACK: Final = 2
OVERDUE_YEARS: Final = Fraction(90, 365)

# The guard against noise, for this many years after the baseline: shortfalls below so many σ count for less.
GUARDED_YEARS: Final = 2
WITHIN_NOISE: Final = Fraction(1)
NEAR_NOISE: Final = Fraction(1645, 1000)  # 95 % of a normal distribution, one-sided

# What is clear of an edge, by this share of the planned progress or so many places, needs no second year to confirm it.
CLEAR_BY: Final = Fraction(5, 100)
CLEAR_PLACES: Final = 1

# An outside share of the denominator gained or lost from one year to the next makes another population of it.
COMPOSITION_CHANGE: Final = Fraction(20, 100)


class ThresholdTable(NamedTuple):
    """The edges one kind of series is judged by; `name` is the method's name in the plan data."""

    name: str
    edges: tuple[tuple[str, Fraction], ...]


_RATIO: Final = (("on_track_from", ON_TRACK_FROM), ("off_track_below", OFF_TRACK_BELOW))
_STAGES: Final = (("off_track_stages", Fraction(STAGES_OFF_TRACK)), ("off_track_overdue_years", OVERDUE_YEARS))
TABLES: Final = {
    SeriesKind.LEVEL: ThresholdTable("B1_level", _RATIO),
    SeriesKind.CUMULATIVE: ThresholdTable("B2_cumulative", _RATIO),
    SeriesKind.RANK: ThresholdTable("B3_rank", (("off_track_above_allowed", Fraction(RANK_MARGIN)),)),
    SeriesKind.STAGE: ThresholdTable("B4_stage", _STAGES),
    SeriesKind.BAND: ThresholdTable("B4_band", (("off_track_beyond_sigma", Fraction(1)),)),
}
