"""The web admin's rooms: the site, the pages of reporters and reviewers, what can be looked up."""

from reporting.admin import (
    attachments,
    board,
    calendar,
    charges,
    deadlines,
    drafts,
    events,
    inquiries,
    look_up,
    my_desk,
    receipts,
    redactions,
    reports,
    review,
    sign_off,
    story,
    threads,
)
from reporting.admin.site import site

site.pages[:] = [
    ("reports/", my_desk.duties, "duties"),
    ("reports/<str:assignment>/<str:period>/", reports.write, "report"),
    ("reports/<str:assignment>/<str:period>/departments/", inquiries.departments, "departments"),
    ("inquiries/<int:inquiry>/", inquiries.answer, "inquiry"),
    ("charges/", charges.charges, "charges"),
    ("handover/", charges.handover, "handover"),
    ("reports/<str:assignment>/<str:period>/draft/", drafts.save, "draft"),
    ("reports/<str:assignment>/<str:period>/evidence/", attachments.evidence, "evidence"),
    ("evidence/<uuid:attachment>/remove/", attachments.remove, "remove-evidence"),
    ("sign-off/", sign_off.overview, "sign-offs"),
    ("sign-off/agencies/<str:agency>/", sign_off.wish, "sign-off-wish"),
    ("sign-off/<str:report>/", sign_off.release, "release"),
    ("receipts/<str:report>/<int:version>/", receipts.receipt, "receipt"),
    ("receipts/<str:report>/<int:version>/file/", receipts.receipt_file, "receipt-file"),
    ("review/", review.queue, "queue"),
    ("review/<str:report>/", review.decide, "decide"),
    ("story/<str:report>/", story.told, "story"),
    ("threads/", threads.waiting, "threads"),
    ("threads/<str:agency>/<str:indicator>/", threads.thread, "thread"),
    ("board/", board.shown, "board"),
    ("calendar/", calendar.year, "year"),
    ("calendar/<str:agency>/", calendar.year, "year-of"),
    ("burden/", calendar.burden, "burden"),
    ("deadlines/", deadlines.overview, "deadlines"),
    ("deadlines/<str:agency>/<str:period>/", deadlines.change, "deadline"),
    ("holidays/", deadlines.holidays, "holidays"),
    ("log/", events.listed, "events"),
    ("log/<str:position>/", events.opened, "event"),
    ("log/<str:position>/receipt/", receipts.receipt_of_any, "event-receipt"),
    ("redactions/", redactions.overview, "redactions"),
    ("redactions/<uuid:proposal>/", redactions.decide, "redaction"),
    ("redactions/ask/<uuid:event_id>/<path:field>/", redactions.ask, "ask-redaction"),
]
for model, admin in look_up.LOOK_UPS.items():
    site.register(model, admin)

__all__ = ["site"]
