from tests.backend.conftest import ABEL, ABEL_BEZA, token

HEADERS = {"Authorization": f"Bearer {token(ABEL)}"}
MESSAGES = f"/api/chat/conversations/{ABEL_BEZA}/messages"


async def test_a_failed_operation_changes_nothing(person, database):
    """What writes is one transaction: a refusal at the end takes everything back."""
    before = await database.fetchval("SELECT count(*) FROM conversations")
    await person(ABEL).post(
        "/api/chat/conversations", {"participant_user_ids": [2], "type": "group", "name": "a\x00"}, status=422
    )
    assert await database.fetchval("SELECT count(*) FROM conversations") == before


async def test_the_role_is_told_to_the_database(client, database):
    await database.execute("""
        CREATE FUNCTION fill() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
            NEW.sender_profile_type := split_part(current_setting('chat.profile', true), ':', 1);
            NEW.sender_profile_id := split_part(current_setting('chat.profile', true), ':', 2)::int;
            RETURN NEW; END $$;
        CREATE TRIGGER fill BEFORE INSERT ON chat_messages FOR EACH ROW EXECUTE FUNCTION fill()""")
    answer = await client.post(
        MESSAGES, json={"content": "x"}, headers={**HEADERS, "X-Chat-Profile": "tutor:7"}
    )
    row = await database.fetchrow(
        "SELECT sender_profile_type, sender_profile_id FROM chat_messages WHERE id = $1",
        (await answer.json())["id"],
    )
    assert tuple(row) == ("tutor", 7)
