"""The check, run against servers that conform, deviate, miss operations, refuse, or are not there."""

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any

import pytest
from aiohttp.test_utils import TestServer, unused_port

from contracts.model.profile import Profile
from contracts.specs import openapi
from gateway.check.known_ids import at_start
from gateway.check.report import Finding
from gateway.check.run import check, run
from tests.support.replay import Replay, legacy_examples, recorded_answers

# {"sub": "1"}; nobody verifies it here.
TOKEN = "e30.eyJzdWIiOiIxIn0.x"
STUDENT = Profile("student", 5)


@pytest.fixture
def replay() -> Replay:
    return Replay("legacy", legacy_examples())


@pytest.fixture
async def server(replay) -> AsyncIterator[TestServer]:
    async with TestServer(replay.app) as running:
        yield running


async def findings(server: TestServer, write: bool = False, token: str | None = TOKEN) -> dict[str, Finding]:
    known = at_start(token, STUDENT)
    found = await check(str(server.make_url("")), openapi.load("legacy"), token, known, write)
    return {finding.operation: finding for finding in found}


def verdicts(found: dict[str, Finding], verdict: str) -> set[str]:
    return {name for name, finding in found.items() if finding.verdict == verdict}


CONTRACTS = {contract.name: contract for contract in openapi.operations(openapi.load("legacy"))}
READS = {name for name, contract in CONTRACTS.items() if contract.method == "GET" and not contract.beyond}


async def test_a_server_that_conforms_is_only_read(server, replay):
    found = await findings(server)
    assert list(found) == list(CONTRACTS)
    assert verdicts(found, "conforms") == READS | {"connections.check", "connections.check_batch"}
    assert verdicts(found, "skipped") == set(CONTRACTS) - verdicts(found, "conforms")
    assert replay.names() == verdicts(found, "conforms")


async def test_the_deployed_shape():
    """Its server lacks nothing; two operations have no recorded answer, so that the replay does not have them."""
    replay = Replay("2.2", recorded_answers("2.2"))
    document = openapi.load("2.2")
    async with TestServer(replay.app) as server:
        found = await check(str(server.make_url("")), document, TOKEN, at_start(TOKEN, None), True)
    left = {finding.operation for finding in found if finding.verdict in ("deviates", "missing")}
    assert left == {"groups.create", "settings.put"}
    bare = {
        name: body
        for name, _, body in replay.asked
        if name in ("conversations.mute", "conversations.archive")
    }
    assert bare == {"conversations.mute": False, "conversations.archive": False}
    sent = replay.answers["messages.send"][1]["message"]["id"]
    assert ("messages.delete", f"/api/chat/messages/{sent}?user_id=1", None) in replay.asked


async def test_the_caller_is_named_in_every_request(server, replay):
    await findings(server)
    chat = [target for name, target, _ in replay.asked if target.startswith("/api/chat/")]
    assert len(chat) > 15
    assert [t for t in chat if "profile_id=5&profile_type=student&user_id=1" not in t] == []


async def test_ids_come_from_the_lists(server, replay):
    await findings(server)
    targets = {name: target.partition("?")[0] for name, target, _ in replay.asked}
    conversations = legacy_examples()["conversations.list"][1]["conversations"]
    direct = next(item for item in conversations if item["type"] == "direct")
    assert targets["messages.list"] == f"/api/chat/messages/{direct['id']}"
    assert targets["connections.get"].rsplit("/", 1)[1].isdigit()
    assert targets["presence.get"].endswith("/status")


async def test_without_a_profile_the_role_comes_from_who_one_is(server, replay):
    await check(str(server.make_url("")), openapi.load("legacy"), TOKEN, at_start(TOKEN, None), False)
    assert replay.asked[0][0] == "me.get"
    assert "profile_id=" in next(target for name, target, _ in replay.asked if name == "blocks.list")


