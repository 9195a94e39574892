from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters import OPERATIONS
from contracts.model.errors import GatewayError, InvalidRequest, InvalidValue, MethodNotAllowed, NotFound
from contracts.operation import Operation
from gateway.exchange.routes import GUARDED, Routes, canonical, fill

ROUTES = Routes(OPERATIONS)
LEGACY, MODERN = {"profile_id": "5", "profile_type": "student"}, {"user_id": "1"}


@pytest.mark.parametrize(
    ("method", "path", "query", "name", "shape"),
    [
        ("GET", "/api/chat/conversations", LEGACY, "conversations.list", "legacy"),
        ("GET", "/api/chat/conversations", {"profile_id": "undefined"}, "conversations.list", "legacy"),
        ("GET", "/api/chat/conversations", MODERN, "conversations.list", "2.1"),
        ("GET", "/api/chat/conversations", {}, "conversations.list", "2.1"),
        ("GET", "/api/chat/conversations/", LEGACY, "conversations.list", "legacy"),
        ("GET", "/api/chat/users/online-status", {"profile_ids": ""}, "presence.bulk", "legacy"),
        # A path that only one shape knows tells the shape by itself.
        ("DELETE", "/api/chat/block/5/tutor", MODERN, "blocks.delete", "legacy"),
        ("DELETE", "/api/chat/block/5", LEGACY, "blocks.delete", "2.1"),
        ("GET", "/api/chat/messages/11", {}, "messages.list", "legacy"),
        ("POST", "/api/chat/messages", MODERN, "messages.send", "legacy"),
        ("GET", "/api/chat/users/5/Tutor/status", LEGACY, "presence.get", "legacy"),
        ("GET", "/api/chat/users/5/status", MODERN, "presence.get", "2.1"),
    ],
)
def test_the_operation_and_its_shape(
    method: str, path: str, query: dict[str, str], name: str, shape: str
) -> None:
    match = ROUTES.match(method, path, query, None)
    assert match is not None
    assert (match.operation.name, match.shape) == (name, shape)


@pytest.mark.parametrize(("override", "shape"), [("legacy", "legacy"), ("2.1", "2.1")])
def test_a_header_overrides_the_shape(override: str, shape: str) -> None:
    match = ROUTES.match("GET", "/api/chat/conversations", LEGACY, override)
    assert match is not None
    assert match.shape == shape


@pytest.mark.parametrize("override", ["2.0", "", "LEGACY", "2.2"])
def test_a_shape_that_nobody_speaks_is_refused(override: str) -> None:
    with pytest.raises(InvalidRequest, match="X-Chat-API"):
        ROUTES.match("GET", "/api/chat/conversations", {}, override)


@pytest.mark.parametrize(
    "path", ["/api/login", "/", "/api/chatter", "/wsx", "/api/users/5", "/static/api/chat/x"]
)
def test_everything_else_streams_through(path: str) -> None:
    assert ROUTES.match("POST", path, {}, None) is None


@pytest.mark.parametrize(
    "path", ["/api/chat/nothing", "/api/chat", "/ws/5", "/api/call-logs/x/y/z", "/api/chat/block"]
)
def test_an_unknown_chat_operation_is_not_forwarded(path: str) -> None:
    with pytest.raises((NotFound, MethodNotAllowed)):
        ROUTES.match("PATCH", path, {}, None)


def test_a_wrong_method_says_which_ones_there_are() -> None:
    with pytest.raises(MethodNotAllowed) as caught:
        ROUTES.match("PATCH", "/api/chat/messages/5", LEGACY, None)
    assert caught.value.headers["Allow"] == "DELETE, GET, PUT"


@pytest.mark.parametrize(
    "path",
    [
        "/api/chat/../login",
        "/api/chat/./conversations",
        "/api/chat//conversations",
        "/api/x/../chat/conversations",
        "/api/x/%2e%2e/chat/conversations",
        "/api/%2563hat/conversations",
        "/api/chat%2fconversations",
        "/api/chat/conversations%2f11",
        "/api/chat/conversations;x=1",
        "/api/x/..;/chat/conversations",
        "//api/chat/conversations",
        "/api\\chat/conversations",
        "/API/CHAT/conversations",
        "/api/chat/messages/11%00",
        "/api/chat/messages/11%0d%0aX:1",
        "/api/chat/messages/%ff",
        "/api/chat/messages/%2525",
    ],
)
def test_a_path_that_could_be_read_in_two_ways_is_refused(path: str) -> None:
    with pytest.raises(InvalidRequest):
        ROUTES.match("GET", path, {}, None)


