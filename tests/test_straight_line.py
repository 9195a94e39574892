import pytest

from tests.straight_line import REQUESTS, measure


@pytest.mark.parametrize("name", ["typing", "messages"])
async def test_a_known_question_stays_short(name):
    line = await measure(name)
    assert len(line.files) <= 30
    assert line.transitions <= 150
    assert {
        "gateway/http/lane.py",
        "gateway/exchange/exchange.py",
        "gateway/upstream/client.py",
    } <= line.files


async def test_what_a_handler_answers_is_counted_too():
    line = await measure("conversations")
    assert "adapters/legacy/conversations.py" in line.files
    assert set(REQUESTS) == {"typing", "messages", "conversations"}
