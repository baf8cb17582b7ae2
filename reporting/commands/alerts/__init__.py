"""What people answer to alerts, and who is told of them."""

from reporting.commands.alerts.answering import acknowledge_alert, decide_about_plan, submit_action_plan
from reporting.commands.alerts.holding import decide_about_hold, freeze_mails
from reporting.commands.alerts.ladders import set_ladder
from reporting.commands.alerts.preferences import Choice, set_mail_choices
from reporting.commands.alerts.silencing import approve_silence, end_silence, silence_alert

__all__ = [
    "Choice",
    "acknowledge_alert",
    "approve_silence",
    "decide_about_hold",
    "decide_about_plan",
    "end_silence",
    "freeze_mails",
    "set_ladder",
    "set_mail_choices",
    "silence_alert",
    "submit_action_plan",
]
