-- State U: the chat database that a user-based backend needs; what a fresh installation loads.
-- A row names its person by user id. The profile columns of the legacy shape are kept, nullable, never required.
-- `chat-gateway migrate up` brings a legacy database to the same definitions of everything named here.
-- Load directory_notify.sql after it. Loads into an empty database, PostgreSQL 15 or newer.

-- People, and the other tables that the chat reads.
CREATE TABLE users (
    id serial PRIMARY KEY,
    first_name varchar,
    father_name varchar,
    grandfather_name varchar,
    last_name varchar,
    naming_system varchar(20) NOT NULL DEFAULT 'ethiopian',
    email varchar NOT NULL CONSTRAINT users_email_key UNIQUE,
    phone varchar,
    password_hash varchar NOT NULL,
    roles json,
    active_role varchar,
    gender varchar(20),
    date_of_birth date,
    digital_id_no varchar(50),
    profile_picture varchar,
    location varchar,
    display_location boolean DEFAULT true,
    country_code varchar(10),
    currency varchar(10),
    social_links json DEFAULT '{}',
    languages json DEFAULT '[]',
    hobbies json DEFAULT '[]',
    bio text,
    is_active boolean DEFAULT true,
    email_verified boolean DEFAULT false,
    phone_verified boolean DEFAULT false,
    is_verified boolean NOT NULL DEFAULT false,
    verified_at timestamp,
    verification_method varchar(20),
    verification_status varchar(20),
    rejected_at timestamp,
    is_suspended boolean DEFAULT false,
    suspended_at timestamp,
    suspension_reason text,
    suspended_by integer,
    kyc_verified boolean DEFAULT false,
    kyc_verified_at timestamp,
    kyc_verification_id integer,
    has_password boolean DEFAULT true,
    export_verification_code varchar(10),
    export_verification_expiry timestamp,
    google_email varchar,
    oauth_provider varchar(20),
    account_status varchar(20) DEFAULT 'active',
    deactivated_at timestamp,
    scheduled_deletion_at timestamp,
    account_balance numeric(10,2) DEFAULT 0.00,
    subscription_plan_id integer,
    subscription_started_at timestamp,
    subscription_expires_at timestamp,
    theme varchar(20) DEFAULT 'light',
    color_palette varchar(50) DEFAULT 'emerald-gold-charcoal',
    font_family varchar(50) DEFAULT 'patrick-hand',
    font_size integer DEFAULT 16,
    display_density varchar(20) DEFAULT 'comfortable',
    accent_color varchar(20) DEFAULT 'indigo',
    enable_animations boolean DEFAULT true,
    reduce_motion boolean DEFAULT false,
    sidebar_position varchar(20) DEFAULT 'left',
    created_at timestamp DEFAULT CURRENT_TIMESTAMP,
    updated_at timestamp DEFAULT CURRENT_TIMESTAMP,
    last_login timestamp
);
CREATE INDEX idx_users_account_status ON users (account_status);

CREATE TABLE refresh_tokens (
    id serial PRIMARY KEY,
    token varchar NOT NULL UNIQUE,
    user_id integer REFERENCES users(id),
    expires_at timestamp NOT NULL,
    is_revoked boolean DEFAULT false,
    created_at timestamp DEFAULT CURRENT_TIMESTAMP
);

CREATE TABLE otps (
    id serial PRIMARY KEY,
    user_id integer REFERENCES users(id),
    contact varchar,
    otp_code varchar(6) NOT NULL,
    purpose varchar NOT NULL,
    expires_at timestamp NOT NULL,
    is_used boolean,
    created_at timestamp,
    is_otp_verified boolean DEFAULT false
);

CREATE TABLE student_profiles (
    id serial PRIMARY KEY,
    user_id integer CONSTRAINT student_profiles_user_id_key UNIQUE REFERENCES users(id),
    username varchar(100) CONSTRAINT student_profiles_username_key UNIQUE,
    profile_picture varchar,
    cover_image varchar(500),
    hero_title text[] DEFAULT '{}',
    hero_subtitle text[] DEFAULT '{}',
    grade_level varchar,
    studying_at varchar(255),
    career_aspirations text,
    interested_in text[] DEFAULT '{}',
    learning_method text[] DEFAULT '{}',
    quote text[] DEFAULT '{}',
    about text,
    parent_id integer[] DEFAULT '{}',
    is_active boolean DEFAULT true,
    scheduled_deletion_at timestamp,
    two_factor_enabled boolean DEFAULT false,
    two_factor_method varchar(50),
    two_factor_secret varchar(255),
    two_factor_backup_codes text,
    two_factor_temp_code varchar(10),
    two_factor_temp_expiry timestamp,
    two_factor_inapp_password varchar(255),
    two_factor_verification_token varchar(255),
    two_factor_verification_expiry timestamp,
    two_factor_protected_panels jsonb,
    is_online boolean DEFAULT false,
    last_seen timestamptz,
    created_at timestamp DEFAULT CURRENT_TIMESTAMP,
    updated_at timestamp DEFAULT CURRENT_TIMESTAMP
);
CREATE INDEX idx_student_profiles_user_id ON student_profiles (user_id);

