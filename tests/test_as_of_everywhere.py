"""Every question can be asked as of a position: no query that reads the database forgets to take one."""

import ast
from pathlib import Path

QUERIES = Path(__file__).resolve().parent.parent / "reporting" / "queries"

# These answer for the past without being told which: what they are given says it.
EXCEPT = {
    "as_of.find_as_of": "finds the position",
    "as_of.sealed_now": "the same",
    "at_once.rows_at_once": "the query given says it",
    "calendar.reason_beside": "of the rows it is read along with",
    "forms.last_submission": "of a report as it stood, whose row names the submission",
    "forms.state_with_content": "the same",
    "checks.warned": "the same",
    "attachments.attached": "not submitted yet, so not in the log",
    "attachments.find_attachment": "one, to be opened now",
    "attachments.stood_with": "of the events given",
    "attachments.submitted_with": "of a report as it stood",
    "sign_off.agencies_and_wishes": "to be set now; which rule held for a submission is in its event",
    "sign_off.begun": "whether the submission of a report can still be taken back",
    "sign_off.compare": "of what is not submitted yet",
    "sign_off.find_preparation": "not in the log",
    "sign_off.is_wanted": "to decide on now",
    "sign_off.waiting": "not in the log",
    "receipts.event_of": "one event by its version: events do not change",
    "receipts.receipt_of": "the same; proved by the newest head, which any checker wants",
    "receipts.head_records": "heads by size: they do not change",
    "receipts.newest_head": "of all heads the newest",
    "receipts.consistency_of": "between two sizes",
    "receipts.receipt_at": "as receipt_of",
    "desk.comparing.page.comparison": "between two places",
    "desk.comparing.rows.causes": "between two positions",
    "desk.comparing.rows.made_by": "of the rows it is read along with",
    "desk.front.decisions.to_decide": "what to decide now",
    "desk.front.decisions.visited": "a person's own, in no log",
    "desk.front.freshness.head_row": "the newest position",
    "lineage.figures.stories": "of the figures given: each says in which position it came to be",
    "desk.target_history.told": "of the rows given, which are all there had been",
    "target_marks.marks_of": "of the targets given: what was known when each was set",
    # The log itself, which is its own past: positions are asked for as such.
    "event_names.streams_shown": "names of what events point at",
    "events.find": "by position, up to any",
    "events.recorded_before": "finds a position",
    "evidence.open_event": "one event",
    "evidence.said_in": "of the events given",
    "proofs.prove": "one event in the newest head",
    "log_file.event_records": "by position",
    "log_file.export": "up to the newest head",
    "log_file.key_records": "keys are only ever added",
    "log_file.tree_heads": "heads are only ever added",
    "verification.verify": "of all there is",
    "verification.walked": "the same",
    # How the system itself is, which no event tells.
    "log_state.log_state": "followers, backlog, what has stopped",
    "summary.troubles": "of what operators were told, and followers",
    "backlog.rollup_backlog": "what is still to be counted",
    "backlog.unread_seconds": "the same",
    "backlog.failing_indicators": "what cannot be computed now",
    "backlog.long_open": "what waits now",
    "backlog.long_stopped": "followers",
    # To be decided on now, or what would follow if it were; and one event, between the positions beside it.
    "effects.effects_of": "what would be from now on",
    "together.candidates": "of the reports given",
    "together.together": "what may be approved now",
    "review_queue.neighbours": "what to decide on next",
    "papers.papers_of": "a person's own, in no log; each keeps its position",
    "papers.find_paper": "the same",
    "papers.file_of": "the same",
    "saved_filters.saved_filters": "a person's own, in no log",
    "cascade.cascade_of": "what one event moved",
    "cascade.national_moves": "the same",
    "delivery.reachable": "which addresses take mails now",
    "delivery.take_none": "the same",
    "delivery.suppressed": "the same",
    "delivery.unreachable_addresses": "the same",
    "delivery.of_operators": "the same",
    "delivery.suppressed_addresses": "the same",
    "delivery.lifted_addresses": "each says when",
    "delivery.generation": "which database this is",
    "delivery.looked_at": "right before a mail leaves",
    "delivery.troubled_mails": "what is in trouble now",
    "delivery.paused_sender": "whether mails go out now",
    "delivery.long_unsent": "what has not gone out by now",
    "delivery.paused": "the same",
    "delivery.mails_of": "mails are no facts of the log",
    "delivery.mail_told": "mails are no facts of the log",
    "delivery.sending": "mails are no facts of the log",
    "notices.find_notice": "one notice, to be opened now",
    "notices.moves_told": "the same",
    "reminders.periods_near": "what is to be asked for now",
    "reminders.still_open": "right before a mail is written, or leaves",
    "notices.notices_of": "all one was told: each says when",
    "notices.unread": "what is unread now",
    "notices.unread_notices": "the same",
    # Alerts are worked on now; what happened to each, and what was told, says when. Of the past the desk tells them.
    "alerting.holds.changed_since": "from a position on",
    "alerting.holds.holds_page": "what is held back now",
    "alerting.holds.named_by_code": "names",
    "alerting.holds.unseen": "what waits to be told now",
    "alerting.holds.unseen_since": "the same",
    "alerting.ladder_page.ladder_page": "who is told from now on",
    "alerting.ladders.ladders": "who is told now",
    "alerting.ladders.secretariat": "the same",
    "alerting.listing.annotated": "to be answered now",
    "alerting.listing.listed": "the same",
    "alerting.listing.open_holds": "what is held back now",
    "alerting.one.alert_definition": "to read what is typed now",
    "alerting.one.alert_page": "all that happened, each with its time",
    "alerting.one.find_alert": "one, to be answered now",
    "alerting.one.tellings_of": "each says when",
    "alerting.preview.preview": "who would be told now",
    "alerting.preview.previewed": "the same",
    "alerting.readers.choices": "what is wanted now",
    "alerting.readers.readers_of": "who reads now",
    "alerting.responsible.responsible_for": "who is told now",
    "alerting.responsible.units_of": "the same",
    "alerting.settings.settings_page": "what is wanted now",
    "alerting.told.told_by_mail": "one mail",
    "alerting.told.told_page": "each says when",
    "alerting.waiting.badges": "what waits now",
    "alerting.waiting.in_sight": "to be answered now",
    "alerting.waiting.silences_in_force": "of the alerts it is read along with",
    "alerting.waiting.waits_for": "what waits now",
    # An edition is a past of its own, and stays it.
    "editions.corrections": "all that was found, each with its day",
    "editions.disclosure_now": "to draft and to publish now",
    "editions.edition_page": "one edition, of its own past",
    "editions.files_of": "the same",
    "editions.listed": "the same",
    "editions.prepared_file": "the same",
    "editions.published": "the same",
    "editions.published_file": "the same",
    "editions.published_one": "the same",
    # Files that were sent in: half-done work, of which no event tells.
    "uploads.uploads_of": "as they stand",
    "uploads.find_upload": "one file",
    "uploads.lines_of": "what its check has found",
    "forms.last_submissions": "as last_submission",
    # What is still being typed is in no log.
    "drafts.draft_of": "a draft",
    # Questions and answers change no number: each says when it was said.
    "threads.threads_of": "all that was said",
    "threads.about": "where to ask now",
    "threads.waiting": "what to answer now",
    "opinions.may_speak": "to say something now",
    "opinions.waiting": "what to answer now",
    "reviewers.agencies_that_report": "whom to name somebody for now",
    "reviewers.named_for": "of reports to be decided now",
    "reviewers.overview": "who is named now; each row says from when",
    "reviewers.posts_in_force": "the same",
    "reviewers.reviewers": "whom to name now",
    # To be decided on now; and an event, which does not change.
    "overrides.reports_it": "who may set a standing now",
    "overrides.event_id_of_standing": "of the rows it is read along with",
    "standings.one.find_standing": "one event",
    "inquiries.errands": "what departments are asked",
    "inquiries.to_answer": "the same",
    "inquiries.progress": "the same",
    "inquiries.of_report": "the same",
    "inquiries.listed": "the same",
    "inquiries.shared_out": "the same, beside the draft",
    "inquiries.units_to_ask": "an agency's departments",
    "charges.in_charge": "who is in charge; since when stands in the row",
    "charges.reporters": "who reports for an agency",
    "charges.colleagues": "who works there, or did",
    "charges.passes": "to decide on now",
    "charges.handovers": "what has been handed over",
    # What has been erased is erased in the past as well.
    "redactions.words_of": "of the events given",
    "redactions.words_at": "of the events given",
    "redactions.event_of": "one event",
    "redactions.request": "one, to decide on now",
    "redactions.requests": "to decide on now; how they came to be is in their streams",
    "redactions.state_of": "to decide on now",
}


