from django.urls import path
from drf_spectacular.views import SpectacularAPIView

from reporting.api import attachments, log, redactions, sign_off, targets, views

urlpatterns = [
    path("openapi/", SpectacularAPIView.as_view(), name="openapi"),
    path("assignments/", views.Assignments.as_view(), name="api-assignments"),
    path("assignments/<str:assignment>/<str:period>/", views.Questions.as_view(), name="api-questions"),
    path("reports/", views.Submit.as_view(), name="api-submit"),
    path("reports/<str:report>/withdraw/", views.Withdraw.as_view(), name="api-withdraw"),
    path("reports/<str:report>/approve/", views.Approve.as_view(), name="api-approve"),
    path("reports/<str:report>/return/", views.Return.as_view(), name="api-return"),
    path("reports/<str:report>/receipts/<int:version>/", log.Receipt.as_view(), name="api-receipt"),
    path("reports/<str:report>/begin-review/", sign_off.BeginReview.as_view(), name="api-begin-review"),
    path("reports/<str:report>/evidence/", attachments.Evidence.as_view(), name="api-evidence"),
    path("evidence/<uuid:attachment>/file/", attachments.File.as_view(), name="api-evidence-file"),
    path("evidence/<uuid:attachment>/remove/", attachments.Remove.as_view(), name="api-evidence-remove"),
    path("preparations/", sign_off.Preparations.as_view(), name="api-preparations"),
    path("preparations/<str:report>/", sign_off.OnePreparation.as_view(), name="api-preparation"),
    path("preparations/<str:report>/release/", sign_off.Release.as_view(), name="api-release"),
    path("preparations/<str:report>/return/", sign_off.SendBack.as_view(), name="api-send-back"),
    path("preparations/<str:report>/withdraw/", sign_off.TakeBack.as_view(), name="api-take-back"),
    path("sign-off/", sign_off.Wish.as_view(), name="api-sign-off"),
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
