import gc
import os
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from urllib.parse import urlsplit

import hypothesis
import psycopg
import pytest
from celery import current_app
from django.conf import settings
from pytest_django import DjangoDbBlocker, Settings

from tests.cast import Cast
from tests.databases import RUN_TIME_URL, SUPERUSER_URL, Scenes, Server, bare, build_template, connect
from tests.pooled import PORT, Bouncer

# The same examples in every run, however slow the machine: what is new is looked for by those who ask for it, with
# make test ARGS="--hypothesis-profile default".
hypothesis.settings.register_profile("same", derandomize=True, deadline=None)
hypothesis.settings.load_profile("same")

WORKER = os.environ.get("PYTEST_XDIST_WORKER", "gw0")

# While all is imported nothing is rubbish, and afterwards (pytest_runtestloop) it stays for good. Python looked
# through it again and again, for a tenth of the time of all tests.
gc.disable()


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--pooled", action="store_true", help="through PgBouncer in transaction mode (make pooled)")


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """What is about PgBouncer needs it."""
    return True if collection_path.name == "test_pooled.py" and not config.getoption("pooled") else None


def pytest_configure(config: pytest.Config) -> None:
    _redis_of_its_own()
    # Alerts wait for no others, in our processes and in those that tests start.
    settings.ALERT_GROUP_WAIT, os.environ["ALERT_GROUP_WAIT"] = 0, "0"
    settings.PASSWORD_HASHERS = ["tests.cast.CheapScrypt"]
    settings.WHITENOISE_AUTOREFRESH = True  # else each test's client looks through all static files before it begins
    if config.getoption("pooled"):
        bouncer = Bouncer()
        config.add_cleanup(bouncer.stop)
        os.environ[RUN_TIME_URL] = bouncer.address
        os.environ["PREPARED_STATEMENTS"] = "false"  # Debian's is older than 1.21
        default = settings.DATABASES["default"]
        default |= {
            "HOST": str(bouncer.folder),
            "PORT": PORT,
            "OPTIONS": default["OPTIONS"] | {"prepare_threshold": None},
        }


@pytest.hookimpl(tryfirst=True)
def pytest_runtestloop() -> None:
    gc.collect()
    gc.freeze()
    gc.enable()


def _redis_of_its_own() -> None:
    """Each process has a Redis database of its own, so that none takes another's messages."""
    number = int(WORKER.removeprefix("gw")) % 15 + 1
    url = urlsplit(os.environ["REDIS_URL"])  # xdist's workers inherit what this has made of it in their parent
    of_its_own = url._replace(path=f"/{number}").geturl()
    if url.scheme == "unix":
        of_its_own = f"unix://{url.path}?virtual_host={number}"
    settings.REDIS_URL = os.environ["REDIS_URL"] = of_its_own
    settings.CELERY_BROKER_URL = settings.REDIS_URL.replace("unix://", "redis+socket://", 1)
    current_app.conf.broker_url = settings.CELERY_BROKER_URL


@pytest.fixture(scope="session")
def server(request: pytest.FixtureRequest) -> Iterator[Server]:
    server = Server(pooled=request.config.getoption("pooled"))
    yield server
    server.close()


def _origin() -> str:
    """The database that all processes of this run copy. Two runs on one server do not meet."""
    run = os.getppid() if "PYTEST_XDIST_WORKER" in os.environ else os.getpid()
    return f"{settings.DATABASES['owner']['NAME']}_origin_{run}"


@pytest.fixture(scope="session")
def django_db_setup(server: Server, django_db_blocker: DjangoDbBlocker) -> Iterator[str]:
    """Instead of pytest-django's: the run-time role owns nothing, and the log refuses a flush. Gives the template."""
    name = f"{settings.DATABASES['owner']['NAME']}_template_{os.getpid()}"
    with server.alone(), django_db_blocker.unblock():
        if not server.has(_origin()):
            build_template(server, _origin())
        for made, origin in ((name, _origin()), (bare(name), bare(_origin()))):
            server.drop(made)
            server.create(made, origin)
    yield name
    server.drop(name)
    server.drop(bare(name))


def pytest_sessionfinish(session: pytest.Session) -> None:
    if "PYTEST_XDIST_WORKER" in os.environ:
        return  # the others may still copy it
    with suppress(psycopg.OperationalError):  # the rules alone need no server
        server = Server()
        for name in (_origin(), bare(_origin())):
            server.drop(name)
        server.close()


@pytest.fixture(scope="session")
def scenes(server: Server, django_db_setup: str) -> Iterator[Scenes]:
    scenes = Scenes(server, django_db_setup)
    yield scenes
    scenes.close()


@pytest.fixture
def database(
    request: pytest.FixtureRequest, server: Server, scenes: Scenes, django_db_blocker: DjangoDbBlocker
) -> Iterator[str]:
    """A fresh database with the shipped plan and the cast; everything in it is really committed. Gives its name.

    Of a test marked `after(done=prepare)` also with what prepare(cast) does."""
    after = request.node.get_closest_marker("after")
    with django_db_blocker.unblock(), server.copy(scenes.of(**after.kwargs if after else {})) as name:
        yield name


@pytest.fixture
def cast(database: str) -> Cast:
    return Cast()


@pytest.fixture
def superuser(database: str) -> Iterator["psycopg.Connection[tuple[object, ...]]"]:
    """A superuser in the fresh database, whom nothing but the log's triggers stops."""
    if SUPERUSER_URL not in os.environ:
        pytest.skip("needs a superuser of its own (DATABASE_SUPERUSER_URL)")
    with connect(SUPERUSER_URL, database) as connection:
        yield connection


@pytest.fixture
def store(tmp_path: Path, settings: Settings) -> Path:
    """A folder of its own for attached files."""
    settings.EVIDENCE_DIR = tmp_path / "evidence"
    return tmp_path / "evidence"
