"""The report: what somebody can sign, as text, as a page and as JSON from the same facts."""

import re

import pytest

from migration.engine.progress import Progress
from migration.reporting.report import html_report, sections, text_report
from migration.run import report, up
from tests.migration.databases import SMALL, filled, value
from tests.migration.reporting.test_unfinished import CutAt, CutError


@pytest.fixture
async def signed(make_database):
    dsn, _ = await filled(make_database, "L", SMALL)
    before = await value(dsn, "SELECT count(*) FROM conversation_participants")
    await up(dsn, backup=False)
    return await report(dsn), before, dsn


async def test_who_when_and_with_what(signed):
    told = signed[0].story
    (done,) = told.commands
    assert (done.command, done.outcome) == ("up --to constrain", "done")
    assert done.who.endswith(", as postgres")
    assert done.seconds > done.longest_lock_seconds > 0
    assert re.fullmatch(r"\d+\.\d+.*", told.server)
    assert told.tool == "0.1.0"


async def test_rows_and_checksums_of_every_table_add_up(signed):
    result, before, dsn = signed
    balances = {b.table: b for b in result.story.balances}
    for b in balances.values():
        assert b.before + b.added - b.merged == b.now, b
        assert re.fullmatch("[0-9a-f]{16}", b.sum_before)
    assert balances["conversation_participants"].before == before
    assert balances["conversation_participants"].merged > 0
    # Nobody changed a conversation's old columns, and everybody is where it was.
    assert balances["chat_privacy_reports"].sum_before == balances["chat_privacy_reports"].sum_now
    assert balances["message_reactions"].now == await value(dsn, "SELECT count(*) FROM message_reactions")


async def test_each_rule_says_how_often_and_for_example(signed):
    told = {(d.rule, d.action): d for d in signed[0].story.decisions}
    assert re.fullmatch(r"id \d+ into \d+", told["D1", "merged away"].example)
    assert told["D26", "changed"].rows >= 1


async def test_text_and_page_hold_the_same(signed):
    result = signed[0]
    text, page = text_report(result, "a@b/<c>"), html_report(result, "a@b/<c>")
    for part in sections(result, "a@b/<c>"):
        assert part.title in text
        for row in part.rows:
            assert all(cell in text for cell in row)
    assert "a@b/&lt;c&gt;" in page
    assert "<c>" not in page
    assert page.count("______") == 2 * 5
    assert "http" not in page


async def test_a_command_that_stopped_is_in_the_story(make_database):
    dsn, _ = await filled(make_database, "L", SMALL)
    with pytest.raises(CutError):
        await up(dsn, backup=False, progress=CutAt("creators"))
    told = await report(dsn)
    assert [c.outcome for c in told.story.commands] == ["CutError"]
    assert any("cut off in backfill" in line for line in text_report(told, "x").splitlines())
    await up(dsn, backup=False, progress=Progress())
    assert [c.outcome for c in (await report(dsn)).story.commands] == ["CutError", "done"]


async def test_a_database_that_was_never_migrated_has_a_report_too(make_database):
    dsn, known = await filled(make_database, "P", SMALL)
    result = await report(dsn)
    assert result.story.commands == []
    text = text_report(result, "x")
    assert all(re.search(rf"  {name} +{number:,}  ", text) for name, number in known.items())
