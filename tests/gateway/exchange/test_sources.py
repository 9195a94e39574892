import pytest

from contracts.model.http import JSON, Response
from contracts.model.profile import Profile
from contracts.model.roster import Found
from gateway.exchange.sources import Question, Sources

ANSWER = Response(200, JSON, b"{}")


@pytest.mark.parametrize(
    ("questions", "unknown"),
    [
        ([Question("GET", "/a"), Question("GET", "/b")], 0),
        ([Question("GET", "/a"), Question("GET", "/a")], 1),
        ([Question("POST", "/a")], 1),
    ],
)
def test_only_different_readings_can_be_repeated(questions: list[Question], unknown: int) -> None:
    sources = Sources(unknown=len(questions))
    for question in questions:
        sources.answered(question, ANSWER)
    assert sources.unknown == unknown


def test_everything_that_has_come_is_known() -> None:
    sources = Sources(unknown=2)
    sources.found(Found({Profile("tutor", 5): 3}, {3: None}))
    sources.read("relations", [])
    assert (sources.unknown, sources.owners, sources.people) == (0, {Profile("tutor", 5): 3}, {3: None})
    assert sources.reads == [("relations", [])]
