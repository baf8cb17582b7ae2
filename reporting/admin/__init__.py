"""The web admin's rooms: the site, the pages of reporters and reviewers, what can be looked up."""

from reporting.admin import look_up, redactions, reports, review
from reporting.admin.site import site

site.pages[:] = [
    ("reports/", reports.duties, "duties"),
    ("reports/<str:assignment>/<str:period>/", reports.write, "report"),
    ("review/", review.queue, "queue"),
    ("review/<str:report>/", review.decide, "decide"),
    ("redactions/", redactions.overview, "redactions"),
    ("redactions/<uuid:proposal>/", redactions.decide, "redaction"),
    ("redactions/ask/<uuid:event_id>/<path:field>/", redactions.ask, "ask-redaction"),
]
for model, admin in look_up.LOOK_UPS.items():
    site.register(model, admin)

__all__ = ["site"]
