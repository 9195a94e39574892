import pytest

from tests.straight_line import REQUESTS, measure


@pytest.mark.parametrize("name", REQUESTS)
async def test_a_known_question_stays_short(name):
    line = await measure(name)
    assert len(line.files) <= 21
    assert line.transitions <= 80
    assert {
        "gateway/http/lane.py",
        "gateway/exchange/exchange.py",
        "gateway/upstream/client.py",
    } <= line.files


async def test_no_handler_runs_where_nothing_has_changed():
    line = await measure("conversations")
    assert not {file for file in line.files if file.startswith("adapters/")}
