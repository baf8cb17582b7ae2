"""What can be looked up in the admin: read-only, and only what the actor may see."""

from typing import Any

from django.contrib.admin import EmptyFieldListFilter, RelatedOnlyFieldListFilter
from django.contrib.auth.admin import UserAdmin
from django.db.models import Model, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.admin import ModelAdmin
from unfold.decorators import display
from unfold.forms import AdminPasswordChangeForm, UserChangeForm, UserCreationForm

from agencies import access
from agencies.access import Deed
from agencies.models import Membership, Person, Unit
from indicators.models import Assignment, IndicatorDefinition, PlanNode, Target
from reporting.domain.standing import NAMES
from reporting.models import (
    Alert,
    Figure,
    Finding,
    Follower,
    OutboxMail,
    Report,
    Rollup,
    Standing,
    StandingOverride,
)
from reporting.queries.overrides import with_what_is_shown


class LookUp(ModelAdmin):
    """Read-only. `agency_field`: by which rows are narrowed; None where every signed-in person may see all of it."""

    deed = Deed.SEE_DESK
    agency_field: str | None = "agency"
    list_per_page = 50
    show_full_result_count = False
    actions = None

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        rows: QuerySet[Any] = super().get_queryset(request)
        if self.agency_field is None:
            return rows
        return access.visible(rows, request.actor, self.agency_field)  # type: ignore[attr-defined]

    def has_module_permission(self, request: HttpRequest) -> bool:
        return self.has_view_permission(request)

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return bool(request.actor.may(self.deed))  # type: ignore[attr-defined]

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class FollowerLookUp(LookUp):
    deed, agency_field = Deed.SEE_LOG, None
    list_display = ["name", "position", "error"]


class FindingLookUp(LookUp):
    deed, agency_field = Deed.SEE_LOG, None
    list_display = ["kind", "key", "detail", "found_at", "resolved_at"]
    list_filter = ["kind"]
    ordering = ["-found_at"]


class MailLookUp(LookUp):
    """The delivery log. One mail opens on a page of its own, with all that was tried."""

    deed = Deed.SEE_LOG
    list_display = ["subject", "kind", "address", "shown_state", "attempts", "queued_at", "sent_at"]
    list_filter = [
        "state",
        ("bounced_at", EmptyFieldListFilter),
        "kind",
        "queued_at",
        ("agency", RelatedOnlyFieldListFilter),
    ]
    search_fields = ["address", "subject"]
    ordering = ["-pk"]

    @display(description=_("state"), ordering="state")
    def shown_state(self, mail: OutboxMail) -> str:
        return mail.shown_state

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        return redirect("admin:mail", object_id)


class ReportLookUp(LookUp):
    list_display = ["id", "agency", "period", "status", "late", "submitted_at", "decided_at"]
    list_filter = ["status", "late"]
    search_fields = ["id"]
    list_select_related = ["agency"]
    ordering = ["-submitted_at"]


class FigureLookUp(LookUp):
    list_display = [
        "indicator",
        "agency",
        "period",
        "domain",
        "component",
        "answer",
        "value",
        "approved",
        "to_position",
    ]
    list_filter = ["approved", "answer"]
    search_fields = ["indicator__code", "period"]
    list_select_related = ["indicator", "agency", "domain"]
    ordering = ["-from_position"]


class RollupLookUp(LookUp):
    """What waits for approval is one agency's word to CSTI: others see what is approved."""

    def get_exclude(self, request: HttpRequest, obj: Any = None) -> list[str] | None:
        sees_all = request.actor.scope is access.Scope.ALL  # type: ignore[attr-defined]
        return None if sees_all else ["pending_value", "pending"]

    list_display = [
        "indicator",
        "period",
        "scope",
        "agency",
        "kind",
        "domain",
        "value",
        "lower_bound",
        "answered",
        "carried",
        "expected",
        "position",
    ]
    list_filter = ["scope"]
    search_fields = ["indicator__code", "period"]
    list_select_related = ["indicator", "agency", "domain"]
    ordering = ["indicator__order", "period"]


