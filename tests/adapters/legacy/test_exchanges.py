"""Every exchange, forward and back; and no operation without one."""

import json
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

import pytest

from adapters import OPERATIONS
from contracts.model.document import Document, objects, opened, parse
from contracts.model.profile import Profile
from contracts.model.roster import Caller, Roster
from contracts.operation import Operation
from contracts.rules.lens import Mentions
from tests.support.fakes import EXCHANGES, FakeDirectory, FakeUpstream, ask, exchanges

BY_NAME = {row.name: row for row in OPERATIONS}
CASES = [
    pytest.param(file.stem, case, id=f"{file.stem}: {case['case']}")
    for file in sorted(EXCHANGES.glob("legacy/*.json"))
    for case in json.loads(file.read_text("utf-8"))["exchanges"]
]


def _as_list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


async def _play(case: dict[str, Any]) -> tuple[FakeUpstream, Any]:
    several = isinstance(case["modern_request"], list)
    asked, upstream = (
        case["legacy_request"],
        FakeUpstream(case["modern_response"] if several else [case["modern_response"]]),
    )
    query = urlencode(asked["query"])
    answer = await ask(
        exchanges(upstream), asked["method"], asked["path"], query, asked["body"], by=case["by"]
    )
    return upstream, json.loads(answer.body)


@pytest.mark.parametrize(("name", "case"), CASES)
async def test_legacy_request_becomes_modern_request(name: str, case: dict[str, Any]) -> None:
    upstream, _ = await _play(case)
    sent = [
        {
            "method": one.method,
            "path": urlsplit(one.target).path,
            "query": dict(parse_qsl(urlsplit(one.target).query, keep_blank_values=True)),
            "body": json.loads(one.body) if one.body else None,
        }
        for one in upstream.sent
    ]
    assert sent == _as_list(case["modern_request"])


@pytest.mark.parametrize(("name", "case"), CASES)
async def test_modern_response_becomes_legacy_response(name: str, case: dict[str, Any]) -> None:
    _, told = await _play(case)
    assert told == case["legacy_response"]


@pytest.mark.parametrize(("name", "case"), CASES)
async def test_no_profile_reaches_the_upstream(name: str, case: dict[str, Any]) -> None:
    upstream, _ = await _play(case)
    assert upstream.sent
    assert not [one for one in upstream.sent if "profile" in one.target or b"profile_" in one.body]


@pytest.mark.parametrize(("name", "case"), [p for p in CASES if BY_NAME[p.values[0]].request.rules])
def test_modern_request_goes_back_to_legacy_request(name: str, case: dict[str, Any]) -> None:
    """What the modern request says in user ids, the same lens says in profiles: nothing was lost on the way."""
    row, sent = BY_NAME[name], case["modern_request"]
    document = Document(_path(row, sent), _without(sent["query"], "user_id"), _body(sent["body"]))
    back = row.request.to_legacy(document, _roster(case, row, document))
    again = row.request.to_modern(row.request.draft(back), _roster(case, row, back))
    assert _plain(again) == _plain(
        Document(_path(row, sent), _without(sent["query"], "user_id"), _body(sent["body"]))
    )


def _path(row: Operation, sent: dict[str, Any]) -> dict[str, str]:
    assert row.modern is not None
    pairs = zip(row.modern.template.split("/"), sent["path"].split("/"), strict=True)
    return {name[1:-1]: value for name, value in pairs if name.startswith("{")}


def _body(body: Any) -> Any:
    return None if body is None else parse(json.dumps(body).encode())


def _without(query: dict[str, str], *names: str) -> dict[str, str]:
    return {name: value for name, value in query.items() if name not in names}


def _plain(document: Document) -> Any:
    def plain(value: Any) -> Any:
        value = opened(value, "$")
        if isinstance(value, dict):
            return {key: plain(item) for key, item in value.items()}
        return [plain(item) for item in value] if isinstance(value, list) else value

    return document.path, document.query, plain(document.body) or None


def _roster(case: dict[str, Any], row: Operation, document: Document) -> Roster:
    directory = FakeDirectory()
    profiles = {role.profile for person in directory.everybody.values() for role in person.roles}
    mentions = Mentions(profiles, set(directory.everybody))
    caller = directory.everybody[case["by"]]
    return Roster(Caller(case["by"], caller.profile), directory.peek(*mentions) or pytest.fail("not known"))


def test_every_operation_has_its_exchanges_and_every_exchange_its_operation() -> None:
    wanted, written = (
        {row.name for row in OPERATIONS if row.legacy and not row.upload},
        {p.values[0] for p in CASES},
    )
    assert wanted - written == set(), "write contracts/exchanges/legacy/NAME.json for these"
    assert written - wanted == set(), "these files in contracts/exchanges/legacy/ belong to no operation"


@pytest.mark.parametrize("row", OPERATIONS, ids=lambda row: row.name)
def test_every_rule_touches_something_in_an_exchange(row: Operation) -> None:
    """A dead rule would rot: each person rule of an answer finds somebody in one of the operation's exchanges."""
    answers = [param.values[1]["modern_response"] for param in CASES if param.values[0] == row.name]
    for rule in row.response.persons:
        mentions = Mentions(set[Profile](), set[int]())
        for answer in answers:
            rule.mentioned_modern(objects(Document({}, {}, _body(answer)), rule.at), mentions)
        assert mentions.users, f"{rule} touches nothing"


@pytest.mark.parametrize("row", OPERATIONS, ids=lambda row: row.name)
def test_no_two_person_rules_share_a_key(row: Operation) -> None:
    for lens in (row.request, row.response):
        keys = [(getattr(rule, "at", ""), rule.modern) for rule in lens.persons]  # type: ignore[attr-defined]
        assert len(keys) == len(set(keys))
