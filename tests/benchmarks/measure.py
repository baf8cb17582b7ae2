"""Runs writers side by side, each in a process of its own, and says how fast they were."""

import multiprocessing
import os
import queue
import time
from collections.abc import Sequence
from dataclasses import dataclass
from multiprocessing.synchronize import Barrier
from typing import Any


@dataclass(frozen=True)
class Run:
    """What one run of `writers` processes came to."""

    per_second: float
    operations: int
    seconds: list[float]  # of each operation


def run(name: str, *, writers: int, batch: int, seconds: float, environment: dict[str, str]) -> Run:
    """Events a second, durable, summed over the writers."""
    context = multiprocessing.get_context("spawn")
    barrier, answers = context.Barrier(writers), context.Queue()
    os.environ.update(environment)
    processes = [
        context.Process(target=_work, args=(name, number, batch, seconds, barrier, answers), daemon=True)
        for number in range(writers)
    ]
    for process in processes:
        process.start()
    runs = []
    while len(runs) < writers:
        try:
            runs.append(answers.get(timeout=1))
        except queue.Empty:
            if any(process.exitcode for process in processes):
                for process in processes:
                    process.terminate()
                raise RuntimeError(f"a writer of {name} failed") from None
    for process in processes:
        process.join()
    return Run(
        per_second=sum(len(took) * batch / whole for whole, took in runs),
        operations=sum(len(took) for _, took in runs),
        seconds=[one for _, took in runs for one in took],
    )


def _work(name: str, number: int, batch: int, seconds: float, barrier: Barrier, answers: Any) -> None:
    import django  # a new process: nothing of Django may be imported before it is set up

    django.setup()
    from reporting.event_store import appended
    from reporting.tasks import wake_followers
    from tests.benchmarks.writers import WRITERS

    appended.disconnect(wake_followers)  # the followers' own work is measured elsewhere
    append = WRITERS[name](number, batch)
    for _ in range(10):
        append()  # connections, plans
    barrier.wait(timeout=60)
    took: list[float] = []
    start = now = time.perf_counter()
    while now < start + seconds:
        append()
        took.append((later := time.perf_counter()) - now)
        now = later
    answers.put((now - start, took))


def percentile(values: Sequence[float], share: float) -> float:
    ordered = sorted(values)
    return ordered[min(int(len(ordered) * share), len(ordered) - 1)]