@pytest.mark.parametrize(
    ("path", "place"),
    [
        ("/api/chat/messages/abc", "conversation_id"),
        ("/api/chat/messages/0", "conversation_id"),
        ("/api/chat/messages/-1", "conversation_id"),
        ("/api/chat/messages/1e3", "conversation_id"),
        ("/api/chat/messages/" + "9" * 20, "conversation_id"),
        ("/api/chat/messages/" + quote("٥"), "conversation_id"),
        ("/api/chat/users/5/boss/status", "target_profile_type"),
    ],
)
def test_a_part_of_the_path_that_is_no_id_is_named(path: str, place: str) -> None:
    with pytest.raises(InvalidValue, match=rf"^\$\.path\.{place}: must be"):
        ROUTES.match("GET", path, LEGACY, None)


def test_the_parsed_value_is_forwarded_never_the_text() -> None:
    match = ROUTES.match("DELETE", "/api/chat/block/0005/TUTOR", {}, None)
    assert match is not None
    assert match.path == {"blocked_profile_id": "5", "blocked_profile_type": "tutor"}


def test_a_reaction_goes_back_into_the_path_encoded() -> None:
    match = ROUTES.match("DELETE", "/api/chat/messages/5/reactions/%F0%9F%91%8D", LEGACY, None)
    assert match is not None
    assert match.operation.modern is not None
    assert fill(match.operation.modern.template, match.path) == "/api/chat/messages/5/reactions/%F0%9F%91%8D"


@pytest.mark.parametrize("text", ["", ".", ".."])
def test_a_value_that_would_change_the_path_is_refused(text: str) -> None:
    with pytest.raises(InvalidValue):
        fill("/api/chat/messages/{message_id}", {"message_id": text})


@pytest.mark.parametrize("preflight", [False, True])
@pytest.mark.parametrize(
    "path", ["/api/%63hat/..%2f..%2fadmin", "/api/chat/../admin", "/api/x/%2e%2e/chat/x", "/api/chat/a;b"]
)
def test_options_meet_the_same_guard(path: str, preflight: bool) -> None:
    with pytest.raises(InvalidRequest):
        ROUTES.options(path, preflight=preflight)


@pytest.mark.parametrize(
    ("path", "target"),
    [
        ("/api/%63hat/conversations/", "/api/chat/conversations"),
        ("/api/chat/block/5/tutor", "/api/chat/block/5/tutor"),
        ("/api/chat/messages/5/reactions/%F0%9F%91%8D", "/api/chat/messages/5/reactions/%F0%9F%91%8D"),
        ("/api/login", ""),
    ],
)
def test_options_are_forwarded_with_the_path_that_was_looked_at(path: str, target: str) -> None:
    assert ROUTES.options(path, preflight=False) == ROUTES.options(path, preflight=True) == target


def test_only_a_preflight_may_ask_about_what_nobody_knows() -> None:
    assert ROUTES.options("/api/chat/nothing", preflight=True) == "/api/chat/nothing"
    with pytest.raises(NotFound):
        ROUTES.options("/api/chat/nothing", preflight=False)


SEGMENTS = st.sampled_from(
    [
        "api",
        "chat",
        "ws",
        ".",
        "..",
        "",
        "%2e%2e",
        "%2f",
        "chat%2fx",
        "..;",
        "%25%32%65",
        "\\",
        "messages",
        "5",
        "%c0%ae",
    ]
)


@given(st.lists(SEGMENTS, max_size=7))
def test_ownership_and_forwarded_path_agree(segments: list[str]) -> None:
    """Either we guard exactly the path that we would forward, or nobody can read it as a guarded one."""
    path = "/" + "/".join(segments)
    try:
        known = canonical(path)
    except GatewayError:
        return
    if known is not None:
        assert known == path.rstrip("/")
    else:
        assert not path.startswith(tuple(f"{prefix}/" for prefix in GUARDED))


def test_operations_of_the_table_are_found_by_their_own_paths() -> None:
    for row in (row for row in OPERATIONS if row.legacy):
        assert _found(row) == row


def _found(row: Operation) -> Operation | None:
    assert row.legacy is not None
    values = {name: "5" if name.endswith("_id") else "tutor" for name in row.legacy.parameters}
    match = ROUTES.match(row.legacy.method, fill(row.legacy.template, values), LEGACY, "legacy")
    return match.operation if match else None


@given(st.lists(st.sampled_from(["api", "API", "chat", "Chat", "call-logs", "ws", "x", "_-9"]), min_size=1))
def test_a_plain_path_is_read_as_an_encoded_one(steps: list[str]) -> None:
    """The first character encoded is the same path, by the long way."""
    path = "/" + "/".join(steps)
    encoded = f"/%{ord(path[1]):02x}{path[2:]}"
    results = []
    for text in (path, encoded):
        try:
            results.append(canonical(text))
        except InvalidRequest as error:
            results.append(error.message)
    assert results[0] == results[1]
