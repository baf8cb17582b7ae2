"""Two times beside each other: which national figures, targets, definitions and standings moved, by which events."""

from reporting.queries.desk.comparing.page import comparison
from reporting.queries.desk.comparing.table import sheet
from reporting.queries.desk.comparing.told import By, Comparison, FigureMove, SaidAnew, StandingMove

__all__ = ["By", "Comparison", "FigureMove", "SaidAnew", "StandingMove", "comparison", "sheet"]
