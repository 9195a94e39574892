"""The log: what a line holds, and what it must never hold."""

import asyncio
import io
import json
import logging

import pytest
from aiohttp import web

from gateway.telemetry import log

JWT = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl"


@pytest.fixture
def stream():
    """Where the log goes for one test; the root logger is put back afterwards."""
    root = logging.getLogger()
    before = (root.level, root.handlers[:])
    root.handlers.clear()
    yield io.StringIO()
    root.level, root.handlers[:] = before
    logging.getLogger("asyncio").setLevel(logging.NOTSET)


@pytest.mark.parametrize(
    "text",
    [
        "GET /api/chat/x?password=hush&a=1",
        "GET /api/chat/x?a=1&current_password=hush&new_password=hush",
        "GET /ws/5/tutor?token=hush HTTP/1.1",
        "POST otp=hush",
        "POST otp_code=hush#x",
        "?PASSWORD=hush",
        "?password%3Dhush",
        "refresh_token=hush",
        "{'password': 'hush', 'a': 1}",
        '{"new_password":"hu\\"sh hush", "token": "hush"}',
        '{"otp": 1234567}',
        "Authorization: Bearer hush",
        "Authorization: Basic hush==",
        "{'Authorization': 'Bearer hush'}",
        "(b'authorization', b'Bearer hush')",
        "Sec-WebSocket-Protocol: bearer, hush",
        "Cookie: chat_gateway=hush; b=hush",
        "postgresql://chat:hush@db.internal:5432/chat",
        "postgresql://chat:hu:sh@hush@db.internal:5432/chat",
        f"a bare one: {JWT}",
        f"/path/{JWT}/more",
    ],
)
def test_takes_secrets_out(text):
    scrubbed = log.scrub(text)
    assert "***" in scrubbed
    for secret in ("hush", "hu\\", "hu:", "1234567", "eyJ"):
        assert secret not in scrubbed


@pytest.mark.parametrize(
    "text",
    [
        "GET /api/chat/messages?profile_id=5&profile_type=tutor 200",
        "http://127.0.0.1:8080/a:b@c",
        "the token expired, the password was wrong",
        "tokens=3 topping=4",
    ],
)
def test_leaves_the_rest_alone(text):
    assert log.scrub(text) == text


def test_keeps_what_surrounds_a_secret():
    assert log.scrub("GET /x?a=1&token=hush&b=2 HTTP/1.1") == "GET /x?a=1&token=***&b=2 HTTP/1.1"
    assert log.scrub("postgresql://u:hush@h:1/d") == "postgresql://u:***@h:1/d"


def test_writes_one_json_object_a_line(stream):
    log.configure("json", "info", stream)
    logger = logging.getLogger("gateway.test")
    logger.debug("not shown")
    logger.warning(
        "two\nlines of %s", "hope", extra={"request_id": "a-1", "token": "hush", "ids": [1, "token=hush"]}
    )
    (line,) = stream.getvalue().splitlines()
    said = json.loads(line)
    assert said.pop("time").endswith("Z")
    assert said == {
        "level": "warning",
        "logger": "gateway.test",
        "message": "two\nlines of hope",
        "request_id": "a-1",
        "token": "***",
        "ids": [1, "token=***"],
    }


def test_says_where_an_error_came_from_without_its_secrets(stream):
    log.configure("json", "info", stream)
    try:
        raise ValueError("cannot reach postgresql://chat:hush@db/chat")
    except ValueError:
        logging.getLogger("gateway.test").exception("failed")
    stack = json.loads(stream.getvalue())["stack"]
    assert "ValueError: cannot reach postgresql://chat:***@db/chat" in stack


def test_a_client_cannot_forge_a_line_or_talk_to_the_terminal(stream):
    log.configure("console", "info", stream)
    logging.getLogger("gateway.test").info("path %s", "/a\r\n2026 info forged\x1b[2J\u2028\x85")
    (line,) = stream.getvalue().splitlines()
    assert r"path /a\r\n2026 info forged\x1b[2J\u2028\x85" in line


def test_writes_stacks_for_people(stream):
    log.configure("console", "info", stream)
    try:
        raise ValueError("token=hush")
    except ValueError:
        logging.getLogger("gateway.test").exception("failed", extra={"request_id": "a-1"})
    first, *stack = stream.getvalue().splitlines()
    assert first.endswith("error   gateway.test: failed request_id=a-1")
    assert stack[0] == "Traceback (most recent call last):"
    assert stack[-1] == "ValueError: token=***"


async def test_a_malformed_request_is_one_line_that_does_not_quote_it(stream):
    log.configure("console", "debug", stream)
    runner = web.AppRunner(web.Application())
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    reader, writer = await asyncio.open_connection(*runner.addresses[0])
    writer.write(b"GET /?password=hush HTTP/1.1\r\nHost: a\r\nbad header hush\r\n\r\n")
    assert (await reader.read()).startswith(b"HTTP/1.0 400")
    writer.close()
    await runner.cleanup()
    lines = [line for line in stream.getvalue().splitlines() if "aiohttp.server" in line]
    assert len(lines) == 1
    assert "info    aiohttp.server: malformed request refused: " in lines[0]
    assert "hush" not in stream.getvalue()
    assert "Traceback" not in stream.getvalue()


def test_an_error_of_ours_in_the_server_keeps_its_stack(stream):
    log.configure("json", "info", stream)
    try:
        raise ZeroDivisionError
    except ZeroDivisionError:
        logging.getLogger("aiohttp.server").exception("Error handling request from %s", "127.0.0.1")
    assert "ZeroDivisionError" in json.loads(stream.getvalue())["stack"]
