import pytest

from tests.backend.conftest import (
    ABEL,
    ABEL_BEZA,
    ABEL_DESTA,
    ABEL_FIKRU,
    BEZA,
    BEZA_CHALA,
    CHALA,
    DESTA,
    FIKRU,
    GROUP,
    HANNA,
)

NOT_IN_IT = "You are not a participant in this conversation"


def ids(answer):
    return [message["id"] for message in answer["messages"]]


def by_id(answer):
    return {message["id"]: message for message in answer["messages"]}


@pytest.mark.migrated
async def test_the_window_is_oldest_first_without_deleted_ones(person):
    answer = await person(ABEL).read(ABEL_BEZA)
    assert ids(answer) == [201, 202, 203, 205, 206, 207, 208, 209, 210]
    assert (answer["has_more"], answer["total_count"]) == (False, 9)
    found = by_id(answer)
    assert all(not m["content"].startswith("gAAAAA") for m in answer["messages"])
    assert found[206]["reply_to"]["sender_user_id"] == BEZA
    assert found[206]["reply_to"]["content"] == found[203]["content"]
    assert found[207]["reactions"] == [
        {"reaction": "heart", "count": 1, "user_ids": [ABEL]},
        {"reaction": "thumbsup", "count": 1, "user_ids": [BEZA]},
    ]
    assert (found[207]["is_pinned"], found[207]["pinned_by_user_id"]) == (True, ABEL)
    assert (found[208]["is_forwarded"], found[208]["forwarded_from_name"]) == (True, "Chala C")
    assert found[205]["media_metadata"]["width"] == 800
    assert found[201]["created_at"] == "2026-11-20T08:01:00Z"


async def test_is_mine_from_both_sides(person):
    abel, beza = by_id(await person(ABEL).read(ABEL_BEZA)), by_id(await person(BEZA).read(ABEL_BEZA))
    assert all(abel[m]["is_mine"] != beza[m]["is_mine"] for m in abel)
    assert [m for m in abel if abel[m]["is_mine"]] == [202, 206, 208, 209]


@pytest.mark.parametrize(
    ("query", "found", "more"),
    [
        ({"limit": 3}, [208, 209, 210], True),
        ({"limit": 3, "offset": 2}, [206, 207, 208], True),
        ({"limit": 0}, [], True),
        ({"limit": 9}, [201, 202, 203, 205, 206, 207, 208, 209, 210], False),
        ({"limit": 2, "before_message_id": 205}, [202, 203], True),
        ({"before_message_id": 201}, [], False),
        ({"limit": 10000, "after": "2026-11-20T08:12:00Z"}, [209, 210], False),
        ({"after": "2026-11-20T11:12:00+03:00"}, [209, 210], False),
        ({"limit": 1, "after": "yesterday"}, [210], True),
        ({"before_message_id": 2**40}, [], False),
    ],
)
async def test_windows(person, query, found, more):
    answer = await person(ABEL).read(ABEL_BEZA, **query)
    assert (ids(answer), answer["has_more"], answer["total_count"]) == (found, more, 9)


@pytest.mark.migrated
async def test_reading_marks_as_read(person, database):
    await person(ABEL).read(ABEL_BEZA, before_message_id=203)
    row = await database.fetchrow(
        "SELECT last_read_message_id FROM conversation_participants WHERE conversation_id = 11 AND user_id = 1"
    )
    assert row["last_read_message_id"] == 210
    entry = next(e for e in await person(ABEL).get("/api/chat/conversations") if e["id"] == ABEL_BEZA)
    assert entry["unread_count"] == 0


@pytest.mark.migrated
async def test_a_message_goes_from_one_to_the_other(person):
    sent = await person(ABEL).send(ABEL_BEZA, "ሰላም 🙂", reply_to_id=210)
    assert (sent["sender_user_id"], sent["sender_name"], sent["content"]) == (ABEL, "Abel A", "ሰላም 🙂")
    assert "is_forwarded" not in sent
    got = by_id(await person(BEZA).read(ABEL_BEZA))[sent["id"]]
    assert (got["content"], got["is_mine"], got["reply_to"]["id"]) == ("ሰላም 🙂", False, 210)
    entry = (await person(BEZA).get("/api/chat/conversations"))[0]
    assert (entry["id"], entry["last_message_at"]) == (ABEL_BEZA, sent["created_at"])
    assert entry["updated_at"] == sent["created_at"]


