"""CSTI's front page and the pages of its pillars: what needs a decision, what stands where, what moved since, and as of
when."""

from reporting.queries.desk.front.asked import Asked, Narrowing, read_asked
from reporting.queries.desk.front.decisions import Visit
from reporting.queries.desk.front.freshness import Freshness, freshness
from reporting.queries.desk.front.groups import groups
from reporting.queries.desk.front.page import FrontPage, front_page
from reporting.queries.desk.front.rows import AreaPart, MeasureRow, PillarPart, figures_of

__all__ = [
    "AreaPart",
    "Asked",
    "Freshness",
    "FrontPage",
    "MeasureRow",
    "Narrowing",
    "PillarPart",
    "Visit",
    "figures_of",
    "freshness",
    "front_page",
    "groups",
    "read_asked",
]