CREATE TABLE tutor_profiles (
    id serial PRIMARY KEY,
    user_id integer CONSTRAINT tutor_profiles_user_id_key UNIQUE REFERENCES users(id),
    username varchar(100) CONSTRAINT tutor_profiles_username_key UNIQUE,
    profile_picture varchar,
    bio text,
    quote text,
    expertise_badge varchar(50) DEFAULT 'Tutor',
    hero_titles jsonb,
    hero_subtitle text,
    is_active boolean DEFAULT true,
    is_basic boolean DEFAULT false,
    rejection_reason text,
    scheduled_deletion_at timestamp,
    cover_image varchar,
    two_factor_enabled boolean DEFAULT false,
    two_factor_method varchar(50),
    two_factor_secret varchar(255),
    two_factor_backup_codes text,
    two_factor_temp_code varchar(10),
    two_factor_temp_expiry timestamp,
    two_factor_inapp_password varchar(255),
    two_factor_verification_token varchar(255),
    two_factor_verification_expiry timestamp,
    two_factor_protected_panels jsonb,
    is_online boolean DEFAULT false,
    last_seen timestamptz,
    search_count integer DEFAULT 0,
    trending_score double precision DEFAULT 0,
    last_search_increment timestamp,
    created_at timestamp DEFAULT CURRENT_TIMESTAMP,
    updated_at timestamp DEFAULT CURRENT_TIMESTAMP
);

CREATE TABLE parent_profiles (
    id serial PRIMARY KEY,
    user_id integer NOT NULL CONSTRAINT parent_profiles_user_id_key UNIQUE REFERENCES users(id),
    username varchar,
    profile_picture varchar,
    bio text,
    quote text,
    relationship_type varchar,
    children_ids integer[] DEFAULT '{}',
    coparent_ids integer[] DEFAULT '{}',
    total_children integer,
    total_sessions_booked integer,
    total_amount_spent double precision,
    rating double precision,
    rating_count integer,
    is_active boolean,
    scheduled_deletion_at timestamp,
    profile_complete boolean,
    profile_completion double precision,
    cover_image varchar,
    hero_title text[] DEFAULT '{}',
    hero_subtitle text,
    two_factor_enabled boolean DEFAULT false,
    two_factor_method varchar(50),
    two_factor_secret varchar(255),
    two_factor_backup_codes text,
    two_factor_temp_code varchar(10),
    two_factor_temp_expiry timestamp,
    two_factor_inapp_password varchar(255),
    two_factor_verification_token varchar(255),
    two_factor_verification_expiry timestamp,
    two_factor_protected_panels jsonb,
    is_online boolean DEFAULT false,
    last_seen timestamptz,
    created_at timestamp,
    updated_at timestamp
);
CREATE UNIQUE INDEX ix_parent_profiles_username ON parent_profiles (username);

CREATE TABLE user_profiles (
    id serial PRIMARY KEY,
    user_id integer NOT NULL UNIQUE REFERENCES users(id) ON DELETE CASCADE,
    username varchar(100) UNIQUE,
    is_active boolean DEFAULT true,
    is_online boolean DEFAULT false,
    last_seen timestamp
);

CREATE TABLE connections (
    id serial PRIMARY KEY,
    requested_by integer NOT NULL CONSTRAINT connections_requested_by_fkey REFERENCES users(id) ON DELETE CASCADE,
    requester_type varchar(50) NOT NULL,
    recipient_id integer NOT NULL CONSTRAINT connections_requested_to_fkey REFERENCES users(id) ON DELETE CASCADE,
    recipient_type varchar(50) NOT NULL,
    status varchar(50) NOT NULL DEFAULT 'pending',
    requested_at timestamp NOT NULL DEFAULT CURRENT_TIMESTAMP,
    connected_at timestamp,
    updated_at timestamp NOT NULL DEFAULT CURRENT_TIMESTAMP,
    requester_profile_id integer,
    recipient_profile_id integer,
    CONSTRAINT check_different_users CHECK (requested_by <> recipient_id),
    CONSTRAINT check_valid_requester_type CHECK (requester_type IN ('tutor','student','parent','advertiser')),
    CONSTRAINT check_valid_requested_to_type CHECK (recipient_type IN ('tutor','student','parent','advertiser')),
    CONSTRAINT check_valid_status CHECK (status IN ('pending','accepted','rejected','blocked'))
);
CREATE INDEX idx_connections_requested_by ON connections (requested_by);
CREATE INDEX idx_connections_requested_to ON connections (recipient_id);
CREATE INDEX idx_connections_both_users ON connections (requested_by, recipient_id);
CREATE INDEX idx_connections_status ON connections (status);
CREATE INDEX idx_connections_requester_type ON connections (requester_type);
CREATE INDEX idx_connections_requested_to_type ON connections (recipient_type);

