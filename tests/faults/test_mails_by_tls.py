"""A mail server is spoken to by TLS and with a password, where the settings say so, or not at all."""

import socket
import ssl
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult, Envelope, LoginPassword
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from pytest_django import Settings

from reporting import alerts
from tests.mails import queue, states, tries
from tests.provider import sending_by


@pytest.fixture
def certified(tmp_path: Path) -> ssl.SSLContext:
    """A server's certificate for 127.0.0.1, which nobody trusts who was not told to: `server.pem`."""
    key, name, now = ec.generate_private_key(ec.SECP256R1()), x509.Name([]), datetime.now(UTC)
    builder = x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
    names = x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))])
    lasting = builder.not_valid_before(now - timedelta(days=1)).not_valid_after(now + timedelta(days=1))
    made = lasting.add_extension(names, critical=True).sign(key, hashes.SHA256())
    form = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    (tmp_path / "server.pem").write_bytes(made.public_bytes(Encoding.PEM) + form)
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(tmp_path / "server.pem")
    return context


@pytest.mark.parametrize(
    ("trusted", "password", "state"),
    [(True, "right", "sent"), (True, "wrong", "queued"), (False, "right", "queued")],
    ids=["sound", "a wrong password", "a certificate nobody vouches for"],
)
def test_with_tls_and_login_a_mail_goes_to_whom_we_know_and_who_knows_us(
    database: str, settings: Settings, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, certified: ssl.SSLContext,
    trusted: bool, password: str, state: str,
) -> None:  # fmt: skip
    kept: list[bytes] = []

    class Keeper:
        # The name is aiosmtpd's.
        async def handle_DATA(self, server: object, session: object, envelope: Envelope) -> str:
            kept.append(envelope.content or b"")
            return "250 kept"

    def knows(server: object, session: object, envelope: object, mechanism: str, data: LoginPassword) -> AuthResult:
        return AuthResult(success=data.password == b"right")

    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    controller = Controller(
        Keeper(), hostname="127.0.0.1", port=port, tls_context=certified, require_starttls=True, auth_required=True,
        authenticator=knows,
    )  # fmt: skip
    controller.start()
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT, settings.EMAIL_USE_TLS = "127.0.0.1", port, True
    settings.EMAIL_HOST_USER, settings.EMAIL_HOST_PASSWORD = "shinchoku", password
    if trusted:
        monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "server.pem"))
    [mail] = queue()
    try:
        alerts.send_due()
    finally:
        controller.stop()
    assert (states(), len(kept)) == ([state], int(state == "sent"))
    assert tries(mail) == (["accepted"] if state == "sent" else ["not_reached"])


@pytest.mark.parametrize("trusted", [True, False])
def test_a_provider_whose_certificate_nobody_vouches_for_is_given_no_mail(
    database: str, settings: Settings, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, certified: ssl.SSLContext,
    trusted: bool,
) -> None:  # fmt: skip
    if trusted:
        monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(tmp_path / "server.pem"))
    [mail] = queue()
    with sending_by(settings, monkeypatch, certified) as provider:
        alerts.send_due()
    assert (len(provider.mails), states()) == ((1, ["sent"]) if trusted else (0, ["queued"]))
    assert tries(mail) == (["accepted"] if trusted else ["not_reached"])
