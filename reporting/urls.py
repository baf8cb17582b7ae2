from django.http import HttpRequest, HttpResponse
from django.urls import include, path

from reporting.admin import accounts, site
from reporting.api import mail_reports


def healthz(request: HttpRequest) -> HttpResponse:
    """Alive, and the database answers (the middleware has asked it by now)."""
    return HttpResponse("ok", content_type="text/plain")


urlpatterns = [
    path("", accounts.home, name="home"),
    path("healthz/", healthz, name="healthz"),
    path("sign-in/", accounts.sign_in, name="sign-in"),
    path("sign-out/", accounts.sign_out, name="sign-out"),
    path("act-as/", accounts.act_as, name="act-as"),
    path("language/", include("django.conf.urls.i18n")),
    path("admin/", site.urls),
    path("desk/", include("reporting.desk.urls")),
    path("editions/", include("reporting.desk.edition_urls")),
    path("api/v1/", include("reporting.api.urls")),
    path("mail-reports/<str:provider>/", mail_reports.received, name="mail-reports"),
]