def functions() -> dict[str, ast.FunctionDef]:
    """The functions of reporting.queries by module and name, private ones and methods too."""
    found = {}
    for file in sorted(QUERIES.rglob("*.py")):
        module = ".".join(file.relative_to(QUERIES).with_suffix("").parts)
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.FunctionDef):
                found[f"{module}.{node.name}"] = node
    return found


def reads(function: ast.FunctionDef) -> bool:
    """Whether it asks the database itself: a manager, a cursor, a count over all agencies, or the event store."""
    return any(
        isinstance(node, ast.Attribute)
        and (
            node.attr in ("objects", "_default_manager", "cursor")
            or (isinstance(node.value, ast.Name) and (node.value.id, node.attr) == ("access", "count"))
            or (isinstance(node.value, ast.Name) and node.value.id in ("event_store", "heads"))
        )
        for node in ast.walk(function)
    )


def called(function: ast.FunctionDef) -> set[str]:
    return {
        getattr(node.func, "id", getattr(node.func, "attr", ""))
        for node in ast.walk(function)
        if isinstance(node, ast.Call)
    }


def readers(all_: dict[str, ast.FunctionDef]) -> set[str]:
    """Those that read, and those that call a function of the same name as one that does."""
    found = {name for name, function in all_.items() if reads(function)}
    while True:
        names = {name.rpartition(".")[2] for name in found}
        more = {name for name, function in all_.items() if called(function) & names} - found
        if not more:
            return found
        found |= more