async def test_the_story_touches_only_what_it_made(server, replay):
    replay.answers["messages.send"] = (200, replay.answers["messages.send"][1] | {"message_id": 777})
    found = await findings(server, write=True)
    assert verdicts(found, "deviates") | verdicts(found, "missing") == set()
    written = {name: target.partition("?")[0] for name, target, _ in replay.asked}
    for name in ("messages.edit", "messages.delete", "messages.pin", "messages.unpin", "reactions.add"):
        assert "/777" in written[name], name
    poll = replay.answers["polls.create"][1]["poll"]["id"]
    for name in ("polls.vote", "polls.vote_remove", "polls.end", "polls.delete"):
        assert f"/polls/{poll}" in written[name], name
    session = replay.answers["sessions.register"][1]["session_id"]
    assert written["sessions.terminate"] == f"/api/chat/sessions/{session}"


async def test_what_cannot_be_taken_back_is_not_tried(server, replay):
    found = await findings(server, write=True)
    dangerous = {
        "data.delete",
        "history.clear",
        "two_step.enable",
        "calls.create",
        "sessions.terminate_others",
    }
    assert replay.names() & dangerous == set()
    assert {found[name].verdict for name in dangerous} == {"skipped"}
    assert all(found[name].why.startswith("would ") for name in dangerous)


async def test_a_message_that_was_not_stored_is_not_edited(server, replay):
    replay.answers["messages.send"] = (403, {"detail": "You cannot message this person"})
    found = await findings(server, write=True)
    assert found["messages.send"].verdict == "skipped"
    assert found["messages.edit"] == Finding("messages.edit", "skipped", why="no message_id is known")
    assert replay.names() & {"messages.edit", "messages.delete"} == set()


async def test_somebody_who_is_blocked_already_stays_blocked(server, replay):
    partner = next(
        item
        for item in replay.answers["conversations.list"][1]["conversations"]
        if item["type"] == "direct" and isinstance(item["id"], int)
    )
    blocked = {"blocked_user_id": partner["other_user_id"]}
    replay.spoil("blocks.list", lambda body: {"blocked": [body["blocked"][0] | blocked]})
    found = await findings(server, write=True)
    assert replay.names() & {"blocks.create", "blocks.delete"} == set()
    assert found["blocks.create"].verdict == "skipped"


def without(key: str) -> Any:
    def spoil(body: Any) -> Any:
        del body[key]
        return body

    return spoil


@pytest.mark.parametrize(
    ("name", "spoil", "path", "expected", "got"),
    [
        ("blocks.list", without("blocked"), "$.blocked", "present", "absent"),
        ("contacts.list", lambda body: body["contacts"], "$", "object", "a list"),
        ("contacts.list", lambda body: body | {"total": "3"}, "$.total", "integer", '"3"'),
        ("two_step.get", lambda body: body | {"enabled": None}, "$.enabled", "boolean", "null"),
    ],
)
async def test_a_deviation_has_its_place(server, replay, name, spoil, path, expected, got):
    replay.spoil(name, spoil)
    found = await findings(server)
    assert verdicts(found, "deviates") == {name}
    assert [tuple(deviation) for deviation in found[name].deviations] == [(path, expected, got)]


@pytest.mark.parametrize(
    ("status", "body", "verdict", "said"),
    [
        (404, {"detail": "Not Found"}, "missing", '404 "Not Found"'),
        (404, "<h1>404</h1>", "missing", '404 "<h1>404</h1>"'),
        (405, {"detail": "Method Not Allowed"}, "missing", '405 "Method Not Allowed"'),
        (404, {"detail": "Contact not found"}, "deviates", '404 "Contact not found"'),
        (500, "Internal Server Error", "deviates", '500 "Internal Server Error"'),
        (403, {"detail": "no"}, "deviates", '403 "no"'),
        (401, {"detail": "no"}, "skipped", 'not allowed: 401 "no"'),
        (200, "<html>", "deviates", '"<html>"'),
    ],
)
async def test_an_answer_of_another_status(server, replay, status, body, verdict, said):
    replay.answers["contacts.list"] = (status, body)
    finding = (await findings(server))["contacts.list"]
    assert finding.verdict == verdict
    assert said in (finding.why or finding.deviations[0].got)