CREATE TABLE tutor_packages (
    id serial PRIMARY KEY,
    tutor_id integer NOT NULL REFERENCES tutor_profiles(id) ON DELETE CASCADE,
    name varchar NOT NULL, description text, is_active boolean,
    hourly_rate numeric(10,2) DEFAULT 0, days_per_week integer, hours_per_day numeric(4,2),
    payment_frequency varchar(50) DEFAULT 'monthly',
    discount_1_month numeric(5,2) DEFAULT 0, discount_3_month numeric(5,2) DEFAULT 0,
    discount_6_month numeric(5,2) DEFAULT 0, yearly_discount numeric(5,2) DEFAULT 0,
    session_format varchar(255), schedule_type varchar(20) DEFAULT 'recurring', schedule_days text,
    start_time time, end_time time, start_date date, end_date date,
    course_ids integer[] DEFAULT '{}', grade_level text[],
    created_at timestamp, updated_at timestamp
);
CREATE TABLE courses (
    id serial PRIMARY KEY,
    course_name varchar(255) NOT NULL, course_category varchar(100) NOT NULL,
    status varchar(50) DEFAULT 'pending'
);
CREATE TABLE enrolled_students (
    id serial PRIMARY KEY,
    tutor_id integer NOT NULL REFERENCES tutor_profiles(id) ON DELETE CASCADE,
    student_id integer NOT NULL REFERENCES student_profiles(id) ON DELETE CASCADE,
    package_id integer NOT NULL REFERENCES tutor_packages(id) ON DELETE SET NULL,
    enrolled_at timestamp DEFAULT CURRENT_TIMESTAMP,
    status varchar(20) DEFAULT 'active'
);
CREATE TABLE requested_sessions (
    id serial PRIMARY KEY,
    tutor_id integer NOT NULL REFERENCES tutor_profiles(id) ON DELETE CASCADE,
    requester_id integer NOT NULL REFERENCES users(id) ON DELETE CASCADE,
    requester_type varchar(20) NOT NULL CHECK (requester_type IN ('student','parent')),
    package_id integer REFERENCES tutor_packages(id) ON DELETE SET NULL,
    requested_to_id integer REFERENCES student_profiles(id) ON DELETE SET NULL,
    status varchar(20) DEFAULT 'pending' CHECK (status IN ('pending','accepted','rejected')),
    message text, rejected_reason text, responded_at timestamp,
    created_at timestamp DEFAULT CURRENT_TIMESTAMP, updated_at timestamp DEFAULT CURRENT_TIMESTAMP
);
CREATE TABLE parent_invitations (
    id serial PRIMARY KEY,
    inviter_user_id integer, inviter_type varchar(50), invited_to_user_id integer,
    relationship_type varchar(50) NOT NULL,
    requested_as varchar(20) NOT NULL DEFAULT 'parent' CHECK (requested_as IN ('parent','coparent')),
    status varchar(20) NOT NULL DEFAULT 'pending',
    is_new_user boolean DEFAULT false,
    pending_email varchar(255), pending_phone varchar(20), pending_first_name varchar(100),
    pending_father_name varchar(100), pending_grandfather_name varchar(100), pending_gender varchar(10),
    invitation_token varchar(64) UNIQUE, token_expires_at timestamp, temp_password_hash varchar(255),
    created_at timestamp DEFAULT CURRENT_TIMESTAMP, responded_at timestamp
);
CREATE TABLE child_invitations (
    id serial PRIMARY KEY,
    inviter_user_id integer NOT NULL REFERENCES users(id) ON DELETE CASCADE,
    inviter_type varchar(20) DEFAULT 'parent',
    invited_to_user_id integer REFERENCES users(id) ON DELETE CASCADE,
    relationship_type varchar(50) DEFAULT 'child', status varchar(20) DEFAULT 'pending',
    pending_email varchar(255), pending_first_name varchar(100), pending_father_name varchar(100),
    created_at timestamp DEFAULT CURRENT_TIMESTAMP, responded_at timestamp
);

