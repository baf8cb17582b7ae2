"""Every address there is, walked by JST's people with what is JSPS's and with what nobody has: the answers are alike,
nothing of JSPS is in any of them, and nothing of it has changed. A new address fails here until it is walked too."""

import json
import re
import sys
import uuid
from collections.abc import Callable, Iterator, Mapping
from datetime import date, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import URLPattern
from django.utils.html import escape

import agencies
import reporting
from agencies import access
from agencies.access import Actor
from agencies.models import Role
from reporting import event_store, models
from reporting.admin.site import site
from reporting.api import urls as api
from reporting.commands.reviewers import name_reviewer
from reporting.commands.sign_off import set_sign_off
from reporting.desk import urls as desk
from reporting.models import Alert, Event, EventText, OutboxMail, SuppressedAddress
from reporting.tasks import make_papers
from tests.acts import at, reading
from tests.cast import Cast
from tests.departments import ask, person, unit_of
from tests.evidence import PDF
from tests.journeys.conftest import Browser
from tests.journeys.test_api import Machine
from tests.standings import judged, set_by_hand

NOW = at("2026-08-01 10:00")
SECRET = "極秘"  # in all that JSPS's people write
SUBMITTED, DRAFTED, PREPARED = "JSPS.P1.A1", "JSPS.P1.A2.M1", "JSPS.P1.A1.M1"
PERIOD = "FY2026Q1"
Values = Mapping[str, str]


@pytest.fixture
def toshi(cast: Cast) -> Actor:
    """The responsible person of JSPS."""
    return person("toshi", "JSPS", "programmes", Role.RESPONSIBLE)


@pytest.fixture
def theirs(cast: Cast, toshi: Actor, store: Path, set_clock: Callable[[datetime], None]) -> Values:
    """Something of JSPS's of every kind there is; what it takes to ask for it."""
    set_clock(NOW)
    taro = Machine("taro")

    def done(path: str, body: Any) -> Any:
        answer = taro.post(path, body)
        assert answer.status_code in (200, 201), (path, answer.content)
        return answer.json()

    link = {"url": "https://example.go.jp/", "name": f"{SECRET}の年報", "field": ""}
    attached = done(f"/reports/{SUBMITTED}@{PERIOD}/evidence/", link)
    said = {"figures": {"IND-02": {"value": "1357"}}, "narrative": {"summary": f"{SECRET}の概要"}}
    done("/reports/", {"assignment": SUBMITTED, "period": PERIOD} | said)
    draft = {"changes": {"narrative:summary": {"text": f"{SECRET}の下書き", "seen_version": 0}}}
    done(f"/assignments/{DRAFTED}/{PERIOD}/draft/", draft)
    done("/threads/JSPS/IND-02/", {"text": f"{SECRET}の質問", "period": PERIOD})
    target = {"indicator": "P1.A1.M1", "year": 2030, "value": "90", "reason": f"{SECRET}の理由"}
    proposal = done("/targets/", target)["proposal"]
    upload = done(f"/uploads/?name={SECRET}.csv", f"キー,値\r\n{DRAFTED}@{PERIOD}|IND-03|,1\r\n".encode())["upload"]
    about = {"kind": "agency", "code": "JSPS", "form": "pdf"}
    paper = done("/papers/", about)["paper"]
    make_papers()
    done("/charges/", {"charges": {DRAFTED: cast.taro.person_id}})
    person("kiku", "JSPS", "engineering", Role.CONTRIBUTOR)
    [inquiry] = ask(
        cast.taro,
        DRAFTED,
        PERIOD,
        unit_of("JSPS", "engineering"),
        fields=("IND-03",),
        due_on=date(2026, 8, 10),
        now=NOW,
    )
    set_sign_off(actor=toshi, agency="JSPS", wanted=True, now=NOW)
    nothing = {"answer": "nothing", "reason": f"{SECRET}の理由"}
    done("/preparations/", {"assignment": PREPARED, "period": PERIOD, "figures": {"P1.A1.M1": nothing}})
    standing = str(judged("off_track", agency="JSPS", when=NOW))
    done(f"/standings/{standing}/opinions/", {"agency": "JSPS", "text": f"{SECRET}の意見"})
    with reading():
        alert = str(Alert.objects.get(agency="JSPS").pk)
    done(f"/alerts/{alert}/acknowledge/", {"seq": 1, "comment": f"{SECRET}の認識"})
    override = str(set_by_hand(cast.kyoko, UUID(standing), until=date(2026, 12, 25), now=NOW).event_id)
    post = name_reviewer(actor=cast.kyoko, post="reviewer", agency="JSPS", person=cast.ichiro.person_id or 0, now=NOW)
    with access.following():
        mail = OutboxMail.objects.create(
            key="theirs", agency_id="JSPS", address="a@jsps.example", subject=SECRET, body=SECRET, due_at=NOW,
            business_time=NOW, state="sent",
        )  # fmt: skip
        suppression = SuppressedAddress.objects.create(
            address="a@jsps.example", agency_id="JSPS", mail=mail, why="bounced", said=SECRET
        )
    with reading():
        text = EventText.objects.get(field="narrative.summary")
        position = Event.objects.get(event_id=text.event_id).position
    return {
        "assignment": SUBMITTED, "drafted": DRAFTED, "period": PERIOD, "report": f"{SUBMITTED}@{PERIOD}",
        "prepared": f"{PREPARED}@{PERIOD}", "agency": "JSPS", "indicator": "IND-02", "inquiry": str(inquiry),
        "attachment": attached["attachment"], "upload": upload, "proposal": proposal, "version": "1",
        "event_id": str(text.event_id), "field": "narrative.summary", "person": str(cast.taro.person_id),
        "unit": str(unit_of("JSPS", "engineering")), "position": str(position),
        "kind": "xlsx", "day": "2026-12-24", "code": "IND-02", "standing": standing, "override": override,
        "post": str(post.pk), "mail": str(mail.pk), "suppression": str(suppression.pk), "alert": alert,
        "plan": "1", "hold": "1", "saved": "1", "filter": "1", "number": "1", "name": "data.csv",
        "paper": paper,
    }  # fmt: skip


