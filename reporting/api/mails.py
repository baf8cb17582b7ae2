"""The delivery log, and what operators decide about mails, by machine."""

from typing import Any

from django.http import HttpResponse
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from agencies import access, clock
from agencies.access import Deed
from reporting.api.door import REFUSALS, ActorView
from reporting.api.serializers import read
from reporting.commands import delivery as commands
from reporting.domain.delivery import Decision
from reporting.domain.errors import NotAllowed, NotFound
from reporting.models import MailAttempt, OutboxMail, SuppressedAddress
from reporting.queries import delivery as queries


class AskedShape(serializers.Serializer[Any]):
    state = serializers.ChoiceField(OutboxMail.State.values, required=False)
    kind = serializers.ChoiceField(OutboxMail.Kind.values, required=False)
    agency = serializers.CharField(max_length=32, required=False)
    before = serializers.IntegerField(min_value=1, max_value=2**63 - 1, required=False, help_text="the next page")


class MailShape(serializers.ModelSerializer[OutboxMail]):
    class Meta:
        model = OutboxMail
        fields: tuple[str, ...] = (
            "id", "kind", "agency", "address", "subject", "state", "mandatory", "attempts", "queued_at", "due_at",
            "sent_at", "delivered_at", "bounced_at", "error", "reason",
        )  # fmt: skip


class AttemptShape(serializers.ModelSerializer[MailAttempt]):
    class Meta:
        model = MailAttempt
        fields = ("began_at", "ended_at", "ended", "address", "server", "said", "name")


class MailToldShape(MailShape):
    body = serializers.CharField()
    tries = AttemptShape(many=True)

    class Meta(MailShape.Meta):
        fields = (*MailShape.Meta.fields, "body", "tries")


class AddressShape(serializers.ModelSerializer[SuppressedAddress]):
    class Meta:
        model = SuppressedAddress
        fields = ("id", "address", "agency", "mail", "why", "said", "since", "until")


class LiftedShape(serializers.Serializer[Any]):
    lifted = serializers.IntegerField()


class SendingShape(serializers.Serializer[Any]):
    paused = serializers.BooleanField()
    why = serializers.CharField(help_text="a code; nothing when mails are sent")
    states = serializers.DictField(child=serializers.IntegerField())
    waiting_since = serializers.DateTimeField(allow_null=True)


class DecisionShape(serializers.Serializer[Any]):
    decision = serializers.ChoiceField([one.value for one in Decision])
    sure = serializers.BooleanField(default=False, help_text="to send again what may have arrived")


class DecidedShape(serializers.Serializer[Any]):
    mail = serializers.IntegerField()


class ResumedShape(serializers.Serializer[Any]):
    paused = serializers.BooleanField()


class Mails(ActorView):
    @extend_schema(responses={200: MailShape(many=True), **REFUSALS}, parameters=[AskedShape])
    def get(self, request: Request) -> Response:
        """The delivery log, newest first, fifty at a time."""
        if not self.actor.may(Deed.SEE_LOG):
            raise NotAllowed()
        asked = read(AskedShape(data=request.query_params))
        with access.reading(self.actor):
            found = queries.mails_of(actor=self.actor, **asked)
        return Response(MailShape(found, many=True).data)


class OneMail(ActorView):
    @extend_schema(responses={200: MailToldShape, **REFUSALS})
    def get(self, request: Request, mail: int) -> Response:
        """One mail, with all that was tried."""
        if not self.actor.may(Deed.SEE_LOG):
            raise NotAllowed()
        with access.reading(self.actor):
            told = queries.mail_told(actor=self.actor, mail=mail)
        if told is None:
            raise NotFound()
        tries = AttemptShape(told.tries, many=True).data
        return Response({**MailShape(told.mail).data, "body": told.mail.body, "tries": tries})


class Decide(ActorView):
    @extend_schema(request=DecisionShape, responses={200: DecidedShape, **REFUSALS})
    def post(self, request: Request, mail: int) -> HttpResponse:
        """Say what becomes of a mail that failed or is in doubt: sent again, arrived, left as it is."""
        said = read(DecisionShape(data=request.data))
        once = self.once(lambda _: {"mail": mail})
        commands.decide_about_mail(
            actor=self.actor,
            mail=mail,
            decision=Decision(said["decision"]),
            sure=said["sure"],
            now=clock.now(),
            once=once,
        )
        return self.answer(once)


class Addresses(ActorView):
    @extend_schema(responses={200: AddressShape(many=True), **REFUSALS})
    def get(self, request: Request) -> Response:
        """The addresses that take no mail, or no digests, newest first."""
        if not self.actor.may(Deed.SEE_LOG):
            raise NotAllowed()
        with access.reading(self.actor):
            found = [address.row for address in queries.suppressed_addresses(actor=self.actor)]
        return Response(AddressShape(found, many=True).data)


class Lift(ActorView):
    @extend_schema(request=None, responses={200: LiftedShape, **REFUSALS})
    def post(self, request: Request, suppression: int) -> HttpResponse:
        """Write to an address again."""
        once = self.once(lambda _: {"lifted": suppression})
        commands.lift_suppression(actor=self.actor, suppression=suppression, once=once)
        return self.answer(once)


class Sending(ActorView):
    @extend_schema(responses={200: SendingShape, **REFUSALS})
    def get(self, request: Request) -> Response:
        """How the sending of mails does."""
        if not self.actor.may(Deed.SEE_LOG):
            raise NotAllowed()
        with access.reading(self.actor):
            found = queries.sending(actor=self.actor)
        paused = found.sender is not None and found.sender.paused_at is not None
        told = {
            "paused": paused,
            "why": found.sender.reason if found.sender and paused else "",
            "states": dict(found.states),
            "waiting_since": found.waiting,
        }
        return Response(SendingShape(told).data)


class Resume(ActorView):
    @extend_schema(request=None, responses={200: ResumedShape, **REFUSALS})
    def post(self, request: Request) -> HttpResponse:
        """Let a paused sender go on."""
        once = self.once(lambda _: {"paused": False})
        commands.resume_sending(actor=self.actor, once=once)
        return self.answer(once)