CREATE TABLE whiteboard_call_history (
    id serial PRIMARY KEY,
    caller_profile_id integer NOT NULL, caller_profile_type varchar(50) NOT NULL,
    caller_user_id integer NOT NULL REFERENCES users(id) ON DELETE CASCADE,
    caller_name varchar(255), caller_avatar text,
    callee_profile_id integer NOT NULL, callee_profile_type varchar(50) NOT NULL,
    callee_user_id integer REFERENCES users(id) ON DELETE CASCADE,
    callee_name varchar(255), callee_avatar text,
    call_type varchar(20) NOT NULL DEFAULT 'video', status varchar(30) NOT NULL DEFAULT 'initiated',
    whiteboard_session_id integer, tutor_package_name varchar(255), tutor_package_id integer, enrollment_id integer,
    initiated_at timestamp DEFAULT CURRENT_TIMESTAMP, answered_at timestamp, ended_at timestamp,
    duration_seconds integer DEFAULT 0, is_multi_party boolean DEFAULT false, participants jsonb,
    caller_seen boolean DEFAULT true, callee_seen boolean DEFAULT false,
    created_at timestamp DEFAULT CURRENT_TIMESTAMP, updated_at timestamp DEFAULT CURRENT_TIMESTAMP,
    canvas_snapshot jsonb, recording_url text,
    CONSTRAINT check_wb_call_type CHECK (call_type IN ('video','audio')),
    CONSTRAINT check_wb_call_status CHECK (status IN ('initiated','ringing','answered','missed','declined','ended','failed','offline','no_answer')),
    CONSTRAINT check_wb_caller_type CHECK (caller_profile_type IN ('tutor','student','parent','advertiser')),
    CONSTRAINT check_wb_callee_type CHECK (callee_profile_type IN ('tutor','student','parent','advertiser'))
);

CREATE TABLE advertiser_profiles (
    id serial PRIMARY KEY,
    user_id integer NOT NULL CONSTRAINT advertiser_profiles_user_id_key UNIQUE
                  CONSTRAINT advertiser_profiles_user_id_fkey REFERENCES users(id),
    username varchar,
    profile_picture varchar,
    bio text,
    quote text,
    is_active boolean,
    scheduled_deletion_at timestamp,
    is_online boolean DEFAULT false,
    last_seen timestamptz,
    created_at timestamptz DEFAULT now(),
    updated_at timestamptz DEFAULT now()
);
CREATE UNIQUE INDEX ix_advertiser_profiles_username ON advertiser_profiles (username);

-- The chat.
CREATE TABLE conversations (
    id serial PRIMARY KEY,
    type varchar(20) NOT NULL DEFAULT 'direct',
    name varchar(255),
    description text,
    avatar_url varchar(500),
    created_by_profile_id integer,
    created_by_profile_type varchar(50),
    is_archived boolean DEFAULT false,
    is_muted boolean DEFAULT false,
    created_at timestamp DEFAULT CURRENT_TIMESTAMP,
    updated_at timestamp DEFAULT CURRENT_TIMESTAMP,
    last_message_at timestamp,
    created_by_user_id integer REFERENCES users(id) ON DELETE SET NULL,
    CONSTRAINT check_conversation_type CHECK (type IN ('direct','group','channel')),
    CONSTRAINT check_creator_profile_type CHECK (created_by_profile_type IS NULL
        OR created_by_profile_type IN ('tutor','student','parent','advertiser'))
);
CREATE INDEX idx_conversations_type ON conversations (type);
CREATE INDEX idx_conversations_created_by ON conversations (created_by_profile_id, created_by_profile_type);
CREATE INDEX idx_conversations_last_message ON conversations (last_message_at DESC);
CREATE INDEX idx_conversations_updated ON conversations (updated_at DESC);

CREATE TABLE conversation_participants (
    id serial PRIMARY KEY,
    conversation_id integer NOT NULL REFERENCES conversations(id) ON DELETE CASCADE,
    profile_id integer,
    profile_type varchar(50),
    user_id integer NOT NULL REFERENCES users(id) ON DELETE CASCADE,
    role varchar(20) DEFAULT 'member',
    is_muted boolean DEFAULT false,
    is_pinned boolean DEFAULT false,
    last_read_at timestamp,
    last_read_message_id integer,
    is_active boolean DEFAULT true,
    joined_at timestamp DEFAULT CURRENT_TIMESTAMP,
    left_at timestamp,
    created_at timestamp DEFAULT CURRENT_TIMESTAMP,
    updated_at timestamp DEFAULT CURRENT_TIMESTAMP,
    chat_cleared_at timestamp,
    is_archived boolean DEFAULT false,
    CONSTRAINT check_participant_profile_type CHECK (profile_type IN ('tutor','student','parent','advertiser')),
    CONSTRAINT check_participant_role CHECK (role IN ('admin','member')),
    CONSTRAINT unique_participant UNIQUE (conversation_id, profile_id, profile_type)
);
CREATE INDEX idx_participants_conversation ON conversation_participants (conversation_id);
CREATE INDEX idx_participants_profile ON conversation_participants (profile_id, profile_type);
CREATE INDEX idx_participants_user ON conversation_participants (user_id);
CREATE INDEX idx_participants_active ON conversation_participants (is_active) WHERE is_active = true;