MISSING: Values = {
    "assignment": "NONE.P1.A1", "drafted": "NONE.P1.A2.M1", "report": f"NONE.P1.A1@{PERIOD}",
    "prepared": f"NONE.P1.A1.M1@{PERIOD}", "agency": "NONE", "inquiry": "987654", "attachment": str(uuid.uuid4()),
    "upload": str(uuid.uuid4()),
    "paper": str(uuid.uuid4()), "proposal": str(uuid.uuid4()), "event_id": str(uuid.uuid4()), "person": "987654",
    "unit": "987654", "position": "987654", "standing": str(uuid.uuid4()), "override": str(uuid.uuid4()),
    "post": "987654", "mail": "987654", "suppression": "987654", "alert": "987654",
}  # fmt: skip

# What names something of one agency. The rest names what everybody has: an indicator, a period, a day.
OWNED = {"assignment", "report", "agency", "inquiry", "attachment", "upload", "proposal", "paper",
         "event_id", "position", "standing", "override", "post", "mail", "suppression", "alert"}  # fmt: skip
# Where an address wants another of the things than the first.
DRAFTED_AT = ("report", "draft", "departments", "evidence", "api-draft", "api-merge")
PREPARED_AT = ("release", "api-preparation", "api-release", "api-send-back", "api-take-back")
STANDING_AT = ("desk-standing", "override", "opinion")
INSTEAD = (
    dict.fromkeys(DRAFTED_AT, ("assignment", "drafted"))
    | dict.fromkeys(PREPARED_AT, ("report", "prepared"))
    | dict.fromkeys(STANDING_AT, ("event_id", "standing"))
)
FORM = {
    "seen_version": "1", "seen_number": "1", "text": "x", "comment": "x", "reason": "x", "wanted": "no", "url": "",
    "figure:IND-03:value": "1", "narrative:summary": "x", "seen": "{}", "due_on": "2026-08-10", "until": "2026-12-25",
    "seq": "1", "why_silent": "x", "plan": "1",
}  # fmt: skip
DOES = ["", "save", "withdraw", "take-back", "prepare", "confirm", "check", "ask", "take", "extended",
        "acknowledge", "plan", "accept", "silence", "end"]  # fmt: skip
