"""Trends, forecasts and limits of short series. Pure: exact but for the quantiles, no Django, no clock, no database.

Points are (time, value) in the units of `indicators.trajectory`; a period without a value is simply not among them.
Whatever cannot be computed is refused by name (SeriesError) or is None where None is said.
"""

from indicators.statistics.control import (
    EwmaLimits,
    IndividualsChart,
    Limits,
    OutlierCheck,
    OutlierReason,
    Place,
    ewma,
    ewma_limits,
    individuals_chart,
    outlier,
)
from indicators.statistics.forecasting import DAMPING, Forecast, forecast, forecast_sum, holt
from indicators.statistics.robust import WINDOW, Line, recent_pace, theil_sen
from indicators.statistics.series import SIGNIFICANT, NothingAhead, SeriesError, TooFewPoints, TwoAtOneTime

__all__ = [
    "DAMPING",
    "SIGNIFICANT",
    "WINDOW",
    "EwmaLimits",
    "Forecast",
    "IndividualsChart",
    "Limits",
    "Line",
    "NothingAhead",
    "OutlierCheck",
    "OutlierReason",
    "Place",
    "SeriesError",
    "TooFewPoints",
    "TwoAtOneTime",
    "ewma",
    "ewma_limits",
    "forecast",
    "forecast_sum",
    "holt",
    "individuals_chart",
    "outlier",
    "recent_pace",
    "theil_sen",
]
