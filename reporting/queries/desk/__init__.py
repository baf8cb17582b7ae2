"""What the desk shows: national figures, their judgement and their plan. All reading, through access.visible."""

from reporting.queries.desk.front import FrontPage, front_page
from reporting.queries.desk.indicator import IndicatorPage, chart_of, indicator_page
from reporting.queries.desk.measure import MeasurePage, measure_page

__all__ = ["FrontPage", "IndicatorPage", "MeasurePage", "chart_of", "front_page", "indicator_page", "measure_page"]
