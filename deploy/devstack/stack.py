"""The four things one can do with a stack: `up`, `run`, `stop`, `reset`."""

import http.client
import json
import os
import shlex
import shutil
import signal
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

from deploy.devstack import environment as env
from deploy.devstack.identity import for_postgres
from deploy.devstack.places import Places, places
from deploy.devstack.plan import BUSINESS_CLOCK, Plan
from deploy.devstack.servers import SUPERUSER, Servers
from deploy.devstack.state import ENVIRONMENT, LOCK, demo_folder, lock_holder, take_lock, write_private
from deploy.devstack.supervisor import AskedToStop, Child, Supervisor, Trouble, outcome

CLEARING_UP = 20.0  # longest wait for the guardian of a stack that was killed
TEST_RUNS = 8  # test runs side by side in one checkout


def up(root: Path, plan: Plan) -> int:
    """`make demo`: run until asked to stop (0), or until a service dies (Trouble)."""
    given = env.base(os.environ)
    with_servers = env.own_servers(given)
    port = env.web_port(given)
    folder = private(demo_folder(root))
    lock = take_lock(folder / LOCK, CLEARING_UP)
    if lock is None:
        raise Trouble(f"a demo is already running (pid {lock_holder(folder / LOCK)}); stop it with `make stop`")
    env.check_port_is_free(port)
    (folder / ENVIRONMENT).unlink(missing_ok=True)
    identity = for_postgres()
    where = places(folder, identity)
    where.make(identity)
    ours = _demo_environment(where, port, given)
    supervisor = Supervisor(folder, where.logs, given | ours, lock)
    try:
        if with_servers:
            servers = Servers(supervisor, where, identity, throwaway=False)
            servers.start()
            ours |= _addresses(servers)
            supervisor.environment |= ours
        ours |= {name: given[name] for name in env.ADDRESSES if name in given}
        write_private(folder / ENVIRONMENT, json.dumps(ours, indent=1))
        _follow(supervisor, plan, root, where, port, int(ours["EMAIL_PORT"]))
        supervisor.say(
            f"ready: http://127.0.0.1:{port}/ (Ctrl-C or `make stop` stops it; `make reset` also drops its data)"
        )
        supervisor.watch()
    except AskedToStop:
        supervisor.say("stopping")
    except Trouble as problem:
        # Said before stopping, which takes a while.
        supervisor.say(f"{problem}\nstopping everything")
        return 1
    finally:
        (folder / ENVIRONMENT).unlink(missing_ok=True)
        supervisor.stop()
        shutil.rmtree(where.sockets, ignore_errors=True)
    supervisor.say("stopped")
    return 0


def run(root: Path, command: Sequence[str], *, durable: bool = False) -> int:
    """`make test`: the command's exit code, after running it with servers of its own. `durable`: PostgreSQL keeps its
    promises as in production, which is what a benchmark has to measure."""
    given = {"SECRET_KEY": "test-only", "ALLOWED_HOSTS": "127.0.0.1,localhost"} | env.base(os.environ)
    given |= env.common(env.web_port(given))
    given |= env.signing_key(private(root / ".devstack") / "test-signing-key.pem", given)
    if not env.own_servers(given):
        os.execvpe(command[0], list(command), given)  # noqa: S606 - the command is the caller's
    folder, lock = _test_folder(root)
    identity = for_postgres()
    where = places(folder, identity, in_memory=not durable)
    where.make(identity)
    supervisor = Supervisor(folder, where.logs, given, lock)
    try:
        servers = Servers(supervisor, where, identity, throwaway=True, durable=durable)
        servers.start()
        supervisor.environment |= _addresses(servers)
        supervisor.environment["DATABASE_SUPERUSER_URL"] = servers.database_url(SUPERUSER)
        return _foreground(supervisor, command)
    except AskedToStop:
        return 130
    finally:
        supervisor.stop()
        where.discard_cluster()
        where.discard_outside()


def stop(root: Path) -> bool:
    """True when a demo was running."""
    lock = demo_folder(root) / LOCK
    pid = lock_holder(lock)
    if pid is None:
        return False
    try:
        os.kill(pid, signal.SIGTERM)
    except ProcessLookupError:
        pass  # killed; its guardian is clearing up
    except PermissionError as error:
        raise Trouble(f"the demo (pid {pid}) is another user's") from error
    deadline = time.monotonic() + 60
    while lock_holder(lock) is not None:
        if time.monotonic() > deadline:
            raise Trouble(f"the demo (pid {pid}) does not stop")
        time.sleep(0.1)
    return True