async def test_what_only_the_gateway_has_is_not_missed(server, replay):
    """The replayed server is the old one."""
    finding = (await findings(server))["profiles.get"]
    assert (finding.verdict, finding.why) == ("skipped", 'only the gateway has it: 404 "Not Found"')


async def test_a_server_without_an_operation(server, replay):
    del replay.answers["polls.list"]
    found = await findings(server)
    assert verdicts(found, "missing") == {"polls.list"}
    assert verdicts(found, "deviates") == set()


@pytest.mark.parametrize(("write", "verdict"), [(True, "missing"), (False, "skipped")])
async def test_what_is_not_tried_can_be_missing(server, replay, write, verdict):
    """Writing routes are looked for only when writing is allowed, and even then nothing is asked of them."""
    del replay.answers["data.delete"]
    assert (await findings(server, write=write))["data.delete"].verdict == verdict
    assert ("history.clear" in replay.probed) is write


async def test_a_read_without_an_id_can_be_missing(server, replay):
    replay.answers["polls.list"] = (200, {"polls": [], "count": 0})
    assert (await findings(server))["polls.get"].verdict == "skipped"
    del replay.answers["polls.get"]
    assert (await findings(server))["polls.get"].verdict == "missing"


async def ask(capsys: Any, url: str, shape: str = "legacy", **options: Any) -> tuple[int, str, str]:
    """The command, in a thread: it has a loop of its own."""
    arguments = {"token": TOKEN, "profile": "student:5", "write": False, "as_json": False} | options
    code = await asyncio.to_thread(lambda: run(url, shape, **arguments))
    said = capsys.readouterr()
    return code, said.out, said.err


async def test_the_command_says_a_line_an_operation(server, capsys):
    code, out, err = await ask(capsys, str(server.make_url("/")))
    lines = out.splitlines()
    assert (code, err) == (0, "")
    assert len(lines) == len(CONTRACTS) + 1
    assert "conforms  conversations.list" in lines
    assert "skipped   messages.send (changes data: only with --write)" in lines


async def test_the_command_fails_on_a_deviation(server, replay, capsys):
    replay.spoil("blocks.list", without("blocked"))
    code, out, _ = await ask(capsys, str(server.make_url("")))
    assert code == 1
    assert "deviates  blocks.list: `$.blocked`: expected present, got absent" in out.splitlines()


async def test_the_command_for_programs(server, replay, capsys):
    replay.spoil("blocks.list", without("blocked"))
    del replay.answers["polls.list"]
    code, out, _ = await ask(capsys, str(server.make_url("")), as_json=True)
    said = json.loads(out)
    entries = {entry["operation"]: entry for entry in said["operations"]}
    assert code == 1
    assert (said["deviates"], said["missing"]) == (1, 1)
    assert said["conforms"] + said["skipped"] + 2 == len(CONTRACTS)
    assert entries["blocks.list"] == {
        "operation": "blocks.list",
        "verdict": "deviates",
        "deviations": [{"path": "$.blocked", "expected": "present", "got": "absent"}],
    }
    assert entries["polls.list"]["verdict"] == "missing"


async def test_a_token_that_nobody_believes(server, replay, capsys):
    replay.token = "another"
    code, _, err = await ask(capsys, str(server.make_url("")))
    assert (code, err) == (
        2,
        "chat-gateway check: nothing could be checked: is the token one that this server believes?\n",
    )


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"shape": "3.0"}, "no contract for the shape 3.0"),
        ({"profile": "tutor"}, "--profile tutor: it must look like tutor:5"),
        ({"profile": "pupil:5"}, "it must look like tutor:5"),
        ({}, "no answer from"),
        ({"url": "nonsense"}, "no answer from"),
    ],
)
async def test_called_wrongly_or_nobody_there(options, words, capsys):
    arguments = {"url": f"http://127.0.0.1:{unused_port()}"} | options
    code, out, err = await ask(capsys, **arguments)
    assert (code, out) == (2, "")
    assert words in err