@pytest.mark.migrated
async def test_writing_is_no_reading(person):
    """What others wrote stays unread for who writes without having read it, and the others see that."""
    await person(ABEL).read(ABEL_BEZA)
    theirs = await person(BEZA).send(ABEL_BEZA)
    await person(ABEL).send(ABEL_BEZA)
    entry = next(e for e in await person(ABEL).get("/api/chat/conversations") if e["id"] == ABEL_BEZA)
    assert entry["unread_count"] == 1
    assert by_id(await person(BEZA).read(ABEL_BEZA))[theirs["id"]]["status"] == "sent"
    await person(ABEL).read(ABEL_BEZA)
    assert by_id(await person(BEZA).read(ABEL_BEZA))[theirs["id"]]["status"] == "read"


@pytest.mark.migrated
async def test_who_has_read_everything_has_read_its_own_message_too(person):
    await person(ABEL).read(ABEL_BEZA)
    sent = await person(ABEL).send(ABEL_BEZA)
    (mine,) = [
        status
        for status in (await person(BEZA).get(f"/api/chat/conversations/{ABEL_BEZA}/read-status"))[
            "read_status"
        ]
        if status["user_id"] == ABEL
    ]
    assert mine["last_read_message_id"] == sent["id"]


@pytest.mark.migrated
async def test_media_and_metadata(person):
    metadata = {"width": 640, "nested": {"a": [1, None]}}
    sent = await person(ABEL).send(
        ABEL_BEZA, None, message_type="image", media_url="/m/1", media_metadata=metadata
    )
    assert by_id(await person(BEZA).read(ABEL_BEZA))[sent["id"]]["media_metadata"] == metadata


async def test_read_status(person):
    sent = await person(ABEL).send(ABEL_BEZA)
    status = lambda answer: by_id(answer)[sent["id"]]["status"]  # noqa: E731
    assert status(await person(ABEL).read(ABEL_BEZA)) == "sent"
    assert status(await person(BEZA).read(ABEL_BEZA)) is None
    assert status(await person(ABEL).read(ABEL_BEZA)) == "read"


async def test_who_hides_receipts_is_not_counted(person):
    sent = await person(ABEL).send(ABEL_DESTA)
    await person(DESTA).read(ABEL_DESTA)
    assert by_id(await person(ABEL).read(ABEL_DESTA))[sent["id"]]["status"] == "sent"


@pytest.mark.migrated
async def test_in_a_group_everybody_must_have_read_it(person):
    sent = await person(ABEL).send(GROUP)
    await person(BEZA).read(GROUP)
    assert by_id(await person(ABEL).read(GROUP))[sent["id"]]["status"] == "sent"
    await person(CHALA).read(GROUP)
    assert by_id(await person(ABEL).read(GROUP))[sent["id"]]["status"] == "read"


@pytest.mark.migrated
async def test_edit_is_seen_by_the_other(person, database):
    sent = await person(ABEL).send(ABEL_BEZA, "first")
    for text in ("second", "third"):
        answer = await person(ABEL).put(f"/api/chat/messages/{sent['id']}", {"content": text})
        assert answer["message_id"] == sent["id"]
    got = by_id(await person(BEZA).read(ABEL_BEZA))[sent["id"]]
    assert (got["content"], got["is_edited"]) == ("third", True)
    assert got["edited_at"] is not None
    assert (
        await database.fetchval("SELECT original_content FROM chat_messages WHERE id = $1", sent["id"])
        == "first"
    )


@pytest.mark.migrated
async def test_delete_is_for_everybody_and_answers_lose_their_quote(person):
    sent = await person(ABEL).send(ABEL_BEZA, "gone")
    answer = await person(BEZA).send(ABEL_BEZA, "to that", reply_to_id=sent["id"])
    await person(ABEL).delete(f"/api/chat/messages/{sent['id']}", for_everyone="true")
    for who in (ABEL, BEZA):
        found = by_id(await person(who).read(ABEL_BEZA))
        assert sent["id"] not in found
        assert (found[answer["id"]]["reply_to_id"], found[answer["id"]]["reply_to"]) == (sent["id"], None)
    await person(ABEL).delete(f"/api/chat/messages/{sent['id']}", status=404)


