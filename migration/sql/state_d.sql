-- State D, on top of legacy_schema.sql: the developer database of 2026-02-15. Half of the profile columns are nullable;
-- the creator's user has neither foreign key nor index; sessions are already by person.

ALTER TABLE conversations ADD COLUMN created_by_user_id integer;
ALTER TABLE conversation_participants ALTER COLUMN profile_id DROP NOT NULL, ALTER COLUMN profile_type DROP NOT NULL;
ALTER TABLE chat_messages ALTER COLUMN sender_profile_id DROP NOT NULL, ALTER COLUMN sender_profile_type DROP NOT NULL;
ALTER TABLE chat_active_sessions ALTER COLUMN profile_id DROP NOT NULL, ALTER COLUMN profile_type DROP NOT NULL,
    ALTER COLUMN session_token DROP NOT NULL;
ALTER TABLE chat_active_sessions DROP CONSTRAINT chat_active_sessions_session_token_key;
ALTER TABLE chat_active_sessions RENAME COLUMN last_active TO last_active_at;
ALTER TABLE chat_active_sessions ADD COLUMN is_online boolean NOT NULL DEFAULT true;
ALTER TABLE chat_active_sessions ADD CONSTRAINT unique_user_device UNIQUE (user_id, device_name);
CREATE TABLE chat_two_step_verification (
    id serial PRIMARY KEY,
    user_id integer NOT NULL UNIQUE REFERENCES users(id) ON DELETE CASCADE,
    is_enabled boolean NOT NULL DEFAULT false,
    secret_key varchar(255),
    backup_codes text[],
    created_at timestamp NOT NULL DEFAULT now(),
    updated_at timestamp NOT NULL DEFAULT now(),
    last_verified_at timestamp,
    password_hash varchar(255),
    recovery_email varchar(255)
);
CREATE TABLE pinned_messages (
    id serial PRIMARY KEY,
    message_id integer NOT NULL REFERENCES chat_messages(id) ON DELETE CASCADE,
    conversation_id integer NOT NULL REFERENCES conversations(id) ON DELETE CASCADE,
    pinned_by_user_id integer NOT NULL REFERENCES users(id) ON DELETE CASCADE,
    pinned_at timestamp NOT NULL DEFAULT now(),
    UNIQUE (message_id, conversation_id)
);
CREATE INDEX idx_chat_two_step_user ON chat_two_step_verification (user_id);
CREATE INDEX idx_pinned_messages_conversation ON pinned_messages (conversation_id);
CREATE INDEX idx_pinned_messages_message ON pinned_messages (message_id);
