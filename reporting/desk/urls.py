"""The desk's addresses, included under /desk/."""

from django.urls import path, re_path

from reporting.desk import editions, mails, national, numbers, papers, standings, views

app_name = "desk"
urlpatterns = [
    path("", national.front, name="front"),
    path("seen/", national.seen, name="seen"),
    path("compare/", national.compare, name="compare"),
    path("compare.csv", national.compare_as_csv, name="compare-csv"),
    path("pillars/<str:code>/", national.pillar, name="pillar"),
    path("indicators/<str:code>/", views.indicator, name="indicator"),
    path("indicators/<str:code>/agencies/", numbers.agencies, name="indicator-agencies"),
    path("indicators/<str:code>/events/", numbers.events, name="indicator-events"),
    path("indicators/<str:code>/scenario/", views.scenario, name="scenario"),
    path("numbers/<str:indicator>/<str:period>/", numbers.number, name="number"),
    path("measures/<str:code>/", views.measure, name="measure"),
    path("charts/<str:code>.svg", views.chart, name="chart"),
    path("standings/", standings.listed, name="standings"),
    path("standings/<uuid:event_id>/", standings.one, name="standing"),
    path("standings.csv", standings.as_csv, name="standings-csv"),
    path("standings.json", standings.as_json, name="standings-json"),
    path("overrides/", standings.overrides, name="overrides"),
    path("editions/<int:number>/corrections/", editions.corrections_with_values, name="corrections"),
    path("papers/", papers.listed, name="papers"),
    path("papers/new/", papers.new, name="paper-new"),
    path("papers/<uuid:paper>/", papers.one, name="paper"),
    path("papers/<uuid:paper>/progress/", papers.progress, name="paper-progress"),
    path("papers/<uuid:paper>/file/", papers.file, name="paper-file"),
    path("mails/", mails.listed, name="mails"),
    # The name as the mail server gives it and nothing else: no path can be written in it.
    re_path(r"^mails/(?P<name>[0-9]{8}T[0-9.]{1,20}Z-[0-9a-f]{6})/$", mails.one, name="mail"),
]
