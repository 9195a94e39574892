"""The kill switch without the store: seen by every process, confirmed, and still there after a restart."""

import asyncio
from pathlib import Path

import pytest

from gateway.config.model import Config, parse
from gateway.rollout import local_stop
from gateway.rollout.decision import Decider
from gateway.rollout.local_stop import LocalStop, folder_of, hold, release
from gateway.rollout.rules import Rules
from gateway.rollout.watch import Watcher


@pytest.fixture
def config(tmp_path: Path) -> Config:
    return parse(
        {
            "auth": {"secret": "0f1e2d3c4b5a69788796a5b4c3d2e1f0"},
            "directory": {"sources": [{"dsn": "postgresql://127.0.0.1:1/none"}]},
            "rollout": {"store": "postgresql://127.0.0.1:1/none", "local_dir": str(tmp_path / "stop")},
        }
    )


async def test_every_process_hears_of_it_and_says_so(config: Config) -> None:
    """With the store away, and nobody asking it."""
    dsn = config.rollout.store or ""
    deciders = [Decider(Rules(percent=100)) for _ in range(3)]
    watchers = [Watcher(dsn, decider, LocalStop(folder_of(config))) for decider in deciders]
    await asyncio.gather(*(watcher.start() for watcher in watchers))
    assert {decider.decide("a.b", 1, "web").side for decider in deciders} == {"to"}
    assert await hold(config, 30) == (3, 3)
    assert {decider.decide("a.b", 1, "web") for decider in deciders} == {("from", "stopped", 0, None, None)}
    await asyncio.gather(*(watcher.close() for watcher in watchers))
    assert await hold(config, 30) == (0, 0), "nobody is left"


def test_it_outlives_a_restart_and_ends_when_it_is_released(config: Config) -> None:
    LocalStop(folder_of(config)).look()
    (folder_of(config) / "stop").touch()
    assert LocalStop(folder_of(config)).look()
    release(config)
    assert not LocalStop(folder_of(config)).look()


def test_rules_that_arrive_meanwhile_do_not_undo_it() -> None:
    decider = Decider(Rules())
    decider.hold(True)
    decider.replace(Rules(percent=100))
    assert decider.decide("a.b", 1, "web").why == "stopped"
    decider.hold(False)
    assert decider.decide("a.b", 1, "web").side == "to"


async def test_a_folder_of_somebody_else_is_not_believed(
    config: Config, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = folder_of(config)
    (folder.parent / "real").mkdir()
    folder.symlink_to(folder.parent / "real")
    (folder / "stop").touch()
    assert not LocalStop(folder).look()
    with pytest.raises(OSError, match="local_dir"):
        await hold(config, 1)


def test_without_a_name_it_is_the_store_s_own(config: Config) -> None:
    import msgspec

    unnamed = msgspec.structs.replace(config, rollout=msgspec.structs.replace(config.rollout, local_dir=None))
    assert folder_of(unnamed).name.startswith("chat-gateway-")
    assert local_stop.GONE_S > local_stop.SAID_S
