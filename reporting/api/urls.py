from django.urls import path
from drf_spectacular.views import SpectacularAPIView

from reporting.api import views

urlpatterns = [
    path("openapi/", SpectacularAPIView.as_view(), name="openapi"),
    path("assignments/", views.Assignments.as_view(), name="api-assignments"),
    path("assignments/<str:assignment>/<str:period>/", views.Questions.as_view(), name="api-questions"),
    path("reports/", views.Submit.as_view(), name="api-submit"),
    path("reports/<str:report>/withdraw/", views.Withdraw.as_view(), name="api-withdraw"),
    path("reports/<str:report>/approve/", views.Approve.as_view(), name="api-approve"),
    path("reports/<str:report>/return/", views.Return.as_view(), name="api-return"),
    path("standings/", views.Standings.as_view(), name="api-standings"),
]
