from django.urls import path
from drf_spectacular.views import SpectacularAPIView

from reporting.api import charges, inquiries, log, redactions, targets, views

urlpatterns = [
    path("openapi/", SpectacularAPIView.as_view(), name="openapi"),
    path("assignments/", views.Assignments.as_view(), name="api-assignments"),
    path("assignments/<str:assignment>/<str:period>/", views.Questions.as_view(), name="api-questions"),
    path("assignments/<str:assignment>/<str:period>/merge/", inquiries.Merge.as_view(), name="api-merge"),
    path("inquiries/", inquiries.Inquiries.as_view(), name="api-inquiries"),
    path("inquiries/<int:inquiry>/answers/", inquiries.Answers.as_view(), name="api-inquiry-answers"),
    path("inquiries/<int:inquiry>/withdraw/", inquiries.Withdraw.as_view(), name="api-inquiry-withdraw"),
    path("charges/", charges.Charges.as_view(), name="api-charges"),
    path("handovers/", charges.Handovers.as_view(), name="api-handovers"),
    path("reports/", views.Submit.as_view(), name="api-submit"),
    path("reports/<str:report>/withdraw/", views.Withdraw.as_view(), name="api-withdraw"),
    path("reports/<str:report>/approve/", views.Approve.as_view(), name="api-approve"),
    path("reports/<str:report>/return/", views.Return.as_view(), name="api-return"),
    path("reports/<str:report>/receipts/<int:version>/", log.Receipt.as_view(), name="api-receipt"),
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
