"""Two generations of writers, with the statements that their backends send; failures are collected, not raised."""

import asyncio
import json
import random

import asyncpg

from tests.migration.databases import connected


class Writer:
    """Writes until stopped: one transaction after the other, each a random one of `kinds`."""

    reactions = "👍❤😀👏"
    # Between two transactions. A writer without rest makes tables grow faster than they are walked.
    pause_s = 0.005
    tries_again: tuple[type[Exception], ...] = ()  # what this application takes for "once more"
    gone: frozenset[str] = frozenset()  # tables that this database lacks

    def __init__(self, dsn, seed, without=()):
        self.dsn, self.random, self.without = dsn, random.Random(seed), without
        self.failures, self.count, self.stopped = [], 0, asyncio.Event()
        self.progress = asyncio.Condition()

    async def run(self):
        async with self.connection() as connection:
            await self.learn(connection)
            while not self.stopped.is_set():
                await self.once(connection)
                await asyncio.sleep(self.pause_s)

    def connection(self):
        """No prepared statements, as in the old backend's driver: their plans would notice new columns."""
        return connected(self.dsn, statement_cache_size=0)

    async def once(self, connection):
        kind = self.random.choice(self.kinds())
        try:
            async with connection.transaction():
                await kind(connection)
        except self.tries_again:
            pass
        except asyncpg.PostgresError as failure:
            self.failures.append(f"{kind.__name__}: {type(failure).__name__} {failure}")
        async with self.progress:
            self.count += 1
            self.progress.notify_all()

    async def written(self, number):
        """Wait until it wrote so often."""
        async with self.progress:
            await self.progress.wait_for(lambda: self.count >= number)

    async def learn(self, connection):
        """People with a profile, and the memberships: who may write where."""
        query = "SELECT conversation_id, user_id, profile_type, profile_id FROM conversation_participants"
        proper = (
            " p WHERE profile_id >= 100000 AND profile_id < 900000000 AND EXISTS "
            "(SELECT FROM {}_profiles o WHERE o.id = p.profile_id AND o.user_id = p.user_id AND p.profile_type = '{}')"
        )
        self.members = []
        for kind in (
            k for k in ("student", "tutor", "parent", "advertiser") if f"{k}_profiles" not in self.gone
        ):
            self.members += [tuple(r) for r in await connection.fetch(query + proper.format(kind, kind))]
        two = "SELECT s.user_id, s.id, t.id FROM student_profiles s JOIN tutor_profiles t USING (user_id)"
        self.two_roles = [tuple(r) for r in await connection.fetch(two)]
        self.messages = [
            r["id"] for r in await connection.fetch("SELECT id FROM chat_messages WHERE NOT is_deleted")
        ]
        if "poll_options" not in self.gone:
            self.options = [tuple(r) for r in await connection.fetch("SELECT poll_id, id FROM poll_options")]

    def member(self):
        return self.random.choice(self.members)

    def role(self):
        """Somebody with two roles, under one of them."""
        user, student, tutor = self.random.choice(self.two_roles)
        return (user, *self.random.choice([("student", student), ("tutor", tutor)]))

    def kinds(self):
        names = [n for n in dir(self) if n.startswith("write_") and n not in self.without]
        return [getattr(self, n) for n in names]


