"""Targets, milestones and definitions: what is wanted and was, proposing, deciding, redefining."""

from reporting.admin.targets.decide import decide
from reporting.admin.targets.definition import redefine
from reporting.admin.targets.pages import of_indicator, overview
from reporting.admin.targets.propose import propose, propose_milestone

__all__ = ["decide", "of_indicator", "overview", "propose", "propose_milestone", "redefine"]
