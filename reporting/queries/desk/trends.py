"""The trend of a series, of whole years of which enough is in: a sum that misses somebody would look like a fall."""

from decimal import Decimal

from indicators.assessment.thresholds import COVERAGE_FROM
from reporting.domain.trend import Aim, Trend, trend_of
from reporting.queries.series import DEFAULT_SIGMA, Series


def trend_of_years(series: Series, judged: int | None) -> Trend:
    """Of a running total the flow of the year, beside that of the year before. `judged`: the last year to look at."""
    whole = {
        year: rollup.value
        for year, rollup in series.years.items()
        if rollup.value is not None and judged is not None and year <= judged and rollup.coverage >= COVERAGE_FROM
    }
    sigma = series.definition.noise_sigma
    return trend_of(whole, _aim(series), noise=DEFAULT_SIGMA if sigma is None else sigma)


def _aim(series: Series) -> Aim:
    path = series.target.trajectory if series.target else {}
    if path.get("shape") == "band":
        return Aim(band=(Decimal(path["low"]), Decimal(path["high"])))
    return Aim(higher=series.definition.higher_is_better)