CREATE TABLE chat_messages (
    id serial PRIMARY KEY,
    conversation_id integer NOT NULL REFERENCES conversations(id) ON DELETE CASCADE,
    sender_profile_id integer,
    sender_profile_type varchar(50),
    sender_user_id integer NOT NULL REFERENCES users(id) ON DELETE CASCADE,
    message_type varchar(20) NOT NULL DEFAULT 'text',
    content text,
    media_url varchar(500),
    media_metadata jsonb,
    reply_to_id integer REFERENCES chat_messages(id) ON DELETE SET NULL,
    forwarded_from_id integer REFERENCES chat_messages(id) ON DELETE SET NULL,
    is_edited boolean DEFAULT false,
    edited_at timestamp,
    original_content text,
    is_deleted boolean DEFAULT false,
    deleted_at timestamp,
    deleted_for_everyone boolean DEFAULT false,
    is_pinned boolean DEFAULT false,
    pinned_at timestamp,
    pinned_by_profile_id integer,
    pinned_by_profile_type varchar(50),
    created_at timestamp DEFAULT CURRENT_TIMESTAMP,
    updated_at timestamp DEFAULT CURRENT_TIMESTAMP,
    deleted_for_user_ids jsonb DEFAULT '[]',
    is_forwarded boolean DEFAULT false,
    forwarded_from_name varchar(255),
    forwarded_from_avatar varchar(500),
    forwarded_from_profile_id integer,
    forwarded_from_profile_type varchar(50),
    pinned_by_user_id integer REFERENCES users(id) ON DELETE SET NULL,
    forwarded_from_user_id integer REFERENCES users(id) ON DELETE SET NULL,
    CONSTRAINT check_message_type CHECK (message_type IN
        ('text','image','audio','video','file','system','location','gif','session_request')),
    CONSTRAINT check_sender_profile_type CHECK (sender_profile_type IN ('tutor','student','parent','advertiser','system'))
);
CREATE INDEX idx_messages_conversation ON chat_messages (conversation_id);
CREATE INDEX idx_messages_sender ON chat_messages (sender_profile_id, sender_profile_type);
CREATE INDEX idx_messages_created ON chat_messages (created_at DESC);
CREATE INDEX idx_messages_conversation_created ON chat_messages (conversation_id, created_at DESC);
CREATE INDEX idx_messages_reply ON chat_messages (reply_to_id) WHERE reply_to_id IS NOT NULL;
CREATE INDEX idx_messages_pinned ON chat_messages (conversation_id, is_pinned) WHERE is_pinned = true;
CREATE INDEX idx_messages_not_deleted ON chat_messages (conversation_id, created_at DESC) WHERE is_deleted = false;
CREATE INDEX idx_messages_deleted_for_users ON chat_messages USING gin (deleted_for_user_ids);
CREATE INDEX idx_messages_forwarded ON chat_messages (is_forwarded) WHERE is_forwarded = true;

CREATE TABLE message_reactions (
    id serial PRIMARY KEY,
    message_id integer NOT NULL REFERENCES chat_messages(id) ON DELETE CASCADE,
    profile_id integer,
    profile_type varchar(50),
    user_id integer NOT NULL REFERENCES users(id) ON DELETE CASCADE,
    reaction varchar(50) NOT NULL,
    created_at timestamp DEFAULT CURRENT_TIMESTAMP,
    CONSTRAINT check_reaction_profile_type CHECK (profile_type IN ('tutor','student','parent','advertiser')),
    CONSTRAINT unique_reaction UNIQUE (message_id, profile_id, profile_type, reaction)
);
CREATE INDEX idx_reactions_message ON message_reactions (message_id);
CREATE INDEX idx_reactions_profile ON message_reactions (profile_id, profile_type);

CREATE TABLE message_read_receipts (
    id serial PRIMARY KEY,
    message_id integer NOT NULL REFERENCES chat_messages(id) ON DELETE CASCADE,
    profile_id integer,
    profile_type varchar(50),
    user_id integer NOT NULL REFERENCES users(id) ON DELETE CASCADE,
    read_at timestamp DEFAULT CURRENT_TIMESTAMP,
    CONSTRAINT check_receipt_profile_type CHECK (profile_type IN ('tutor','student','parent','advertiser')),
    CONSTRAINT unique_read_receipt UNIQUE (message_id, profile_id, profile_type)
);
CREATE INDEX idx_receipts_message ON message_read_receipts (message_id);
CREATE INDEX idx_receipts_profile ON message_read_receipts (profile_id, profile_type);