READS_DO = 'POST.get("do"'  # what a view's file says that does one of them; other views are sent nothing to choose
# What the API is sent, by the name of the address; of the rest FORM is enough.
BODIES: Mapping[str, Any] = {
    "api-submit": {"assignment": "{assignment}", "period": PERIOD, "figures": {"IND-02": {"value": "1"}}},
    "api-preparations": {"assignment": "{drafted}", "period": PERIOD, "figures": {"IND-03": {"value": "1"}}},
    "api-draft": {"changes": {"narrative:summary": {"text": "x", "seen_version": 0}}},
    "api-merge": {"take": {"IND-03": {"answer": "1", "seen_version": 0}}, "draft": {}},
    "api-inquiries": {"assignment": "{drafted}", "period": PERIOD, "figures": ["IND-03"], "units": ["{unit}"],
                      "due_on": "2026-08-10", "note": ""},
    "api-inquiry-answers": {"figures": {"IND-03": {"value": "1"}}},
    "api-charges": {"charges": {"{drafted}": "{person}"}},
    "api-handovers": {"agency": "{agency}", "predecessor": "{person}", "successor": "{person}"},
    "api-evidence": {"url": "https://example.go.jp/", "name": "x", "field": ""},
    "api-return": {"seen_version": 1, "comments": {"": "x"}},
    "api-sign-off": {"agency": "{agency}", "wanted": False},
    "api-extend": {"agency": "{agency}", "period": PERIOD, "until": "2026-12-25", "reason": "x"},
    "api-reopen": {"agency": "{agency}", "period": PERIOD, "until": "2026-12-25", "reason": "x"},
    "api-withdraw-deadline": {"agency": "{agency}", "period": PERIOD, "kind": "extended", "reason": "x"},
    "api-redactions": {"event_id": "{event_id}", "field": "{field}", "reason": "x"},
    "api-override": {"class": "on_track", "until": "2026-12-25", "reason": "x"},
    "api-opinions": {"agency": "{agency}", "text": "x"},
    "api-withdraw-override": {"reason": "x"},
    "api-decide-mail": {"decision": "left"},
    "api-papers": {"kind": "agency", "code": "{agency}", "form": "pdf"},
    "api-acknowledge-alert": {"seq": 1, "comment": "x"},
    "api-action-plans": {"seq": 1, "causes": ["staff"], "action": "x", "owner": "x", "due_on": "2027-03-31",
                         "expected": {"2027": "1"}},
    "api-decide-action-plan": {"accept": True},
    "api-reviewers": {"post": "reviewer", "agency": "{agency}", "person": "{person}"},
}  # fmt: skip
# What is asked beside the address.
ASKED = {
    **dict.fromkeys(("api-calendar", "api-handovers", "api-deadlines", "api-burden"), "?agency={agency}"),
    **dict.fromkeys(("api-sign-off", "api-board", "board", "deadlines", "events"), "?agency={agency}"),
    "handover": "?agency={agency}&predecessor={person}&successor={person}",
    "queue": "?q={agency}",
    "desk-paper-new": "?kind=agency&code={agency}",
}


def addresses() -> Iterator[tuple[str, str, Path]]:
    """Each address of the admin's own pages, of the desk and of the API, by name, with the file its view is in."""
    for route, view, name in site.pages:
        yield name, f"/admin/{route}", file_of(view)
    for prefix, patterns in (("/desk/", desk.urlpatterns), ("/api/v1/", api.urlpatterns)):
        for pattern in patterns:
            assert isinstance(pattern, URLPattern)
            assert pattern.name
            if "(?P" not in str(pattern.pattern):  # mails: of the demo, for those who see the log
                yield (
                    pattern.name if prefix.startswith("/api") else f"desk-{pattern.name}",
                    prefix + str(pattern.pattern),
                    file_of(pattern.callback),
                )


