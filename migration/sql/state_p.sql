-- State P, on top of legacy_schema.sql: production as deployed on 2026-02-05. Tables and columns were added, nothing was
-- filled, no profile column became nullable.

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
ALTER TABLE chat_active_sessions ADD COLUMN is_online boolean DEFAULT true;
ALTER TABLE chat_active_sessions ADD COLUMN last_active_at timestamp;
ALTER TABLE conversations ADD COLUMN created_by_user_id integer;
