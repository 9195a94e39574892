-- How it is usually done: everything in one transaction. For comparison only (bench.py).
BEGIN;
-- Without this it deadlocks with a live writer more often than it gets through.
LOCK TABLE chat_messages, message_reactions, call_logs, conversation_participants, conversations, chat_settings,
    blocked_chat_contacts, users IN ACCESS EXCLUSIVE MODE;
ALTER TABLE conversations ADD COLUMN created_by_user_id integer REFERENCES users(id);
UPDATE conversations c SET created_by_user_id = p.user_id FROM conversation_participants p
    WHERE p.conversation_id = c.id AND p.profile_id = c.created_by_profile_id AND p.profile_type = c.created_by_profile_type;
CREATE INDEX plain_creator ON conversations (created_by_user_id);
ALTER TABLE conversation_participants ALTER COLUMN profile_id DROP NOT NULL, ALTER COLUMN profile_type DROP NOT NULL;
DELETE FROM conversation_participants a USING conversation_participants b
    WHERE a.conversation_id = b.conversation_id AND a.user_id = b.user_id AND a.id > b.id;
CREATE UNIQUE INDEX plain_participant ON conversation_participants (conversation_id, user_id);
ALTER TABLE chat_messages ALTER COLUMN sender_profile_id DROP NOT NULL, ALTER COLUMN sender_profile_type DROP NOT NULL;
ALTER TABLE chat_messages ADD COLUMN pinned_by_user_id integer REFERENCES users(id);
ALTER TABLE chat_messages ADD COLUMN forwarded_from_user_id integer REFERENCES users(id);
UPDATE chat_messages m SET sender_user_id = o.user_id FROM (
    SELECT 'student' AS t, id, user_id FROM student_profiles UNION ALL SELECT 'tutor', id, user_id FROM tutor_profiles
    UNION ALL SELECT 'parent', id, user_id FROM parent_profiles
    UNION ALL SELECT 'advertiser', id, user_id FROM advertiser_profiles) o
    WHERE o.t = m.sender_profile_type AND o.id = m.sender_profile_id;
CREATE INDEX plain_sender ON chat_messages (sender_user_id);
ALTER TABLE call_logs ALTER COLUMN caller_profile_id DROP NOT NULL, ALTER COLUMN caller_profile_type DROP NOT NULL;
CREATE INDEX plain_caller ON call_logs (caller_user_id);
ALTER TABLE chat_settings ALTER COLUMN profile_id DROP NOT NULL, ALTER COLUMN profile_type DROP NOT NULL;
DELETE FROM chat_settings a USING chat_settings b WHERE a.user_id = b.user_id AND a.id > b.id;
CREATE UNIQUE INDEX plain_settings ON chat_settings (user_id);
ALTER TABLE blocked_chat_contacts ADD COLUMN is_active boolean DEFAULT true;
DELETE FROM blocked_chat_contacts a USING blocked_chat_contacts b
    WHERE a.blocker_user_id = b.blocker_user_id AND a.blocked_user_id = b.blocked_user_id AND a.id > b.id;
CREATE UNIQUE INDEX plain_block ON blocked_chat_contacts (blocker_user_id, blocked_user_id);
DELETE FROM message_reactions a USING message_reactions b
    WHERE a.message_id = b.message_id AND a.user_id = b.user_id AND a.id > b.id;
CREATE UNIQUE INDEX plain_reaction ON message_reactions (message_id, user_id);
COMMIT;