def file_of(view: Callable[..., Any]) -> Path:
    return Path(str(sys.modules[view.__module__].__file__))


ADDRESSES = {name: address for name, address, _file in addresses()}
FILES = {name: file for name, _address, file in addresses()}
CHOOSING = {name for name, file in FILES.items() if READS_DO in file.read_text(encoding="utf-8")}


def filled(name: str, values: Values) -> str:
    def value(found: re.Match[str]) -> str:
        what, instead = INSTEAD.get(name, ("", ""))
        return values[instead if found[1] == what else found[1]]

    return re.sub(r"<\w+:(\w+)>", value, ADDRESSES[name]) + ASKED.get(name, "").format(**values)


def body(name: str, values: Values) -> str:
    text = json.dumps(BODIES.get(name, FORM))
    text = re.sub(r'"\{(unit|person)\}"', lambda found: values[found[1]], text)
    return re.sub(r"\{(\w+)\}", lambda found: values[found[1]], text)


def alike(answer: Any, theirs: Values) -> tuple[int, str]:
    """The answer without what must differ: what was asked for, and the tokens of the page."""
    asked = answer.wsgi_request.get_full_path()
    text = _text(answer).replace(escape(asked), "(the address)").replace(answer.wsgi_request.path, "(the address)")
    text = re.sub(r'(name="csrfmiddlewaretoken" value|nonce|data-token)="[^"]*"', "", text)
    for key in sorted(MISSING, key=lambda key: -len(theirs[key])):
        if len(theirs[key]) > 3:  # a number may stand anywhere
            text = text.replace(theirs[key], MISSING[key])
    return answer.status_code, text


def difference(method: str, address: str, found: tuple[int, str], none: tuple[int, str]) -> str:
    at = next((i for i, (a, b) in enumerate(zip(found[1], none[1], strict=False)) if a != b), 0)
    return f"{method} {address}: {found[0]} {found[1][at : at + 60]!r} and {none[0]} {none[1][at : at + 60]!r}"


class Walker:
    """One person at both doors."""

    def __init__(self, name: str) -> None:
        self.browser, self.machine = Browser(name), Machine(name).client

    def get(self, name: str, values: Values) -> Any:
        client: Client = self.machine if name.startswith("api-") else self.browser
        return client.get(filled(name, values))

    def post(self, name: str, values: Values) -> Iterator[Any]:
        if name.startswith("api-"):
            yield self.machine.post(
                filled(name, values), body(name, values), content_type="application/json",
                headers={"idempotency-key": str(uuid.uuid4())},
            )  # fmt: skip
            return
        for do in DOES if name in CHOOSING else [""]:
            form = FORM | {"do": do, "person": values["person"], "agency": values["agency"]}
            yield self.browser.post(filled(name, values), form | {"file": SimpleUploadedFile("x.pdf", PDF)})


def everything() -> dict[str, int]:
    """How much there is of everything, the log first: nothing of it is added to or taken from by a refused request."""
    with reading():
        counts = {name: getattr(models, name).objects.count() for name in KEPT}
        return {"log": event_store.head().position} | counts


KEPT = [
    "Attachment", "Charge", "Draft", "DraftField", "EventText", "Handover", "Inquiry", "AskedFigure", "Preparation",
    "Redaction", "Report", "ReviewBegun", "SignOffRule", "ThreadMessage", "Upload", "UploadLine", "DeadlineChange",
    "PaperJob",
    "Opinion", "StandingOverride", "ReviewPost", "SuppressedAddress",
    "AlertChange", "ActionPlan", "Silence", "Ladder", "LadderContact",
    "MailChoice",
]  # fmt: skip


def owned(name: str) -> bool:
    return bool(OWNED & set(re.findall(r"<\w+:(\w+)>", ADDRESSES[name]))) or name in ASKED or name in BODIES


