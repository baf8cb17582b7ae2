"""What a demo consists of: the tables to edit when a set-up step or a service is added.

In a command, {python} {port} {email_port} {run} {mails} are filled in; commands run in the checkout's root folder.
"""

import signal
from dataclasses import dataclass

BUSINESS_CLOCK = "2028-11-10T10:00:00+09:00"


@dataclass(frozen=True)
class Step:
    """One command that must end well before the next begins."""

    name: str
    command: str
    shown: bool = False  # its output goes to the terminal instead of a log


@dataclass(frozen=True)
class Service:
    """One command that runs until the demo is stopped. Its output goes to .devstack/demo/logs/<name>.log."""

    name: str
    command: str
    # What the kernel sends it when the supervisor is killed: the quickest stop that still ends its own children.
    death_signal: signal.Signals = signal.SIGTERM


@dataclass(frozen=True)
class Plan:
    before: tuple[Step, ...]  # when PostgreSQL and Valkey answer
    services: tuple[Service, ...]
    ready_path: str  # the demo is up when this answers 200
    after: tuple[Step, ...]  # when the services are up


DEMO = Plan(
    before=(
        Step("create tables", "{python} manage.py migrate --database owner --no-input"),
        Step("grant rights", "{python} manage.py apply_grants"),
        Step("load the plan and the sample accounts", "{python} manage.py load_sample --foundation"),
    ),
    services=(
        Service("mails", "{python} -m deploy.mailsink --port {email_port} --dir {mails}"),
        Service(
            "web",
            # The control socket would be one file for every gunicorn of this user.
            "{python} -m gunicorn config.wsgi:application --bind 127.0.0.1:{port}"
            " --worker-class gthread --workers 2 --threads 4 --worker-tmp-dir {run} --no-control-socket",
            death_signal=signal.SIGQUIT,
        ),
        Service(
            "worker",
            "{python} -m celery -A config worker --concurrency 2 --loglevel INFO --without-gossip --without-mingle",
            death_signal=signal.SIGQUIT,
        ),
        Service("beat", "{python} -m celery -A config beat --loglevel INFO --pidfile= -s {run}/celerybeat-schedule"),
    ),
    ready_path="/healthz/",
    after=(
        Step("replay the sample reports", "{python} manage.py load_sample", shown=True),
        Step("summary", "{python} manage.py summary", shown=True),
        Step("accounts", "{python} manage.py demo_accounts", shown=True),
    ),
)