@pytest.mark.parametrize(
    ("who", "message", "status", "said"),
    [
        (BEZA, 202, 403, "You can only {} your own messages"),
        (CHALA, 202, 403, NOT_IN_IT),
        (ABEL, 204, 404, "Message not found"),
        (ABEL, 99999, 404, "Message not found"),
        (ABEL, 2**40, 404, "Message not found"),
        (ABEL, "x", 422, "$.path.message_id: must be a positive whole number below 2^63"),
    ],
)
async def test_others_messages_stay(person, who, message, status, said):
    path = f"/api/chat/messages/{message}"
    assert (await person(who).put(path, {"content": "x"}, status=status))["detail"] == said.format("edit")
    assert (await person(who).delete(path, status=status))["detail"] == said.format("delete")


@pytest.mark.parametrize(
    ("who", "conversation", "more", "status", "said"),
    [
        (ABEL, BEZA_CHALA, {}, 403, NOT_IN_IT),
        (ABEL, 99999, {}, 403, NOT_IN_IT),
        (ABEL, ABEL_FIKRU, {}, 403, "This user has disabled messages"),
        (ABEL, ABEL_BEZA, {"reply_to_id": 99999}, 404, "$.body.reply_to_id: Message not found"),
        (ABEL, ABEL_BEZA, {"reply_to_id": 204}, 404, "$.body.reply_to_id: Message not found"),
        (ABEL, ABEL_BEZA, {"reply_to_id": 241}, 404, "$.body.reply_to_id: Message not found"),
        (
            ABEL,
            ABEL_BEZA,
            {"message_type": "banana"},
            422,
            "$.body.message_type: Invalid enum value 'banana'",
        ),
        (ABEL, ABEL_BEZA, {"content": ""}, 422, "$.body.content: a text needs content"),
        (ABEL, ABEL_BEZA, {"content": 5}, 422, "$.body.content: Expected `str | null`, got `int`"),
        (ABEL, ABEL_BEZA, {"content": "a\x00b"}, 422, "A value does not fit"),
        (
            ABEL,
            ABEL_BEZA,
            {"media_metadata": []},
            422,
            "$.body.media_metadata: Expected `object | null`, got `array`",
        ),
        (ABEL, ABEL_BEZA, {"media_url": "x" * 501}, 422, "$.body.media_url: Expected"),
        (
            ABEL,
            ABEL_BEZA,
            {"forwarded_from_user_id": 99999},
            404,
            "$.body.forwarded_from_user_id: User not found",
        ),
    ],
)
async def test_refusals(person, who, conversation, more, status, said):
    answer = await person(who).send(conversation, **{"content": "x", **more}, status=status)
    assert answer["detail"].startswith(said)


@pytest.mark.migrated
async def test_blocks_stop_messages_both_ways(person):
    await person(BEZA).post("/api/chat/block", {"blocked_user_id": ABEL})
    assert (await person(ABEL).send(ABEL_BEZA, status=403))["detail"] == "You have been blocked by this user"
    assert (await person(BEZA).send(ABEL_BEZA, status=403))["detail"] == "You have blocked this user"
    await person(BEZA).delete(f"/api/chat/block/{ABEL}")
    await person(ABEL).send(ABEL_BEZA)


@pytest.mark.parametrize(
    ("who_can_message", "connected", "refused"),
    [
        ("everyone", True, None),
        ("everyone", False, None),
        ("connections", True, None),
        ("connections", False, "This user only accepts messages from connections"),
        ("none", True, "This user has disabled messages"),
        ("none", False, "This user has disabled messages"),
    ],
)
async def test_privacy(person, database, who_can_message, connected, refused):
    await person(BEZA).put("/api/chat/settings", {"settings": {"who_can_message": who_can_message}})
    if not connected:
        await database.execute("UPDATE connections SET status = 'rejected' WHERE id = 1")
    answer = await person(ABEL).send(ABEL_BEZA, status=403 if refused else 200)
    assert answer.get("detail") == refused


@pytest.mark.migrated
async def test_forwarding(person):
    body = {"forwarded_from_user_id": DESTA, "forwarded_from_name": "Desta D", "is_forwarded": True}
    sent = await person(ABEL).send(ABEL_BEZA, **body)
    assert {name: sent[name] for name in body} == body
    got = by_id(await person(BEZA).read(ABEL_BEZA))[sent["id"]]
    assert (got["is_forwarded"], got["forwarded_from_user_id"]) == (True, DESTA)


