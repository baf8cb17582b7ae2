"""The web admin's rooms: the site, the pages of reporters and reviewers, what can be looked up."""

from reporting.admin import (
    drafts,
    events,
    look_up,
    receipts,
    redactions,
    reports,
    review,
    story,
    threads,
    uploads,
)
from reporting.admin.site import site

site.pages[:] = [
    ("reports/", reports.duties, "duties"),
    ("reports/<str:assignment>/<str:period>/", reports.write, "report"),
    ("reports/<str:assignment>/<str:period>/draft/", drafts.save, "draft"),
    ("sheets/", uploads.overview, "sheets"),
    ("sheets/<str:period>.<str:kind>", uploads.download, "sheet"),
    ("uploads/<uuid:upload>/", uploads.opened, "upload"),
    ("uploads/<uuid:upload>/progress/", uploads.progress, "upload-progress"),
    ("receipts/<str:report>/<int:version>/", receipts.receipt, "receipt"),
    ("receipts/<str:report>/<int:version>/file/", receipts.receipt_file, "receipt-file"),
    ("review/", review.queue, "queue"),
    ("review/<str:report>/", review.decide, "decide"),
    ("story/<str:report>/", story.told, "story"),
    ("threads/", threads.waiting, "threads"),
    ("threads/<str:agency>/<str:indicator>/", threads.thread, "thread"),
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