class Legacy(Writer):
    """Names a person by profile."""

    async def write_message(self, c):
        conversation, user, kind, profile = self.member()
        message = await c.fetchval(
            "INSERT INTO chat_messages (conversation_id, sender_profile_id, sender_profile_type, sender_user_id, "
            "content) VALUES ($1, $2, $3, $4, 'legacy') RETURNING id",
            conversation, profile, kind, user,
        )  # fmt: skip
        assert message
        await c.execute(
            "UPDATE conversations SET last_message_at = now()::timestamp WHERE id = $1", conversation
        )

    async def write_reaction(self, c):
        user, kind, profile = self.role()
        await c.execute(
            "INSERT INTO message_reactions (message_id, profile_id, profile_type, user_id, reaction) "
            "VALUES ($1, $2, $3, $4, $5) ON CONFLICT (message_id, profile_id, profile_type, reaction) DO NOTHING",
            self.random.choice(self.messages), profile, kind, user, self.random.choice(self.reactions[:3]),
        )  # fmt: skip

    async def write_group(self, c):
        user, student, tutor = self.random.choice(self.two_roles)
        conversation = await c.fetchval(
            "INSERT INTO conversations (type, name, created_by_profile_id, created_by_profile_type) "
            "VALUES ('group', 'legacy', $1, 'student') RETURNING id",
            student,
        )
        for kind, profile in (("student", student), ("tutor", tutor)):
            row = await c.fetchval(
                "INSERT INTO conversation_participants (conversation_id, profile_id, profile_type, user_id, role) "
                "VALUES ($1, $2, $3, $4, 'admin') RETURNING id",
                conversation, profile, kind, user,
            )  # fmt: skip
            assert row

    async def write_settings(self, c):
        user, kind, profile = self.role()
        level = self.random.choice(["everyone", "connections", "none"])
        row = await c.fetchval(
            "INSERT INTO chat_settings (user_id, profile_id, profile_type, who_can_message, updated_at) "
            "VALUES ($1, $2, $3, $4, now()::timestamp) ON CONFLICT (user_id, profile_id, profile_type) "
            "DO UPDATE SET who_can_message = EXCLUDED.who_can_message, two_step_verification = false, "
            "two_step_email = NULL, updated_at = now()::timestamp RETURNING id",
            user, profile, kind, level,
        )  # fmt: skip
        assert row

    async def write_heartbeat(self, c):
        user, kind, profile = self.role()
        token = f"live-{user}-{profile}-{kind}"
        query = "UPDATE chat_active_sessions SET last_active = now()::timestamp WHERE session_token = $1"
        if await c.execute(query, token) == "UPDATE 0":
            await c.execute(
                "INSERT INTO chat_active_sessions (user_id, profile_id, profile_type, session_token, device_name) "
                "VALUES ($1, $2, $3, $4, 'browser')",
                user, profile, kind, token,
            )  # fmt: skip

    async def write_block(self, c):
        user, kind, profile = self.role()
        other, other_kind, other_profile = self.role()
        pair = (profile, kind, other_profile, other_kind)
        where = (
            "blocker_profile_id = $1 AND blocker_profile_type = $2 "
            "AND blocked_profile_id = $3 AND blocked_profile_type = $4"
        )
        if user == other:
            return
        if await c.fetchval(f"SELECT id FROM blocked_chat_contacts WHERE {where}", *pair):
            await c.execute(f"DELETE FROM blocked_chat_contacts WHERE {where}", *pair)
            return
        await c.execute(
            "INSERT INTO blocked_chat_contacts (blocker_profile_id, blocker_profile_type, blocked_profile_id, "
            "blocked_profile_type, blocker_user_id, blocked_user_id) VALUES ($1, $2, $3, $4, $5, $6)",
            *pair, user, other,
        )  # fmt: skip

    async def write_pin(self, c):
        _, _, kind, profile = self.member()
        pinned = self.random.random() < 0.5
        await c.execute(
            "UPDATE chat_messages SET is_pinned = $2, pinned_at = CASE WHEN $2 THEN now()::timestamp END, "
            "pinned_by_profile_id = CASE WHEN $2 THEN $3::int END, "
            "pinned_by_profile_type = CASE WHEN $2 THEN $4::text END WHERE id = $1",
            self.random.choice(self.messages), pinned, profile, kind,
        )  # fmt: skip

    async def write_read(self, c):
        conversation, _, kind, profile = self.member()
        await c.execute(
            "UPDATE conversation_participants SET last_read_at = now()::timestamp "
            "WHERE conversation_id = $1 AND profile_id = $2 AND profile_type = $3",
            conversation, profile, kind,
        )  # fmt: skip

    async def write_delete(self, c):
        message = self.random.choice(self.messages)
        await c.execute(
            "UPDATE chat_messages SET is_deleted = true, deleted_at = now()::timestamp WHERE id = $1", message
        )

    async def write_vote(self, c):
        user, kind, profile = self.role()
        poll, option = self.random.choice(self.options)
        await c.execute(
            "DELETE FROM poll_votes WHERE poll_id = $1 AND option_id = $2 AND profile_id = $3",
            poll,
            option,
            profile,
        )
        await c.execute(
            "INSERT INTO poll_votes (poll_id, option_id, user_id, profile_id, profile_type) "
            "VALUES ($1, $2, $3, $4, $5)",
            poll, option, user, profile, kind,
        )  # fmt: skip

    async def write_call(self, c):
        conversation, user, kind, profile = self.member()
        await c.execute(
            "INSERT INTO call_logs (conversation_id, caller_profile_id, caller_profile_type, caller_user_id, "
            "call_type, participants) VALUES ($1, $2, $3, $4, 'video', $5::jsonb)",
            conversation, profile, kind, user, json.dumps([{"profile_id": profile, "profile_type": kind}]),
        )  # fmt: skip

    async def write_archive(self, c):
        conversation, *_ = self.member()
        await c.execute("UPDATE conversations SET is_archived = NOT is_archived WHERE id = $1", conversation)