def reset(root: Path) -> None:
    stop(root)
    folder = demo_folder(root)
    if folder.exists():
        where = places(folder, for_postgres())
        where.discard_cluster()
        where.discard_outside()
        shutil.rmtree(folder)


def private(folder: Path) -> Path:
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        folder.chmod(0o700)
    except PermissionError as error:
        raise Trouble(f"{folder} belongs to another user; remove it as that user (`make reset`)") from error
    return folder


def _demo_environment(where: Places, port: int, given: Mapping[str, str]) -> dict[str, str]:
    return env.common(port) | {
        "ALLOWED_HOSTS": "127.0.0.1,localhost",
        "ALERT_GROUP_WAIT": "10",  # nobody waits half an hour for a sample
        "BUSINESS_CLOCK": BUSINESS_CLOCK,
        "DEMO": "1",
        "MAIL_SINK_DIR": str(where.mails),
        "MAIL_LEDGER_DIR": str(where.folder / "mail-ledger"),
        "EVIDENCE_DIR": str(where.folder / "evidence"),
        "WITNESS_EMAILS": "witness@audit.example",
        "WITNESS_FILE": str(where.folder / "tree-heads.jsonl"),
        "SECRET_KEY": env.secret_key(where.folder / "secret-key"),
        **env.signing_key(where.folder / "signing-key.pem", given),
    }


def _addresses(servers: Servers) -> dict[str, str]:
    return {
        "DATABASE_OWNER_URL": servers.database_url("shinchoku_owner"),
        "DATABASE_URL": servers.database_url("shinchoku_app"),
        "REDIS_URL": servers.redis_url,
    }


def _follow(supervisor: Supervisor, plan: Plan, root: Path, where: Places, port: int, email_port: int) -> None:
    words = {
        "python": sys.executable,
        "port": str(port),
        "email_port": str(email_port),
        "run": str(where.run),
        "mails": str(where.mails),
    }

    def filled(command: str) -> list[str]:
        return [part.format_map(words) for part in shlex.split(command)]

    for step in plan.before:
        supervisor.say(step.name)
        supervisor.step(step.name, filled(step.command), cwd=root, shown=step.shown)
    for service in plan.services:
        supervisor.say(f"starting {service.name}")
        supervisor.start(service.name, filled(service.command), cwd=root, death_signal=service.death_signal)
    supervisor.until(lambda: _answers(port, plan.ready_path), f"http://127.0.0.1:{port}{plan.ready_path}", 60)
    supervisor.say("the web server answers")
    for step in plan.after:
        supervisor.say(step.name)
        supervisor.step(step.name, filled(step.command), cwd=root, shown=step.shown)


def _answers(port: int, path: str) -> bool:
    # Not urllib, which would go through the proxy that http_proxy names.
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    try:
        connection.request("GET", path)
        return connection.getresponse().status == 200
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def _test_folder(root: Path) -> tuple[Path, int]:
    for number in range(1, TEST_RUNS + 1):
        folder = private(root / ".devstack" / ("test" if number == 1 else f"test-{number}"))
        lock = take_lock(folder / LOCK, 0.5)
        if lock is not None:
            return folder, lock
    raise Trouble(f"{TEST_RUNS} test runs are going on in this checkout already")


def _foreground(supervisor: Supervisor, command: Sequence[str]) -> int:
    """Run the command on the terminal. Ctrl-C is its own affair (the terminal sends it the signal as well)."""
    child = supervisor.start("command", command, cwd=Path.cwd(), log=False, own_group=False)
    try:
        while child.running:
            supervisor.bell.wait(1.0)
            if supervisor.bell.rung_by is signal.SIGINT:
                supervisor.bell.rung_by = None
            supervisor.pause(0)
    except (AskedToStop, Trouble):
        _end_foreground(child)
        raise
    code = child.process.returncode
    if code < 0:
        print(f"{command[0]}: {outcome(child)}", file=sys.stderr)
    return code if code >= 0 else 128 - code


def _end_foreground(child: Child) -> None:
    child.process.terminate()
    deadline = time.monotonic() + 10
    while child.running and time.monotonic() < deadline:
        time.sleep(0.05)
    child.process.kill()
    child.process.wait()
