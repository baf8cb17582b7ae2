from pathlib import Path

import pytest

from deploy.devstack import places as devstack_places
from deploy.devstack.identity import Ourselves
from deploy.devstack.places import places


def test_a_throwaway_cluster_is_in_memory_where_there_is_room_and_nothing_of_it_stays(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    memory = tmp_path / "memory"
    memory.mkdir()
    folder = tmp_path / "test"
    folder.mkdir()
    monkeypatch.setattr(devstack_places, "IN_MEMORY", memory)
    monkeypatch.setattr(devstack_places, "ROOM", 0)

    where = places(folder, Ourselves(), in_memory=True)
    where.make(Ourselves())
    where.cluster.mkdir()
    assert where.cluster.parent.parent == memory
    assert where.cluster.parent.stat().st_mode & 0o777 == 0o700
    where.discard_cluster()
    where.discard_outside()
    assert list(memory.iterdir()) == []

    assert places(folder, Ourselves()).cluster == folder / "postgres"
    monkeypatch.setattr(devstack_places, "ROOM", 1 << 60)
    assert places(folder, Ourselves(), in_memory=True).cluster == folder / "postgres"