class Modern(Writer):
    """Names a person by user id; looks before it writes, so that it works before the unique indexes, too."""

    async def write_message(self, c):
        conversation, user, kind, profile = self.member()
        if self.random.random() < 0.5:
            await c.execute("SELECT set_config('chat.profile', $1, true)", f"{kind}:{profile}")
        await c.execute(
            "INSERT INTO chat_messages (conversation_id, sender_user_id, content) VALUES ($1, $2, 'modern')",
            conversation, user,
        )  # fmt: skip

    async def write_reaction(self, c):
        user, *_ = self.role()
        message = self.random.choice(self.messages)
        query = "UPDATE message_reactions SET reaction = $3 WHERE message_id = $1 AND user_id = $2"
        if await c.execute(query, message, user, self.reactions[3]) == "UPDATE 0":
            await c.execute(
                "INSERT INTO message_reactions (message_id, user_id, reaction) VALUES ($1, $2, $3) "
                "ON CONFLICT DO NOTHING",
                message, user, self.reactions[3],
            )  # fmt: skip

    async def write_direct(self, c):
        (a, *_), (b, *_) = self.role(), self.role()
        conversation = await c.fetchval(
            "INSERT INTO conversations (type, created_by_user_id) VALUES ('direct', $1) RETURNING id", a
        )
        for user in {a, b}:
            await c.execute(
                "INSERT INTO conversation_participants (conversation_id, user_id) VALUES ($1, $2)",
                conversation,
                user,
            )

    async def write_settings(self, c):
        user, *_ = self.role()
        query = "UPDATE chat_settings SET who_can_message = 'connections' WHERE user_id = $1"
        if await c.execute(query, user) == "UPDATE 0":
            insert = "INSERT INTO chat_settings (user_id, who_can_message) VALUES ($1, 'connections') "
            await c.execute(insert + "ON CONFLICT DO NOTHING", user)

    async def write_pin(self, c):
        _, user, *_ = self.member()
        message = self.random.choice(self.messages)
        if await c.execute("DELETE FROM pinned_messages WHERE message_id = $1", message) == "DELETE 0":
            await c.execute(
                "INSERT INTO pinned_messages (message_id, conversation_id, pinned_by_user_id) "
                "SELECT id, conversation_id, $2 FROM chat_messages WHERE id = $1 ON CONFLICT DO NOTHING",
                message, user,
            )  # fmt: skip

    async def write_read(self, c):
        conversation, user, *_ = self.member()
        await c.execute(
            "UPDATE conversation_participants SET last_read_at = now()::timestamp "
            "WHERE conversation_id = $1 AND user_id = $2",
            conversation, user,
        )  # fmt: skip

    async def write_unblock(self, c):
        user, *_ = self.role()
        await c.execute("UPDATE blocked_chat_contacts SET is_active = false WHERE blocker_user_id = $1", user)