CREATE TABLE call_logs (
    id serial PRIMARY KEY,
    conversation_id integer NOT NULL REFERENCES conversations(id) ON DELETE CASCADE,
    caller_profile_id integer,
    caller_profile_type varchar(50),
    caller_user_id integer NOT NULL REFERENCES users(id) ON DELETE CASCADE,
    call_type varchar(20) NOT NULL,
    status varchar(20) NOT NULL DEFAULT 'initiated',
    started_at timestamp DEFAULT CURRENT_TIMESTAMP,
    answered_at timestamp,
    ended_at timestamp,
    duration_seconds integer,
    participants jsonb,
    created_at timestamp DEFAULT CURRENT_TIMESTAMP,
    CONSTRAINT check_call_type CHECK (call_type IN ('voice','video')),
    CONSTRAINT check_call_status CHECK (status IN ('initiated','ringing','answered','missed','declined','cancelled','no_answer','ended','failed')),
    CONSTRAINT check_caller_profile_type CHECK (caller_profile_type IN ('tutor','student','parent','advertiser'))
);
CREATE INDEX idx_calls_conversation ON call_logs (conversation_id);
CREATE INDEX idx_calls_caller ON call_logs (caller_profile_id, caller_profile_type);
CREATE INDEX idx_calls_started ON call_logs (started_at DESC);

CREATE TABLE blocked_chat_contacts (
    id serial PRIMARY KEY,
    blocker_profile_id integer,
    blocker_profile_type varchar(50),
    blocker_user_id integer NOT NULL REFERENCES users(id) ON DELETE CASCADE,
    blocked_profile_id integer,
    blocked_profile_type varchar(50),
    blocked_user_id integer NOT NULL REFERENCES users(id) ON DELETE CASCADE,
    reason text,
    blocked_at timestamp DEFAULT CURRENT_TIMESTAMP,
    block_type varchar(20) DEFAULT 'manual',
    is_active boolean DEFAULT true,
    created_at timestamp DEFAULT CURRENT_TIMESTAMP,
    CONSTRAINT check_not_blocking_oneself CHECK (blocker_user_id <> blocked_user_id),
    CONSTRAINT check_blocker_type CHECK (blocker_profile_type IN ('tutor','student','parent','advertiser')),
    CONSTRAINT check_blocked_type CHECK (blocked_profile_type IN ('tutor','student','parent','advertiser')),
    CONSTRAINT unique_block UNIQUE (blocker_profile_id, blocker_profile_type, blocked_profile_id, blocked_profile_type)
);
CREATE INDEX idx_blocked_blocker ON blocked_chat_contacts (blocker_profile_id, blocker_profile_type);
CREATE INDEX idx_blocked_blocked ON blocked_chat_contacts (blocked_profile_id, blocked_profile_type);

CREATE TABLE chat_settings (
    id serial PRIMARY KEY,
    user_id integer NOT NULL REFERENCES users(id) ON DELETE CASCADE,
    profile_id integer,
    profile_type varchar(20),
    who_can_message varchar(20) DEFAULT 'everyone',
    read_receipts boolean DEFAULT true,
    online_status boolean DEFAULT true,
    typing_indicators boolean DEFAULT true,
    message_notifications boolean DEFAULT true,
    sound_alerts boolean DEFAULT true,
    mute_duration varchar(20) DEFAULT 'off',
    mute_until timestamp,
    bubble_style varchar(20) DEFAULT 'rounded',
    font_size varchar(20) DEFAULT 'medium',
    message_density varchar(20) DEFAULT 'comfortable',
    enter_key varchar(20) DEFAULT 'send',
    auto_download varchar(20) DEFAULT 'wifi',
    image_quality varchar(20) DEFAULT 'compressed',
    default_translation varchar(10) DEFAULT 'none',
    auto_translate boolean DEFAULT false,
    tts_voice varchar(20) DEFAULT 'default',
    created_at timestamp DEFAULT CURRENT_TIMESTAMP,
    updated_at timestamp DEFAULT CURRENT_TIMESTAMP,
    last_seen_visibility varchar(20) DEFAULT 'everyone',
    profile_photo_visibility varchar(20) DEFAULT 'everyone',
    about_visibility varchar(20) DEFAULT 'everyone',
    groups_visibility varchar(20) DEFAULT 'everyone',
    block_screenshots boolean DEFAULT false,
    disable_forwarding boolean DEFAULT false,
    two_step_verification boolean DEFAULT false,
    two_step_email varchar(255),
    two_step_password_hash varchar(255),
    hide_phone_number boolean DEFAULT true,
    hide_email boolean DEFAULT false,
    allow_calls_from varchar(20) DEFAULT 'everyone',
    allow_group_adds varchar(20) DEFAULT 'everyone',
    allow_channel_adds varchar(20) DEFAULT 'everyone',
    truevoice_enabled boolean DEFAULT false,
    truevoice_auto_play boolean DEFAULT false,
    truevoice_playback_speed numeric(3,2) DEFAULT 1.00,
    truevoice_prefer_sender_voice boolean DEFAULT true,
    truevoice_fallback_voice varchar(50) DEFAULT 'default',
    CONSTRAINT chat_settings_user_id_profile_id_profile_type_key UNIQUE (user_id, profile_id, profile_type)
);
CREATE INDEX idx_chat_settings_user_profile ON chat_settings (user_id, profile_id, profile_type);

