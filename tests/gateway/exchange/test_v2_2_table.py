"""What 2.2 has in its query, and what its clients write there."""

import pytest

from adapters.v2_2 import V2_2
from contracts.model.document import Document
from contracts.model.errors import Unsupported
from gateway.exchange.v2_2_table import Table, out_of_query

TABLE = Table(V2_2)


def test_only_an_action_stands_in_the_query_of_2_2() -> None:
    assert {name: own for name, own in TABLE.own_query.items() if own} == {
        "connection_requests.respond": {"action"}
    }


@pytest.mark.parametrize(
    ("name", "query", "body"),
    [
        ("two_step.disable", {"password": "p"}, "p"),
        (
            "two_step.enable",
            {"password": "p", "recovery_email": "e"},
            {"password": "p", "recovery_email": "e"},
        ),
        ("calls.update", {"limit": "5"}, None),
    ],
)
def test_what_belongs_into_the_body_goes_there(name: str, query: dict[str, str], body: object) -> None:
    found = out_of_query(TABLE.row(name), Document({}, dict(query), None))
    assert found.body == body
    assert found.query == (query if body is None else {})


def test_an_operation_without_a_row_is_unsupported() -> None:
    with pytest.raises(Unsupported):
        TABLE.row("nothing")
