"""The desk's addresses, included under /desk/."""

app_name = "desk"
urlpatterns: list[object] = []
