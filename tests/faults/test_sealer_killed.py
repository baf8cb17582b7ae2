"""A process that seals may be killed at any statement: the log is then sealed as if nothing had happened."""

import os
import random
import subprocess
import sys
from collections.abc import Iterator
from itertools import pairwise
from typing import Any

import pytest
from django.db import IntegrityError, OperationalError, connection

from agencies import access
from reporting import event_store
from reporting.event_store import heads, merkle
from reporting.models import TreeHead
from reporting.tasks import seal_log
from tests.acts import append, event, eventually, reading
from tests.databases import OWNER_URL, RUN_TIME_URL, address
from tests.faults.test_redis import ROOT

# For each line "12 before" a child seals in small steps until it is to begin (or has done) its 12th statement, where it
# kills itself with signal 9. Answers with the child's exit status.
SEALER = """
import os, signal, sys, django
answers, sys.stdout = sys.stdout, sys.stderr  # what the application logs is no answer
django.setup()
from django.db import connection
from reporting.event_store import heads
from reporting.tasks import seal_log

heads.STEP, heads.BATCH = 300, 70
left = 0

def fatal(execute, sql, params, many, context):
    global left
    left -= 1
    if left == 0 and when == "before":
        os.kill(os.getpid(), signal.SIGKILL)
    result = execute(sql, params, many, context)
    if left == 0:
        os.kill(os.getpid(), signal.SIGKILL)
    return result

for line in sys.stdin:
    number, when = line.split()
    child = os.fork()
    if child == 0:
        left = int(number)
        with connection.execute_wrapper(fatal):
            seal_log()
        os._exit(0)
    print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), file=answers, flush=True)
"""


class Sealer:
    def __init__(self, database: str) -> None:
        addresses = {name: address(name, database) for name in (RUN_TIME_URL, OWNER_URL)}
        self.process = subprocess.Popen(
            [sys.executable, "-c", SEALER], cwd=ROOT, env=os.environ | addresses, text=True,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE,
        )  # fmt: skip

    def killed_at(self, statement: int, when: str) -> bool:
        """Whether the kill came before the end of the work."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(f"{statement} {when}\n")
        self.process.stdin.flush()
        status = self.process.stdout.readline().strip()
        assert status in ("0", "-9")
        return status == "-9"


@pytest.fixture
def sealer(database: str) -> Iterator[Sealer]:
    sealer = Sealer(database)
    with sealer.process:
        yield sealer


def check_heads(checked: int = 0) -> int:
    """Each head is the root over the first events, and those larger than `checked` are shown to add to the one before.
    Returns the size of the newest."""
    with reading():
        whole = heads._leaves(0, event_store.head().position)
        found = list(TreeHead.objects.order_by("size"))
        tree = merkle.Growing()
        for head in found:
            for leaf in whole[tree.size : head.size]:
                tree.add(leaf)
            assert (tree.size, tree.root()) == (head.size, bytes(head.root))
            assert b"".join(tree.frontier) == bytes(head.frontier)
        for old, new in pairwise(head for head in found if head.size >= checked):
            path = heads.consistency(old.size, new.size)
            assert merkle.is_consistent(old.size, bytes(old.root), new.size, bytes(new.root), path)
        return tree.size


def seal_the_rest() -> bool:
    """False while the server has not noticed yet that whoever held the lock is dead."""
    try:
        seal_log()
    except OperationalError:
        return False
    return True


@pytest.mark.parametrize("kills", [10, pytest.param(100, marks=pytest.mark.long)])
def test_12_a_sealer_killed_mid_pass_leaves_heads_that_add_to_each_other(
    database: str, sealer: Sealer, kills: int
) -> None:
    dice = random.Random(kills)
    killed = between = covered = 0
    while killed < kills:
        append(*[event(f"test/{killed}/{i % 5}", value=str(i)) for i in range(dice.randint(1, 700))])
        killed += sealer.killed_at(dice.randint(1, 45), dice.choice(["before", "after"]))
        covered = check_heads(covered)
        between += covered < event_store.head().position
        if dice.random() < 0.3:
            eventually(seal_the_rest, "the next sealer takes over")
            covered = check_heads(covered)
            assert covered == event_store.head().position
    assert between > kills / 4  # the kills did come in the middle of the work
    eventually(seal_the_rest, "the next sealer takes over")
    assert check_heads() == event_store.head().position
    with reading():
        for position in dice.sample(range(1, event_store.head().position + 1), 20):
            assert heads.inclusion(position, event_store.head().position)


class Killed(BaseException):
    """Stands for the signal: nothing catches it."""


def test_12_control_with_the_nodes_in_a_transaction_of_their_own_a_kill_before_the_head_would_end_all_sealing(
    database: str,
) -> None:
    def commit_and_die(execute: Any, sql: str, *arguments: Any) -> Any:
        answer = execute(sql, *arguments)
        if sql == heads.ADD_NODES:
            connection.connection.commit()  # past Django, which believes the transaction to be open
            raise Killed
        return answer

    append(*[event("test/1") for _ in range(300)])
    with pytest.raises(Killed), access.following(), connection.execute_wrapper(commit_and_die):
        heads.seal()
    for _ in range(2):  # whoever comes after meets them again and again
        with pytest.raises(IntegrityError, match="tree_node"):
            seal_log()
    with reading():
        assert not TreeHead.objects.exists()
