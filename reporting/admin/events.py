"""The event browser: an auditor looks for events in the log, and opens one."""

import json
from datetime import datetime, time, timedelta
from typing import Any

from django import forms
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.dateparse import parse_date, parse_datetime
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from agencies.access import Deed
from agencies.middleware import ActingRequest
from agencies.models import Agency
from indicators.periods import JST
from reporting.admin.receipts import position_in
from reporting.admin.site import site
from reporting.domain.events import EVENTS, report_of
from reporting.event_store.records import event_record
from reporting.queries import event_names, events, evidence, proofs, work
from reporting.queries.log_state import log_state
from reporting.queries.shown import name_shown
from reporting.queries.story import tell

LARGEST = 2**63 - 1
YEARS = range(2000, 2101)
BY_TIME_AND_POSITION = ("recorded_from", "recorded_to", "occurred_from", "occurred_to", "first", "last")

BY_THEMSELVES = ("agency", "figures", "texts")  # what of an event's data is shown in its own place


class Moment(forms.CharField):
    """A day or a minute in Tokyo. With `ends`, the moment after it: "until 10:00" takes in all of that minute."""

    default_error_messages = {"invalid": gettext_lazy("Write a time like 2026-08-01 10:00, or a day like 2026-08-01.")}

    def __init__(self, *, ends: bool = False, label: Any) -> None:
        self.ends = ends
        super().__init__(required=False, label=label, max_length=40)
        self.widget.attrs |= {"placeholder": "2026-08-01 10:00", "autocomplete": "off"}

    def clean(self, value: Any) -> datetime | None:
        text = super().clean(value)
        if not text:
            return None
        try:
            day = parse_date(text)
            moment = None if day else parse_datetime(text)
        except ValueError:  # looks like a time and is none: the 30th of February
            day = moment = None
        if (day or moment) is None or (day or moment).year not in YEARS:  # type: ignore[union-attr]
            raise forms.ValidationError(self.error_messages["invalid"], code="invalid")
        if day:
            return datetime.combine(day + timedelta(days=self.ends), time(), tzinfo=JST)
        assert moment is not None
        aware = moment if moment.tzinfo else moment.replace(tzinfo=JST)
        return aware.replace(second=0, microsecond=0) + timedelta(minutes=1) if self.ends else aware


class SearchForm(forms.Form):
    stream = forms.CharField(label=gettext_lazy("Stream"), required=False, max_length=200)
    how = forms.ChoiceField(
        label=gettext_lazy("Stream's name"),
        required=False,
        choices=[("", gettext_lazy("is exactly this")), ("begins", gettext_lazy("begins with this"))],
    )
    type = forms.ChoiceField(label=gettext_lazy("Type"), required=False)
    actor = forms.CharField(label=gettext_lazy("Who (part of the name)"), required=False, max_length=120)
    person = forms.IntegerField(required=False, min_value=1, max_value=LARGEST, widget=forms.HiddenInput)
    agency = forms.ChoiceField(label=gettext_lazy("Agency"), required=False)
    recorded_from = Moment(label=gettext_lazy("Recorded from"))
    recorded_to = Moment(label=gettext_lazy("Recorded until"), ends=True)
    occurred_from = Moment(label=gettext_lazy("Occurred from"))
    occurred_to = Moment(label=gettext_lazy("Occurred until"), ends=True)
    first = forms.IntegerField(label=gettext_lazy("Position from"), required=False, min_value=1, max_value=LARGEST)
    last = forms.IntegerField(label=gettext_lazy("Position to"), required=False, min_value=1, max_value=LARGEST)
    before = forms.IntegerField(required=False, min_value=1, max_value=LARGEST, widget=forms.HiddenInput)

    def __init__(self, asked: Any) -> None:
        super().__init__(asked)
        named = [(name, f"{event_names.type_shown(name)} ({name})") for name in EVENTS]
        agencies = sorted((row.code, name_shown(row)) for row in Agency.objects.all())
        choices = {"type": named, "agency": [(code, f"{code} {name}") for code, name in agencies]}
        for name, rows in choices.items():
            field = self.fields[name]
            assert isinstance(field, forms.ChoiceField)
            field.choices = [("", _("All")), *rows]

    def search(self) -> events.Search:
        """What a valid form looks for."""
        said = self.cleaned_data
        return events.Search(
            stream=said["stream"],
            beginning=said["how"] == "begins",
            type=said["type"],
            actor=said["actor"],
            person=said["person"],
            agency=said["agency"],
            recorded_from=said["recorded_from"],
            recorded_before=said["recorded_to"],
            occurred_from=said["occurred_from"],
            occurred_before=said["occurred_to"],
            first=said["first"],
            last=said["last"],
        )


def listed(request: ActingRequest) -> HttpResponse:
    """The log, newest first, narrowed by what is asked in the address."""
    if not request.actor.may(Deed.SEE_LOG):
        raise PermissionDenied
    form = SearchForm(request.GET)
    valid = form.is_valid()
    found = None
    if valid:
        found = events.find(actor=request.actor, search=form.search(), before=form.cleaned_data["before"])
    streams = event_names.streams_shown(event.stream for event in found.events) if found else {}
    newest, older = request.GET.copy(), request.GET.copy()
    newest.pop("before", None)
    older["before"] = str(found.older if found else "")
    context = {
        **site.each_context(request),
        "title": _("Event log"),
        "state": log_state(now=timezone.now()),
        "form": form,
        "found": found,
        "rows": [
            {"event": event, "stream": streams[event.stream], "report": report_of(event.stream)}
            for event in (found.events if found else ())
        ],
        "page_size": events.PAGE,
        "newest": newest.urlencode(),
        "older": older.urlencode(),
        "asked": [name for name in form.fields if request.GET.get(name) and name != "before"],
        "narrow": any(request.GET.get(name) for name in BY_TIME_AND_POSITION),
    }
    return TemplateResponse(request, "reporting/admin/events.html", context, status=200 if valid else 400)


def opened(request: ActingRequest, position: str) -> HttpResponse:
    """One event, everything of it."""
    if not request.actor.may(Deed.SEE_LOG):
        raise PermissionDenied
    found = evidence.open_event(actor=request.actor, position=position_in(position))
    if found is None:
        raise Http404
    event = found.event
    report = report_of(event.stream)
    told = work.find_report(request.actor, report) if report else None
    story = tell(actor=request.actor, report=told) if told else []
    context = {
        **site.each_context(request),
        "title": f"#{event.position} {event_names.type_shown(event.type)}",
        "event": event,
        "found": found,
        "stream": event_names.streams_shown([event.stream])[event.stream],
        "report": report,
        "chapter": next((chapter for chapter in story if chapter.event.position == event.position), None),
        "facts": event_names.facts_shown({key: v for key, v in event.data.items() if key not in BY_THEMSELVES}),
        "proof": proofs.prove(event),
        "raw": json.dumps(event_record(event), ensure_ascii=False, indent=2),
    }
    return TemplateResponse(request, "reporting/admin/event.html", context)
