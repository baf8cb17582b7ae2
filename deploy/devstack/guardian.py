"""Outlives the supervisor by a few seconds, to end what a killed supervisor leaves behind.

The kernel's parent-death signal reaches the direct children only, can be swallowed by a program that is just starting,
and does not exist on macOS. This process holds the read end of a pipe: lines "+ pid signal" and "- pid" come in while
the supervisor lives; end of file means that it is dead. It also shares the supervisor's lock, so the next start waits
until the last remains are gone. Run as a script; standard library only.
"""

import os
import signal
import sys
import time

PATIENCE = 12.0
SEND_AGAIN = 3.0


def main() -> None:
    # Ctrl-C and `kill` are meant for the supervisor, which tells us by closing the pipe.
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    groups: dict[int, int] = {}
    for line in sys.stdin:
        match line.split():
            case ["+", pid, number_text]:
                groups[int(pid)] = int(number_text)
            case ["-", pid]:
                groups.pop(int(pid), None)
    end(groups)


def end(groups: dict[int, int]) -> None:
    """Ask every process group to stop, again and again, then kill."""
    started = time.monotonic()
    next_asking = started
    while groups and time.monotonic() < started + PATIENCE:
        if time.monotonic() >= next_asking:
            next_asking += SEND_AGAIN
            for pid, number in groups.items():
                send(pid, number)
        groups = {pid: number for pid, number in groups.items() if send(pid, 0)}
        time.sleep(0.05)
    for pid in groups:
        send(pid, signal.SIGKILL)


def send(group: int, number: int) -> bool:
    """True while the group has a member."""
    try:
        os.killpg(group, number)
    except ProcessLookupError:
        return False
    except PermissionError:
        return False  # the number was given to somebody else's process
    return True


if __name__ == "__main__":
    main()