async def test_forwarding_can_be_forbidden_by_the_author(person):
    answer = await person(ABEL).send(ABEL_BEZA, forwarded_from_user_id=CHALA, status=403)
    assert answer["detail"] == "This message cannot be forwarded - sender has disabled forwarding"
    await person(CHALA).send(BEZA_CHALA, forwarded_from_user_id=CHALA, is_forwarded=True)


@pytest.mark.migrated
async def test_hidden_and_cleared_are_absent_for_that_person_only(person, database):
    await database.execute("UPDATE chat_messages SET deleted_for_user_ids = '[1]' WHERE id = 205")
    await database.execute(
        "UPDATE conversation_participants SET chat_cleared_at = '2026-11-20 08:04:00'"
        " WHERE conversation_id = 11 AND user_id = 1"
    )
    answer = await person(ABEL).read(ABEL_BEZA)
    assert (ids(answer), answer["total_count"]) == ([206, 207, 208, 209, 210], 5)
    assert by_id(answer)[206]["reply_to"] is None
    assert len(ids(await person(BEZA).read(ABEL_BEZA))) == 9


@pytest.mark.parametrize(("who", "conversation"), [(ABEL, BEZA_CHALA), (HANNA, ABEL_BEZA), (FIKRU, GROUP)])
async def test_strangers_read_nothing(person, who, conversation):
    assert (await person(who).read(conversation, status=403))["detail"] == NOT_IN_IT


@pytest.mark.migrated
async def test_who_left_a_group_reads_and_writes_no_more(person, database):
    await database.execute("UPDATE conversation_participants SET is_active = false WHERE user_id = 3")
    await person(CHALA).read(GROUP, status=403)
    await person(CHALA).send(GROUP, status=403)
    await person(CHALA).put("/api/chat/messages/221", {"content": "x"}, status=403)


@pytest.mark.parametrize(
    ("body", "place"),
    [
        ({"content": "x" * 65_537}, "$.body.content"),
        ({"content": "x" * 900_000}, "$.body.content"),
        ({"content": "x", "media_metadata": {"x": "y" * 16_384}}, "$.body.media_metadata"),
        ({"content": "x", "media_metadata": {str(n): 1 for n in range(101)}}, "$.body.media_metadata"),
    ],
    ids=["text", "much text", "metadata", "many keys"],
)
async def test_a_value_has_a_length(person, body, place):
    path = f"/api/chat/conversations/{ABEL_BEZA}/messages"
    answer = await person(ABEL).post(path, body, status=422)
    assert answer["detail"].startswith(place)
    edited = {"content": body["content"]}
    if len(edited["content"]) > 1:
        assert (await person(ABEL).put("/api/chat/messages/202", edited, status=422))[
            "code"
        ] == "invalid_value"


async def test_the_longest_text_is_stored_and_read(person):
    text = "\U0001f600" * 65_536
    sent = await person(ABEL).send(ABEL_BEZA, text)
    assert by_id(await person(BEZA).read(ABEL_BEZA))[sent["id"]]["content"] == text


async def test_what_was_stored_before_texts_had_a_length_is_still_read(person, database):
    """A page ends early, and the rest is on the next ones."""
    old = [202, 203, 205, 206]
    await database.execute("UPDATE chat_messages SET content = repeat('x', 9900000) WHERE id = ANY($1)", old)
    seen, below = [], {}
    while True:
        page = await person(BEZA).read(ABEL_BEZA, **below)
        assert sum(len(message["content"]) for message in page["messages"]) < 2 * 9_900_000
        assert all(len((m["reply_to"] or {}).get("content") or "") <= 2000 for m in page["messages"])
        seen = [*ids(page), *seen]
        if not page["has_more"]:
            break
        below = {"before_message_id": seen[0]}
    assert seen == [201, 202, 203, 205, 206, 207, 208, 209, 210]


async def test_a_list_shows_the_beginning_of_a_long_last_message(person, database):
    await database.execute("UPDATE chat_messages SET content = repeat('x', 9900000) WHERE id = 210")
    found = {row["id"]: row for row in await person(ABEL).get("/api/chat/conversations")}
    assert found[ABEL_BEZA]["last_message"]["content"] == "x" * 2000
