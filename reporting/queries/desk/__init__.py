"""What the desk shows: national figures, their judgement and their plan. All reading, through access.visible."""

from reporting.queries.desk.comparing import Comparison, comparison
from reporting.queries.desk.front import Asked, FrontPage, front_page, read_asked
from reporting.queries.desk.indicator import IndicatorPage, chart_of, indicator_page, missing_in
from reporting.queries.desk.indicator_agencies import AgenciesPage, agencies_page
from reporting.queries.desk.indicator_events import EventsPage, events_page
from reporting.queries.desk.measure import MeasurePage, measure_page

__all__ = [
    "AgenciesPage",
    "Asked",
    "Comparison",
    "EventsPage",
    "FrontPage",
    "IndicatorPage",
    "MeasurePage",
    "agencies_page",
    "chart_of",
    "comparison",
    "events_page",
    "front_page",
    "indicator_page",
    "measure_page",
    "missing_in",
    "read_asked",
]