@pytest.mark.parametrize("name", ["hanako", "tomoko"])
def test_what_is_another_agency_s_and_what_is_nobody_s_are_answered_alike(
    theirs: Values, sign_in: type[Browser], name: str
) -> None:
    walker, before = Walker(name), everything()
    nobodys = theirs | MISSING
    wrong = []
    for address in filter(owned, ADDRESSES):
        found, none = alike(walker.get(address, theirs), theirs), alike(walker.get(address, nobodys), theirs)
        if found != none or (found[0] == 200 and "<" in ADDRESSES[address]):
            wrong.append(difference("GET", address, found, none))
        for at_theirs, at_none in zip(walker.post(address, theirs), walker.post(address, nobodys), strict=True):
            found, none = alike(at_theirs, theirs), alike(at_none, theirs)
            if found != none or found[0] < 400:
                wrong.append(difference("POST", address, found, none))
    assert not wrong, "\n".join(wrong)
    assert everything() == before


@pytest.mark.parametrize("name", ["hanako", "tomoko"])
def test_nothing_that_another_agency_wrote_is_on_any_page_that_is_not_refused(
    theirs: Values, sign_in: type[Browser], name: str
) -> None:
    walker = Walker(name)
    open_ = [address for address in ADDRESSES if not owned(address) or address in ASKED or address in BODIES]
    pages = {address: walker.get(address, theirs) for address in open_}
    lists = {model: f"/admin/{model._meta.app_label}/{model._meta.model_name}/" for model in site._registry}
    for model, address in lists.items():
        for query in (
            "",
            f"?q={SECRET[0]}",
            "?q=JSPS",
            "?agency=JSPS",
            "?agency__code=JSPS",
            f"?report={theirs['report']}",
        ):
            pages[f"{address}{query}"] = walker.browser.get(address + query)
        with reading():
            rows = model._default_manager.filter(agency="JSPS")[:3] if _has_agency(model) else []
            keys = [str(row.pk) for row in rows]
        for key in keys:
            for page in (f"{address}{key}/change/", f"{address}{key}/history/", f"{address}{key}/delete/"):
                pages[page] = walker.browser.get(page, follow=True)
    assert sum(answer.status_code == 200 for answer in pages.values()) > 20
    told = [address for address, answer in pages.items() if SECRET in _text(answer) or "1,357" in _text(answer)]
    assert not told, "\n".join(told)


def test_no_file_but_a_view_s_own_reads_what_it_is_to_do() -> None:
    """Else a view would be sent one of DOES where it knows several."""
    rooms = [Path(str(house.__file__)).parent for house in (agencies, reporting)]
    reading = {file for room in rooms for file in room.rglob("*.py") if re.search(r"""["']do["']""", file.read_text())}
    assert reading == {FILES[name] for name in CHOOSING}


def test_the_same_addresses_show_the_agency_what_is_its_own(theirs: Values, sign_in: type[Browser]) -> None:
    """Without which the tests above would pass if there were nothing to see."""
    taro, toshi = Walker("taro"), Walker("toshi")
    seen = {
        name
        for name in filter(owned, ADDRESSES)
        if any(walker.get(name, theirs).status_code == 200 for walker in (taro, toshi))
    }
    assert {
        "report", "departments", "evidence", "release", "upload", "upload-progress", "story", "thread", "year-of",
        "api-questions", "api-draft", "api-thread", "api-evidence", "api-preparation", "api-upload", "api-calendar",
        "alert", "alert-ladder", "api-alert", "api-alert-ladder",
    } <= seen  # fmt: skip
    assert SECRET in taro.get("report", theirs).content.decode()
    assert SECRET in toshi.get("release", theirs).content.decode()
    assert SECRET in taro.get("sheets", theirs).content.decode()


def _text(answer: Any) -> str:
    return "" if answer.streaming else answer.content.decode(errors="replace")


def _has_agency(model: Any) -> bool:
    return any(field.name == "agency" for field in model._meta.get_fields())
