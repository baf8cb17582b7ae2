"""What everybody may read, included under /editions/."""

from django.urls import path

from reporting.desk import editions

JA, EN = {"language": "ja"}, {"language": "en"}

app_name = "editions"
urlpatterns = [
    path("", editions.listed, name="list"),
    path("ja/", editions.listed, JA),
    path("en/", editions.listed, EN),
    path("<int:number>/", editions.front, name="front"),
    path("<int:number>/corrections/", editions.corrections, name="corrections"),
    path("<int:number>/corrections/ja/", editions.corrections, JA),
    path("<int:number>/corrections/en/", editions.corrections, EN),
    path("<int:number>/<path:name>.svg", editions.picture, name="picture"),
    path("<int:number>/<path:name>", editions.file, name="file"),
]
