"""The web admin's rooms: the site, the pages of reporters and reviewers, what can be looked up."""

from reporting.admin import events, look_up, reports, review, story
from reporting.admin.site import site

site.pages[:] = [
    ("reports/", reports.duties, "duties"),
    ("reports/<str:assignment>/<str:period>/", reports.write, "report"),
    ("review/", review.queue, "queue"),
    ("review/<str:report>/", review.decide, "decide"),
    ("story/<str:report>/", story.told, "story"),
    ("log/", events.listed, "events"),
    ("log/<str:position>/", events.opened, "event"),
]
for model, admin in look_up.LOOK_UPS.items():
    site.register(model, admin)

__all__ = ["site"]