def without_as_of(all_: dict[str, ast.FunctionDef]) -> set[str]:
    public = {name for name in readers(all_) if not name.rpartition(".")[2].startswith("_")}
    return {name for name in public if "as_of" not in {argument.arg for argument in all_[name].args.kwonlyargs}}


def test_every_public_query_that_reads_takes_as_of() -> None:
    all_ = functions()
    assert without_as_of(all_) == set(EXCEPT)
    assert {"desk.front.page.front_page", "work.duties", "summary.summary", "series.all_series"} <= readers(all_)


def test_who_is_asked_of_the_past_asks_others_of_the_past() -> None:
    all_ = functions()
    take_it = {name.rpartition(".")[2] for name, f in all_.items() if "as_of" in {a.arg for a in f.args.kwonlyargs}}
    forgot = {
        f"{name} → {ast.unparse(call.func)}"
        for name, function in all_.items()
        for call in ast.walk(function)
        if isinstance(call, ast.Call)
        and getattr(call.func, "id", getattr(call.func, "attr", "")) in take_it
        and "as_of" not in {keyword.arg for keyword in call.keywords}
    }
    assert forgot == set()


def test_one_that_forgot_would_be_found() -> None:
    source = "def count(*, actor):\n    return _rows()\ndef _rows():\n    return Report.objects.count()\n"
    tree = {f"new.{f.name}": f for f in ast.parse(source).body if isinstance(f, ast.FunctionDef)}
    assert without_as_of(tree) == {"new.count"}
