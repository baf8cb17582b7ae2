"""The plan goes in as events: from a file, by proposals of leads that CSTI accepts, by CSTI redefining an
indicator, by members joining groups."""

from reporting.commands.plan.definitions import redefine_indicator
from reporting.commands.plan.load import load_plan, register_agencies
from reporting.commands.plan.targets import (
    TargetDraft,
    accept_target,
    decline_target,
    revise_target,
    schedule_milestone,
    set_target,
)

__all__ = [
    "TargetDraft",
    "accept_target",
    "decline_target",
    "load_plan",
    "redefine_indicator",
    "register_agencies",
    "revise_target",
    "schedule_milestone",
    "set_target",
]