CREATE TABLE chat_active_sessions (
    id serial PRIMARY KEY,
    user_id integer NOT NULL REFERENCES users(id) ON DELETE CASCADE,
    profile_id integer,
    profile_type varchar(20),
    session_token varchar(255),
    device_name varchar(100),
    device_type varchar(20) DEFAULT 'unknown',
    browser varchar(100),
    os varchar(50),
    ip_address varchar(45),
    location varchar(100),
    is_current boolean DEFAULT false,
    last_active_at timestamp DEFAULT CURRENT_TIMESTAMP,
    created_at timestamp DEFAULT CURRENT_TIMESTAMP,
    is_online boolean NOT NULL DEFAULT true,
    CONSTRAINT check_device_type CHECK (device_type IN ('desktop','mobile','tablet','unknown'))
);
CREATE INDEX idx_active_sessions_user ON chat_active_sessions (user_id, profile_id, profile_type);
CREATE INDEX idx_active_sessions_token ON chat_active_sessions (session_token);

CREATE TABLE chat_privacy_reports (
    id serial PRIMARY KEY,
    reporter_user_id integer NOT NULL REFERENCES users(id) ON DELETE CASCADE,
    reporter_profile_id integer,
    reporter_profile_type varchar(20),
    reported_user_id integer NOT NULL REFERENCES users(id) ON DELETE CASCADE,
    reported_profile_id integer,
    reported_profile_type varchar(20),
    report_type varchar(30) NOT NULL,
    report_reason text,
    message_ids integer[],
    status varchar(20) DEFAULT 'pending',
    reviewed_by integer REFERENCES users(id),
    reviewed_at timestamp,
    created_at timestamp DEFAULT CURRENT_TIMESTAMP,
    CONSTRAINT check_report_type CHECK (report_type IN
        ('spam','harassment','inappropriate_content','impersonation','scam','other')),
    CONSTRAINT check_report_status CHECK (status IN ('pending','reviewed','action_taken','dismissed'))
);
CREATE INDEX idx_privacy_reports_reporter ON chat_privacy_reports (reporter_user_id, reporter_profile_id, reporter_profile_type);
CREATE INDEX idx_privacy_reports_reported ON chat_privacy_reports (reported_user_id, reported_profile_id, reported_profile_type);
CREATE INDEX idx_privacy_reports_status ON chat_privacy_reports (status);

CREATE TABLE polls (
    id serial PRIMARY KEY,
    conversation_id integer REFERENCES conversations(id) ON DELETE CASCADE,
    created_by_user_id integer REFERENCES users(id) ON DELETE SET NULL,
    created_by_profile_id integer,
    created_by_profile_type varchar(50),
    question text NOT NULL,
    multiple_choice boolean DEFAULT false,
    anonymous boolean DEFAULT false,
    status varchar(20) DEFAULT 'active' CONSTRAINT polls_status_check CHECK (status IN ('active','ended','cancelled')),
    end_time timestamptz,
    created_at timestamptz DEFAULT CURRENT_TIMESTAMP,
    updated_at timestamptz DEFAULT CURRENT_TIMESTAMP
);
CREATE TABLE poll_options (
    id serial PRIMARY KEY,
    poll_id integer NOT NULL REFERENCES polls(id) ON DELETE CASCADE,
    option_text text NOT NULL,
    option_order integer DEFAULT 0,
    created_at timestamptz DEFAULT CURRENT_TIMESTAMP
);
CREATE TABLE poll_votes (
    id serial PRIMARY KEY,
    poll_id integer NOT NULL REFERENCES polls(id) ON DELETE CASCADE,
    option_id integer NOT NULL REFERENCES poll_options(id) ON DELETE CASCADE,
    user_id integer REFERENCES users(id) ON DELETE SET NULL,
    profile_id integer,
    profile_type varchar(50),
    voted_at timestamptz DEFAULT CURRENT_TIMESTAMP
);
CREATE INDEX idx_polls_conversation_id ON polls (conversation_id);
CREATE INDEX idx_polls_created_by ON polls (created_by_user_id);
CREATE INDEX idx_polls_status ON polls (status);
CREATE INDEX idx_polls_end_time ON polls (end_time);
CREATE INDEX idx_poll_options_poll_id ON poll_options (poll_id);
CREATE INDEX idx_poll_votes_poll_id ON poll_votes (poll_id);
CREATE INDEX idx_poll_votes_user_id ON poll_votes (user_id);
CREATE INDEX idx_poll_votes_profile_id ON poll_votes (profile_id);
CREATE INDEX idx_poll_votes_option_id ON poll_votes (option_id);
CREATE FUNCTION update_polls_updated_at() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN NEW.updated_at := CURRENT_TIMESTAMP; RETURN NEW; END $$;
CREATE TRIGGER trigger_update_polls_updated_at BEFORE UPDATE ON polls
    FOR EACH ROW EXECUTE FUNCTION update_polls_updated_at();