class StandingLookUp(LookUp):
    """The computed ones, as the log has them, and what is shown in place of one that is in force."""

    list_display = ["indicator", "agency", "domain", "computed", "shown", "period", "since", "to_position"]
    list_filter = ["cls"]
    search_fields = ["indicator__code"]
    list_select_related = ["indicator", "agency", "domain"]
    ordering = ["-from_position"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return with_what_is_shown(super().get_queryset(request))

    @display(description=_("Computed standing"), ordering="cls")
    def computed(self, row: Any) -> str:
        return str(row.get_cls_display())

    @display(description=_("Shown"))
    def shown(self, row: Any) -> str:
        if row.to_position is not None:
            return ""
        name = gettext(NAMES[row.shown_cls])
        return name if row.override_cls is None else gettext("%(standing)s (set by hand)") % {"standing": name}


class OverrideLookUp(LookUp):
    deed = Deed.SEE_LOG
    list_display = ["indicator", "agency", "domain", "cls", "until", "name", "set_at", "ended_at"]
    list_filter = ["cls"]
    search_fields = ["indicator__code"]
    list_select_related = ["indicator", "agency", "domain"]
    ordering = ["-from_position"]


class AlertLookUp(LookUp):
    list_display = [
        "indicator",
        "agency",
        "domain",
        "severity",
        "responsible",
        "opened_at",
        "changed_at",
        "resolved_at",
    ]
    list_filter = ["severity"]
    list_select_related = ["indicator", "agency", "domain", "responsible"]
    ordering = ["-changed_at"]


class NodeLookUp(LookUp):
    agency_field = None
    list_display = ["code", "level", "name_ja"]
    list_filter = ["level"]
    search_fields = ["code", "name_ja"]


class DefinitionLookUp(LookUp):
    agency_field = None
    list_display = ["indicator_id", "indicator", "unit", "aggregation", "responsible", "to_position"]
    search_fields = ["indicator__code", "indicator__name_ja"]
    list_select_related = ["indicator", "responsible"]
    ordering = ["indicator__order"]


class TargetLookUp(LookUp):
    list_display = ["indicator", "agency", "domain", "year", "value", "sample", "to_position"]
    list_select_related = ["indicator", "agency", "domain"]
    ordering = ["indicator__order"]


class AssignmentLookUp(LookUp):
    list_display = ["id", "agency", "node", "role", "frequency", "assumed"]
    list_filter = ["role", "frequency"]
    search_fields = ["id"]
    list_select_related = ["agency", "node"]
    ordering = ["node__order"]


class Operated(LookUp):
    """Kept by operators: people, units, memberships. Nothing is deleted; a membership ends."""

    deed = Deed.OPERATE

    def has_add_permission(self, request: HttpRequest) -> bool:
        return self.has_view_permission(request)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self.has_view_permission(request)


class PersonAdmin(Operated, UserAdmin):  # type: ignore[misc,type-arg]
    agency_field = None
    form, add_form, change_password_form = UserChangeForm, UserCreationForm, AdminPasswordChangeForm
    list_display = ["username", "name", "email", "is_active"]
    list_filter = ["is_active"]
    search_fields = ["username", "name"]
    filter_horizontal = []
    fieldsets = [
        (None, {"fields": ["username", "password", "name", "email"]}),
        (_("Account"), {"fields": ["is_active"]}),
    ]


class UnitAdmin(Operated):
    list_display = ["name_ja", "agency", "email"]
    search_fields = ["name_ja"]
    list_select_related = ["agency"]


class MembershipAdmin(Operated):
    exclude = ["agency"]  # that of the unit

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        obj.agency_id = obj.unit.agency_id
        super().save_model(request, obj, form, change)

    list_display = ["person", "unit", "agency", "role", "ended_on"]
    list_filter = ["role"]
    list_select_related = ["person", "unit", "agency"]


LOOK_UPS: dict[type[Model], type[LookUp]] = {
    Follower: FollowerLookUp, Finding: FindingLookUp, OutboxMail: MailLookUp, Report: ReportLookUp,
    Figure: FigureLookUp,
    Rollup: RollupLookUp, Standing: StandingLookUp, StandingOverride: OverrideLookUp, Alert: AlertLookUp,
    PlanNode: NodeLookUp,
    IndicatorDefinition: DefinitionLookUp, Target: TargetLookUp, Assignment: AssignmentLookUp, Person: PersonAdmin,
    Unit: UnitAdmin, Membership: MembershipAdmin,
}  # fmt: skip
