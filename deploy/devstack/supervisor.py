"""One process that owns all the others: starts them, notices when one dies, stops them in order."""

import os
import select
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from deploy.devstack import guardian
from deploy.devstack.identity import Identity, Ourselves, die_with_parent

SEND_AGAIN = 3.0  # Celery's beat was seen to lose a SIGTERM that came while it was starting
PATIENCE = 15.0
TAIL = 15  # lines of a log shown when something fails


class Trouble(Exception):
    """Something the person at the terminal has to know; the text says what."""


class AskedToStop(Exception):
    """SIGTERM, SIGHUP or Ctrl-C came."""


@dataclass
class Child:
    name: str
    process: "subprocess.Popen[bytes]"
    stop_signal: signal.Signals
    log: Path | None
    server: bool  # servers are stopped after everything that uses them, last started first

    @property
    def running(self) -> bool:
        return self.process.poll() is None


class Bell:
    """Wakes the supervisor when a signal comes or a child ends."""

    def __init__(self) -> None:
        self.rung_by: signal.Signals | None = None
        self._reader, writer = os.pipe()
        os.set_blocking(self._reader, False)
        os.set_blocking(writer, False)
        signal.set_wakeup_fd(writer, warn_on_full_buffer=False)
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            signal.signal(number, self._ring)
        signal.signal(signal.SIGCHLD, lambda _number, _frame: None)

    def _ring(self, number: int, _frame: object) -> None:
        self.rung_by = signal.Signals(number)

    def wait(self, seconds: float) -> None:
        if select.select([self._reader], [], [], seconds)[0]:
            os.read(self._reader, 4096)


class Supervisor:
    def __init__(self, folder: Path, logs: Path, environment: Mapping[str, str], lock: int) -> None:
        self.folder = folder
        self.logs = logs
        self.environment = dict(environment)
        self.bell = Bell()
        self.children: list[Child] = []
        self._started = time.monotonic()
        self._guardian = subprocess.Popen(
            [sys.executable, "-I", "-S", guardian.__file__],
            stdin=subprocess.PIPE,
            start_new_session=True,
            pass_fds=(lock,),
            cwd=folder,
        )

    def say(self, text: str) -> None:
        print(f"[{time.monotonic() - self._started:5.1f} s] {text}", flush=True)

    def start(
        self,
        name: str,
        command: Sequence[str],
        *,
        cwd: Path,
        identity: Identity | None = None,
        stop_signal: signal.Signals = signal.SIGTERM,
        death_signal: signal.Signals = signal.SIGTERM,
        server: bool = False,
        log: bool = True,
        own_group: bool = True,
    ) -> Child:
        """Start a child in its own process group, so that Ctrl-C reaches us alone and we choose the order."""
        path = self.logs / f"{name.replace(' ', '-')}.log" if log else None
        prepare = _preparation(identity or Ourselves(), death_signal)
        with open(path or os.devnull, "wb") as output:
            try:
                process = subprocess.Popen(
                    command,
                    cwd=cwd,
                    env=self.environment,
                    stdin=subprocess.DEVNULL if own_group else None,
                    stdout=output if path else None,
                    stderr=subprocess.STDOUT if path else None,
                    process_group=0 if own_group else None,
                    preexec_fn=prepare,  # safe here: this process has one thread
                )
            except (OSError, subprocess.SubprocessError) as error:
                raise Trouble(f"{name} cannot be started: {error}") from error
        child = Child(name, process, stop_signal, path, server)
        if own_group:
            self.children.append(child)
            self._tell_guardian(f"+ {process.pid} {int(death_signal)}")
        return child

    def step(
        self,
        name: str,
        command: Sequence[str],
        *,
        cwd: Path,
        identity: Identity | None = None,
        shown: bool = False,
    ) -> None:
        """Run a command to its end, while the others are watched."""
        child = self.start(name, command, cwd=cwd, identity=identity, log=not shown)
        while child.running:
            self.pause(1.0, apart_from=child)
        self.forget(child)
        if child.process.returncode != 0:
            raise Trouble(f"{name} failed ({outcome(child)}).{tail(child)}")

    def until(self, ready: Callable[[], bool], what: str, seconds: float) -> None:
        deadline = time.monotonic() + seconds
        while not ready():
            if time.monotonic() > deadline:
                raise Trouble(f"{what} did not answer within {seconds:.0f} seconds; see the logs in {self.logs}")
            self.pause(0.05)

    def pause(self, seconds: float, apart_from: Child | None = None) -> None:
        self.bell.wait(seconds)
        if self.bell.rung_by is not None:
            raise AskedToStop
        for child in self.children:
            if child is not apart_from and not child.running:
                raise Trouble(f"{child.name} has stopped by itself ({outcome(child)}).{tail(child)}")

    def watch(self) -> None:
        """Return only by an exception: asked to stop, or a child died."""
        while True:
            self.pause(60.0)

    def stop(self) -> None:
        """Whatever uses the servers first and all together; then the servers, the last started first."""
        self._end([child for child in self.children if not child.server])
        for child in reversed([child for child in self.children if child.server]):
            self._end([child])
        if self._guardian.stdin is not None:
            self._guardian.stdin.close()
        self._guardian.wait()

    def _end(self, children: list[Child]) -> None:
        deadline = time.monotonic() + PATIENCE
        next_asking = time.monotonic()
        while any(child.running for child in children) and time.monotonic() < deadline:
            if time.monotonic() >= next_asking:
                next_asking += SEND_AGAIN
                for child in children:
                    if child.running:
                        # To the leader alone: how its own children end is its business.
                        child.process.send_signal(child.stop_signal)
            self.bell.wait(0.1)
        for child in children:
            self.forget(child)

    def forget(self, child: Child) -> None:
        """End what is left of its group, and strike it off."""
        guardian.send(child.process.pid, signal.SIGKILL)
        child.process.wait()
        self.children.remove(child)
        self._tell_guardian(f"- {child.process.pid}")

    def _tell_guardian(self, line: str) -> None:
        if self._guardian.stdin is not None:
            try:
                self._guardian.stdin.write(line.encode() + b"\n")
                self._guardian.stdin.flush()
            except BrokenPipeError:
                pass  # somebody killed it; the parent-death signal remains


def _preparation(identity: Identity, death_signal: signal.Signals) -> Callable[[], None]:
    parent = os.getpid()

    def prepare() -> None:
        identity.enter()
        die_with_parent(death_signal, parent)

    return prepare


def outcome(child: Child) -> str:
    code = child.process.returncode
    return f"signal {signal.Signals(-code).name}" if code < 0 else f"exit code {code}"


def tail(child: Child) -> str:
    if child.log is None:
        return ""
    lines = child.log.read_text(encoding="utf-8", errors="replace").splitlines()[-TAIL:]
    return "".join(f"\n    {line}" for line in (" Its last words:", *lines, f"the whole log: {child.log}"))
