from django.urls import path
from drf_spectacular.views import SpectacularAPIView

from reporting.api import drafts, log, redactions, targets, uploads, views

urlpatterns = [
    path("openapi/", SpectacularAPIView.as_view(), name="openapi"),
    path("assignments/", views.Assignments.as_view(), name="api-assignments"),
    path("assignments/<str:assignment>/<str:period>/", views.Questions.as_view(), name="api-questions"),
    path("assignments/<str:assignment>/<str:period>/draft/", drafts.Draft.as_view(), name="api-draft"),
    path("threads/<str:agency>/<str:indicator>/", drafts.Thread.as_view(), name="api-thread"),
    path("reports/", views.Submit.as_view(), name="api-submit"),
    path("reports/<str:report>/withdraw/", views.Withdraw.as_view(), name="api-withdraw"),
    path("reports/<str:report>/approve/", views.Approve.as_view(), name="api-approve"),
    path("reports/<str:report>/return/", views.Return.as_view(), name="api-return"),
    path("reports/<str:report>/receipts/<int:version>/", log.Receipt.as_view(), name="api-receipt"),
    path("sheets/<str:period>.<str:kind>", uploads.Sheet.as_view(), name="api-sheet"),
    path("uploads/", uploads.Uploads.as_view(), name="api-uploads"),
    path("uploads/<uuid:upload>/", uploads.Result.as_view(), name="api-upload"),
    path("uploads/<uuid:upload>/confirm/", uploads.Confirm.as_view(), name="api-upload-confirm"),
    path("uploads/<uuid:upload>/check/", uploads.CheckAgain.as_view(), name="api-upload-check"),
    path("uploads/<uuid:upload>/discard/", uploads.Discard.as_view(), name="api-upload-discard"),
    path("log/heads/", log.Heads.as_view(), name="api-heads"),
    path("log/heads/newest/", log.NewestHead.as_view(), name="api-newest-head"),
    path("log/consistency/", log.Consistency.as_view(), name="api-consistency"),
    path("targets/", targets.Targets.as_view(), name="api-targets"),
    path("milestones/", targets.Milestones.as_view(), name="api-milestones"),
    path("proposals/", targets.Proposals.as_view(), name="api-proposals"),
    path("proposals/<uuid:proposal>/accept/", targets.Accept.as_view(), name="api-accept"),
    path("proposals/<uuid:proposal>/decline/", targets.Decline.as_view(), name="api-decline"),
    path("redactions/", redactions.Redactions.as_view(), name="api-redactions"),
    path("redactions/<uuid:proposal>/confirm/", redactions.Confirm.as_view(), name="api-redaction-confirm"),
    path("redactions/<uuid:proposal>/decline/", redactions.Decline.as_view(), name="api-redaction-decline"),
    path("standings/", views.Standings.as_view(), name="api-standings"),
]
