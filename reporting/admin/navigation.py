"""The sidebar: each actor sees the doors they may use."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _

from agencies import clock
from agencies.access import Deed
from indicators.holidays_jp import unknown_from
from indicators.periods import JST
from reporting.queries.alerting.waiting import badges
from reporting.queries.summary import troubles


def environment(request: HttpRequest) -> list[str] | None:
    """unfold's label in every header: a demo says so, and those who see the log are told what stands still."""
    labels = []
    if settings.DEMO:
        at = settings.BUSINESS_CLOCK
        labels.append(_("Sample data (見本)") + (f" {at:%Y-%m-%d}" if at else ""))
    told = []
    if request.actor.may(Deed.SEE_LOG):  # type: ignore[attr-defined]
        found = troubles()
        if found.stopped:
            told.append(_("Stopped: %(names)s") % {"names": ", ".join(found.stopped)})
        if found.stuck:
            told.append(_("Work that stands still: %(number)d") % {"number": found.stuck})
        if found.paused:
            told.append(_("Mails are paused"))
        if unknown := unknown_from(clock.now().astimezone(JST).date()):
            told.append(_("Holidays are not known from %(day)s on") % {"day": unknown.isoformat()})
        if found.wrong:
            told.append(_("Self-check findings: %(number)d") % {"number": found.wrong})
    labels += told
    return [" · ".join(labels), "danger" if told else "warning"] if labels else None


def sidebar(request: HttpRequest) -> list[dict[str, Any]]:
    """unfold's navigation for this actor."""
    actor = request.actor  # type: ignore[attr-defined]

    def item(title: str, icon: str, name: str) -> dict[str, Any]:
        return {"title": title, "icon": icon, "link": reverse(name)}

    waiting = badges(actor, clock.now().astimezone(JST).date())

    def counted(name: str) -> dict[str, Any]:
        return {"badge": str(waiting[name])} if waiting.get(name) else {}

    work = [item(_("Notices"), "notifications", "admin:notices") | counted("notices")]
    if actor.may(Deed.SEE_DESK):
        work.append(item(_("Alerts"), "warning", "admin:alerts") | counted("alerts"))
    if actor.may(Deed.SUBMIT):
        work.append(item(_("My reports"), "edit_note", "admin:duties"))
        work.append(item(_("Spreadsheets"), "table_view", "admin:sheets"))
        work.append(item(_("Reports of the year"), "calendar_month", "admin:year"))
        work.append(item(_("Who is in charge"), "assignment_ind", "admin:charges"))
    elif actor.may(Deed.ANSWER):
        work.append(item(_("What is asked of us"), "edit_note", "admin:duties"))
    if actor.may(Deed.HAND_OVER):
        work.append(item(_("Handover"), "move_down", "admin:handover"))
    if actor.may(Deed.SET_SIGN_OFF):
        work.append(item(_("Sign-off"), "approval", "admin:sign-offs"))
    if actor.may(Deed.DECIDE):
        work.append(item(_("Review queue"), "fact_check", "admin:queue"))
    if actor.may(Deed.DECIDE) or actor.may(Deed.NAME_REVIEWERS):
        work.append(item(_("Who reviews what"), "how_to_reg", "admin:reviewers"))
    if actor.may(Deed.DECIDE) or actor.may(Deed.ACCEPT_TARGET):
        work.append(item(_("Questions of agencies"), "forum", "admin:threads"))
        work.append(item(_("Opinions of agencies"), "rate_review", "admin:opinions"))
    if actor.may(Deed.SEE_BOARD):
        work.append(item(_("Who has reported"), "table_chart", "admin:board"))
        work.append(item(_("Burden by agency"), "balance", "admin:burden"))
    if actor.may(Deed.SET_DEADLINE):
        work.append(item(_("Deadlines"), "event", "admin:deadlines"))
    if actor.may(Deed.SEE_DESK):
        work.append(item(_("Targets and milestones"), "flag", "admin:targets"))
    if actor.may(Deed.REDACT):
        work.append(item(_("Erasing texts"), "ink_eraser", "admin:redactions"))
    if actor.may(Deed.PUBLISH_EDITION):
        work.append(item(_("Editions"), "menu_book", "admin:editions"))
    if actor.may(Deed.SEE_DESK):
        work.append(item(_("CSTI desk"), "monitoring", "desk:front"))
        work.append(item(_("Standings at a time"), "traffic", "desk:standings"))
    look = [
        item(_("Reports"), "description", "admin:reporting_report_changelist"),
        item(_("Figures"), "123", "admin:reporting_figure_changelist"),
        item(_("Rollups"), "functions", "admin:reporting_rollup_changelist"),
        item(_("Standings"), "traffic", "admin:reporting_standing_changelist"),
        item(_("Alerts"), "notifications", "admin:reporting_alert_changelist"),
    ]
    plan = [
        item(_("Plan"), "account_tree", "admin:indicators_plannode_changelist"),
        item(_("Indicators"), "straighten", "admin:indicators_indicatordefinition_changelist"),
        item(_("Targets"), "outlined_flag", "admin:indicators_target_changelist"),
        item(_("Assignments"), "assignment_ind", "admin:indicators_assignment_changelist"),
    ]
    if not actor.may(Deed.SEE_DESK):
        return [{"title": _("Work"), "items": work}]
    groups = [
        {"title": _("Work"), "items": work},
        {"title": _("Look up"), "items": look},
        {"title": _("The plan"), "items": plan},
    ]
    if actor.may(Deed.SEE_LOG):
        log = [
            item(_("Event log"), "history", "admin:events"),
            item(_("Standings set by hand"), "pan_tool", "desk:overrides"),
            item(_("Followers"), "sync", "admin:reporting_follower_changelist"),
            item(_("Self-check findings"), "troubleshoot", "admin:reporting_finding_changelist"),
            item(_("Mails"), "mail", "admin:reporting_outboxmail_changelist"),
            item(_("Sending of mails"), "outgoing_mail", "admin:mail-sending"),
            item(_("Addresses that take no mail"), "unsubscribe", "admin:mail-addresses"),
            item(_("Mails of alerts that are held back"), "pause_circle", "admin:alert-holds"),
        ]
        groups.append({"title": _("Log and operation"), "items": log})
    if actor.may(Deed.OPERATE):
        people = [
            item(_("Holidays"), "event_busy", "admin:holidays"),
            item(_("People"), "person", "admin:agencies_person_changelist"),
            item(_("Units"), "group", "admin:agencies_unit_changelist"),
            item(_("Memberships"), "badge", "admin:agencies_membership_changelist"),
        ]
        groups.append({"title": _("Accounts"), "items": people})
    return groups
