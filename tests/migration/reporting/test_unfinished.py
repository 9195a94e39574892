"""`verify` after a crash says that there was one."""

import pytest

from migration.engine.progress import Progress
from migration.run import down, up, verify
from tests.migration.databases import SMALL, filled


class CutError(RuntimeError):
    pass


class CutAt(Progress):
    """Ends the process, as it were, as soon as a step of this name is done."""

    def __init__(self, step):
        self.step = step

    def finished(self, phase, step, rows, seconds):
        if step == self.step:
            raise CutError


@pytest.mark.parametrize(
    ("step", "phase"),
    [
        ("column conversations.created_by_user_id", "expand"),
        ("creators", "backfill"),
        ("notes to oneself", "merge"),
    ],
)
async def test_verify_after_a_crash_names_the_phase_and_what_to_do(make_database, step, phase):
    dsn, _ = await filled(make_database, "L", SMALL)
    with pytest.raises(CutError):
        await up(dsn, backup=False, progress=CutAt(step))
    (line,) = [d for d in (await verify(dsn)).differences if "cut off" in d]
    assert line.startswith(f"the migration was cut off in {phase}: ")
    assert line.endswith("the same command goes on, `down` goes back")
    await up(dsn, backup=False)
    assert (await verify(dsn)).differences == []


async def test_a_way_back_that_was_cut_is_named_too(make_database):
    dsn, _ = await filled(make_database, "L", SMALL)
    await up(dsn, backup=False)
    with pytest.raises(CutError):
        await down(dsn, progress=CutAt("guard chat_settings"))
    assert any("cut off in merge" in d for d in (await verify(dsn)).differences)
    await down(dsn)
    assert (await verify(dsn)).differences == []


async def test_a_phase_that_is_complete_is_no_crash(make_database):
    dsn, _ = await filled(make_database, "L", SMALL)
    await up(dsn, backup=False, to="merge")
    assert (await verify(dsn)).differences == []
