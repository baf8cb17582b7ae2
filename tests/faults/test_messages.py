"""14: a message lost, delivered twice, to two at once, or late: it says "look now", and whoever looks finds what there
is to do, or nothing."""

import sys
from dataclasses import replace

import redis

from reporting.models import Alert, AlertChange, OutboxMail, Rollup, Telling
from tests.acts import append, at, eventually, put_in_force, reading, submit
from tests.cast import Cast
from tests.faults.test_followers_killed import judged
from tests.faults.test_redis import Stack, shown, stack
from tests.storage.oracle import differences

__all__ = ["stack"]

# Sends that many messages as the application does, and by hand; none of them says more than "look now".
PUBLISH = """
import django
django.setup()
from reporting.tasks import {task}
for _ in range({times}):
    {task}.apply_async(retry=False)
"""


def publish(stack: Stack, times: int, task: str = "look_now") -> None:
    assert stack.start(sys.executable, "-c", PUBLISH.format(task=task, times=times)).wait() == 0


def queued(stack: Stack) -> int:
    with redis.Redis(unix_socket_path=str(stack.socket)) as client:
        return int(client.llen("celery"))  # type: ignore[arg-type]


def effects() -> list[object]:
    """All that looking has made, with the marks that a second making would leave."""
    with reading():
        return [
            sorted(Rollup.objects.values_list()),
            sorted(Alert.objects.values_list()),
            sorted(AlertChange.objects.values_list("pk", "what", "position")),
            sorted(Telling.objects.values_list("pk", "kind", "unit", "decision", "mail")),
            # What is submitted meanwhile is told by mails of its own.
            sorted(OutboxMail.objects.filter(kind="lag").values_list("key", "alert", "address", "subject", "body")),
        ]


def done(stack: Stack) -> bool:
    with reading():
        mails = OutboxMail.objects.filter(kind="lag").exists()
    return mails and shown("FY2026Q1", 100) and not differences() and not queued(stack)


def test_14_messages_lost_with_a_flush_are_made_good_by_the_sweep(stack: Stack, cast: Cast) -> None:
    stack.redis()
    submit(cast.hanako, "JST.P1.A1", "FY2026Q1", {"IND-02": "100"})
    publish(stack, 3)
    assert queued(stack) == 3
    with redis.Redis(unix_socket_path=str(stack.socket)) as client:
        client.flushall()
    stack.worker()
    stack.beat()
    eventually(lambda: shown("FY2026Q1", 100), "the rollup that nobody asked for")
    assert differences() == {}


def test_14_control_without_the_sweep_the_work_of_a_lost_message_would_stay_undone(stack: Stack, cast: Cast) -> None:
    """By a worker that is there and has nothing to do: it takes the other message that comes."""
    stack.redis()
    submit(cast.hanako, "JST.P1.A1", "FY2026Q1", {"IND-02": "100"})
    publish(stack, 3)
    with redis.Redis(unix_socket_path=str(stack.socket)) as client:
        client.flushall()
    worker = stack.worker()
    publish(stack, 2, "forget_answers")
    eventually(lambda: queued(stack) == 0, "the worker to take what there is")
    worker.terminate()
    assert worker.wait() == 0  # it has ended what it had begun
    assert not shown("FY2026Q1", 100)


def test_14_messages_doubled_delivered_to_two_at_once_and_again_when_all_is_done_have_one_effect(
    stack: Stack, cast: Cast
) -> None:
    # A Monday on which nothing else falls due, with the offices open.
    stack.environment |= {"DEMO": "1", "BUSINESS_CLOCK": "2026-11-02T10:00:00+09:00"}
    stack.redis()
    submit(cast.hanako, "JST.P1.A1", "FY2026Q1", {"IND-02": "100"})
    put_in_force(cast.ichiro, cast.taro, "JSPS.P1.A1", "FY2026Q2", {"IND-02": "200"})
    append(*(replace(judged(number), occurred_at=at(f"2026-10-30 1{number}:00")) for number in range(2)))
    publish(stack, 20)
    stack.worker()
    stack.worker()
    eventually(lambda: done(stack), "all that there was to do")
    made = effects()

    publish(stack, 20)
    eventually(lambda: queued(stack) == 0, "the late messages to be taken")
    submit(cast.hanako, "JST.P1.A1", "FY2026Q2", {"IND-02": "300"})  # what comes after them has come after them
    publish(stack, 1)
    eventually(lambda: shown("FY2026Q2", 500), "the last message's work")
    after = effects()
    assert after[1:] == made[1:]
    assert differences() == {}
