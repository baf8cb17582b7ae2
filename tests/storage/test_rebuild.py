"""What a rebuild makes from the log is what the live tables hold, or they are told and put right."""

import io

import pytest
from django.core.management import CommandError, call_command

from tests.cast import Cast
from tests.storage.test_rollups import live


def rebuilt(*names: str, check: bool = False) -> str:
    said = io.StringIO()
    try:
        call_command("rebuild_projections", *names, check=check, stdout=said)
    except CommandError as error:
        return f"{said.getvalue()}{error}"
    return said.getvalue()


PARTS = ["plan", "reports", "standings"]


@pytest.mark.parametrize("seed", [1, 2])
def test_what_is_rebuilt_from_the_log_is_what_the_commands_left(cast: Cast, seed: int) -> None:
    live(cast, seed, 80)
    said = rebuilt(*PARTS, check=True)
    assert "no difference" in said, said
