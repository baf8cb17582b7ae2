"""The web admin's rooms: the site, the pages of reporters and reviewers, what can be looked up."""

from reporting.admin import look_up, receipts, reports, review
from reporting.admin.site import site

site.pages[:] = [
    ("reports/", reports.duties, "duties"),
    ("reports/<str:assignment>/<str:period>/", reports.write, "report"),
    ("receipts/<str:report>/<int:version>/", receipts.receipt, "receipt"),
    ("receipts/<str:report>/<int:version>/file/", receipts.receipt_file, "receipt-file"),
    ("review/", review.queue, "queue"),
    ("review/<str:report>/", review.decide, "decide"),
]
for model, admin in look_up.LOOK_UPS.items():
    site.register(model, admin)

__all__ = ["site"]
