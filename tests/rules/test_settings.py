"""Every variable is documented; nonsense stops the start and names the variable. Each in a process of its own."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SOUND = {
    "DATABASE_URL": "postgres://app@/shinchoku?host=/nowhere",
    "DATABASE_OWNER_URL": "postgres://owner@/shinchoku?host=/nowhere",
    "REDIS_URL": "unix:///nowhere/redis.sock",
    "SECRET_KEY": "x",
}


def start(**changes: str) -> "subprocess.CompletedProcess[str]":
    known = set(re.findall(r'"([A-Z][A-Z_]+)"', (ROOT / "config" / "settings.py").read_text()))
    clean = {name: value for name, value in os.environ.items() if name not in known}
    return subprocess.run(
        [sys.executable, "-c", "import config.settings"],
        cwd=ROOT, env=clean | SOUND | changes, capture_output=True, text=True, check=False,
    )  # fmt: skip


def test_sound_settings_start() -> None:
    answer = start()
    assert answer.returncode == 0, answer.stderr


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("DATABASE_POOL_SIZE", "many"),
        ("DATABASE_POOL_SIZE", "0"),
        ("DATABASE_URL", "mysql://app@/shinchoku"),
        ("DATABASE_OWNER_URL", "postgres:///shinchoku"),
        ("REDIS_URL", "amqp://nowhere"),
        ("EMAIL_PORT", "99999"),
        ("SWEEP_SECONDS", "3600"),
        ("HTTPS", "perhaps"),
        ("LOG_LEVEL", "LOUD"),
        ("BUSINESS_CLOCK", "tomorrow"),
        ("BUSINESS_CLOCK", "2028-11-10T10:00:00"),
        ("BUSINESS_CLOCK", "2028-11-10T10:00:00+09:00"),  # sound, but not without DEMO
        ("SECRET_KEY", ""),
        ("SIGNING_KEY", "0123"),
        ("WITNESS_EMAILS", "somebody"),
        ("MAIL_LEDGER_DIR", "ledger"),
        ("TIMESTAMP_URL", "tsa.example"),
        ("EMAIL_BACKEND", "django.core.mail.backends.console.EmailBackend"),
        ("EMAIL_BACKEND", "anymail.backends.nobody.EmailBackend"),
        ("ANYMAIL", "POSTMARK_SERVER_TOKEN=token"),
        ("ANYMAIL", "[1]"),
        ("ANYMAIL", '{"WEBHOOK_SECRET": "reports:short"}'),
        ("ANYMAIL", '{"WEBHOOK_SECRET": ["reports:a-long-password-of-ours"]}'),
    ],
)
def test_nonsense_stops_the_start_and_names_its_variable(name: str, value: str) -> None:
    answer = start(**{name: value})
    assert answer.returncode != 0
    assert name in answer.stderr.splitlines()[-1]


def test_a_provider_and_its_settings_start() -> None:
    secret = '{"POSTMARK_SERVER_TOKEN": "t", "WEBHOOK_SECRET": "reports:a-long-password-of-ours"}'
    answer = start(EMAIL_BACKEND="anymail.backends.postmark.EmailBackend", ANYMAIL=secret)
    assert answer.returncode == 0, answer.stderr


def test_two_signing_keys_are_one_too_many_and_neither_is_told() -> None:
    answer = start(SIGNING_KEY="ab" * 32, SIGNING_KEY_FILE="/nowhere/key.pem")
    assert answer.returncode != 0
    assert "SIGNING_KEY and SIGNING_KEY_FILE" in answer.stderr.splitlines()[-1]
    assert "abab" not in answer.stderr


def test_every_variable_that_is_read_is_in_the_example() -> None:
    settings = (ROOT / "config" / "settings.py").read_text()
    read = set(re.findall(r'(?:env\.\w+|required|database|moment)\(\s*"([A-Z_]+)"', settings))
    example = (ROOT / "deploy" / "env.example").read_text()
    assert len(read) > 15
    assert {name for name in read if not re.search(rf"\b{name}\b", example)} == set()