CREATE TABLE user_sessions (
    id serial PRIMARY KEY,
    user_id integer REFERENCES users(id) ON DELETE CASCADE,
    token_jti varchar(100) UNIQUE,
    device_type varchar(20),
    device_name varchar(100),
    os varchar(50),
    browser varchar(50),
    ip_address varchar(50),
    location varchar(100),
    is_active boolean DEFAULT true,
    created_at timestamp DEFAULT CURRENT_TIMESTAMP,
    last_active timestamp DEFAULT CURRENT_TIMESTAMP,
    expires_at timestamp,
    last_active_at timestamp DEFAULT CURRENT_TIMESTAMP,
    is_online boolean DEFAULT true
);
CREATE INDEX idx_user_sessions_user_id ON user_sessions (user_id);
CREATE INDEX idx_user_sessions_token ON user_sessions (token_jti);

-- New tables.
CREATE TABLE chat_two_step_verification (
    id serial PRIMARY KEY,
    user_id integer NOT NULL CONSTRAINT chat_two_step_verification_user_id_key UNIQUE REFERENCES users(id) ON DELETE CASCADE,
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
    CONSTRAINT pinned_messages_message_id_conversation_id_key UNIQUE (message_id, conversation_id)
);
CREATE INDEX idx_pinned_messages_conversation ON pinned_messages (conversation_id);
CREATE TABLE chat_password_reset_tokens (
    id serial PRIMARY KEY,
    user_id integer NOT NULL REFERENCES users(id) ON DELETE CASCADE,
    reset_token varchar(255) NOT NULL,
    expires_at timestamp NOT NULL,
    used_at timestamp,
    created_at timestamp DEFAULT CURRENT_TIMESTAMP
);
CREATE INDEX idx_chat_reset_token ON chat_password_reset_tokens (user_id, reset_token);

-- One row a person: what ON CONFLICT of a user-based backend names. All of them full, none partial.
CREATE UNIQUE INDEX uq_participant_conversation_user ON conversation_participants (conversation_id, user_id);
CREATE UNIQUE INDEX uq_reaction_message_user ON message_reactions (message_id, user_id);
CREATE UNIQUE INDEX uq_receipt_message_user ON message_read_receipts (message_id, user_id);
CREATE UNIQUE INDEX uq_blocked_user_pair ON blocked_chat_contacts (blocker_user_id, blocked_user_id);
CREATE UNIQUE INDEX uq_chat_settings_user ON chat_settings (user_id);
CREATE UNIQUE INDEX uq_session_user_device ON chat_active_sessions (user_id, device_name);
CREATE UNIQUE INDEX uq_poll_vote_user ON poll_votes (poll_id, option_id, user_id);

-- The same look-ups as the profile indexes above, by person.
CREATE INDEX idx_conversations_created_by_user ON conversations (created_by_user_id);
CREATE INDEX idx_messages_sender_user ON chat_messages (sender_user_id);
CREATE INDEX idx_reactions_user ON message_reactions (user_id);
CREATE INDEX idx_calls_caller_user ON call_logs (caller_user_id);
CREATE INDEX idx_blocked_blocked_user ON blocked_chat_contacts (blocked_user_id);

-- The user-based backend deployed in February 2026 says "messages" in some statements. The view names what those need and
-- no other column: one that is in a view cannot be dropped.
CREATE VIEW messages AS SELECT id, conversation_id, sender_user_id, message_type, content, is_edited, edited_at,
    is_deleted, deleted_at, created_at, updated_at FROM chat_messages;
