-- The people and the story of the demo and the tests, for the user-based schema (migration/sql/user_schema.sql).
-- Everybody and everything here is invented. Old texts are Fernet tokens, as an older backend stored them, under a
-- throwaway key: the base64url form of the 32 ASCII digits 01234567890123456789012345678901.
-- The profile columns are filled, as a migrated database has them; the user columns are what the service reads.

-- The eleven people. Abel (1) is student and tutor; Genet (7) has no profile at all.
INSERT INTO users
    (id, first_name, father_name, grandfather_name, last_name, naming_system, email, password_hash, roles, active_role, profile_picture, created_at)
VALUES
    (1, 'Abel', 'A', 'Alemu', NULL, 'ethiopian', 'abel@example.test', 'x', '["student","tutor"]', 'student', 'https://media.example.test/p/abel.png', '2026-01-05 10:00:00'),
    (2, 'Beza', 'B', NULL, NULL, 'ethiopian', 'beza@example.test', 'x', '["tutor","parent"]', 'tutor', 'https://media.example.test/p/beza.png', '2026-01-05 10:00:00'),
    (3, 'Chala', 'C', NULL, NULL, 'ethiopian', 'chala@example.test', 'x', '["student"]', 'student', NULL, '2026-01-05 10:00:00'),
    (4, 'Desta', 'D', NULL, NULL, 'ethiopian', 'desta@example.test', 'x', '["parent"]', 'parent', 'https://media.example.test/p/desta.png', '2026-01-05 10:00:00'),
    (5, 'Ellen', NULL, NULL, 'Finch', 'international', 'ellen@example.test', 'x', '["student"]', 'student', 'https://media.example.test/p/ellen.png', '2026-01-05 10:00:00'),
    (6, 'Fikru', 'G', NULL, NULL, 'ethiopian', 'fikru@example.test', 'x', '["tutor"]', 'tutor', NULL, '2026-01-05 10:00:00'),
    (7, 'Genet', 'H', NULL, NULL, 'ethiopian', 'genet@example.test', 'x', NULL, NULL, NULL, '2026-01-05 10:00:00'),
    (8, 'Hanna', 'I', NULL, NULL, 'ethiopian', 'hanna@example.test', 'x', '["student"]', 'student', 'https://media.example.test/p/hanna.png', '2026-01-05 10:00:00'),
    (9, 'Iskinder', 'J', NULL, NULL, 'ethiopian', 'iskinder@example.test', 'x', '["parent"]', 'parent', NULL, '2026-01-05 10:00:00'),
    (10, 'Jalene', 'K', NULL, NULL, 'ethiopian', 'jalene@example.test', 'x', '["tutor"]', 'tutor', NULL, '2026-01-05 10:00:00'),
    (11, 'Kidan', 'L', NULL, NULL, 'ethiopian', 'kidan@example.test', 'x', '["student"]', 'student', NULL, '2026-01-05 10:00:00');

-- Profile numbers collide across types on purpose: student 5, tutor 5 and parent 5 are three people.
INSERT INTO student_profiles
    (id, user_id, username)
VALUES
    (5, 1, 'abel_s'),
    (6, 3, 'chala_s'),
    (8, 5, NULL),
    (9, 8, 'hanna_s'),
    (11, 11, 'kidan_s');

INSERT INTO tutor_profiles
    (id, user_id, username)
VALUES
    (5, 2, 'beza_t'),
    (7, 1, 'abel_t'),
    (8, 6, 'fikru_t'),
    (10, 10, 'jalene_t');

INSERT INTO parent_profiles
    (id, user_id, username)
VALUES
    (5, 4, 'desta_p'),
    (9, 2, 'beza_p'),
    (11, 9, 'iskinder_p');

-- Four wait for Abel, one of his waits for Hanna.
INSERT INTO connections
    (id, requested_by, requester_type, requester_profile_id, recipient_id, recipient_type, recipient_profile_id, status, requested_at, connected_at, updated_at)
VALUES
    (1, 1, 'student', 5, 2, 'tutor', 5, 'accepted', '2026-10-01 09:00:00', '2026-10-02 09:00:00', '2026-10-02 09:00:00'),
    (2, 3, 'student', 6, 2, 'tutor', 5, 'accepted', '2026-10-01 09:00:00', '2026-10-02 09:00:00', '2026-10-02 09:00:00'),
    (103, 4, 'parent', 5, 1, 'tutor', 7, 'accepted', '2026-10-18 11:30:00', '2026-10-19 12:00:00', '2026-10-19 12:00:00'),
    (104, 5, 'student', 8, 1, 'tutor', 7, 'pending', '2026-10-12 11:30:00', NULL, '2026-10-13 12:00:00'),
    (105, 6, 'tutor', 8, 1, 'student', 5, 'pending', '2026-10-13 11:30:00', NULL, '2026-10-14 12:00:00'),
    (106, 1, 'student', 5, 8, 'student', 9, 'pending', '2026-10-14 11:30:00', NULL, '2026-10-15 12:00:00'),
    (107, 1, 'student', 5, 3, 'student', 6, 'accepted', '2026-10-15 11:30:00', '2026-10-16 12:00:00', '2026-10-16 12:00:00'),
    (108, 2, 'tutor', 5, 5, 'student', 8, 'accepted', '2026-10-16 11:30:00', '2026-10-17 12:00:00', '2026-10-17 12:00:00'),
    (109, 9, 'parent', 11, 1, 'student', 5, 'pending', '2026-10-17 11:30:00', NULL, '2026-10-18 12:00:00'),
    (110, 11, 'student', 11, 1, 'student', 5, 'pending', '2026-10-19 11:30:00', NULL, '2026-10-20 12:00:00');

-- 11: Abel and Beza. 12: a group. 13: Abel as tutor and Desta. 14: without Abel. 15: Abel and Fikru, who refuses everything.
INSERT INTO conversations
    (id, type, name, description, avatar_url, created_by_profile_id, created_by_profile_type, created_by_user_id, created_at, updated_at, last_message_at)
VALUES
    (11, 'direct', NULL, NULL, NULL, 5, 'tutor', 2, '2026-11-20 08:00:00', '2026-11-20 09:40:00', '2026-11-20 09:40:00'),
    (12, 'group', 'Exam preparation', 'Maths and physics before the finals', 'https://media.example.test/g/1.png', 5, 'student', 1, '2026-11-20 08:00:00', '2026-11-20 09:41:00', '2026-11-20 09:41:00'),
    (13, 'direct', NULL, NULL, NULL, 5, 'parent', 4, '2026-11-20 08:00:00', '2026-11-20 09:42:00', '2026-11-20 09:42:00'),
    (14, 'direct', NULL, NULL, NULL, 5, 'tutor', 2, '2026-11-20 08:00:00', '2026-11-20 09:43:00', '2026-11-20 09:43:00'),
    (15, 'direct', NULL, NULL, NULL, 5, 'student', 1, '2026-11-20 08:00:00', '2026-11-20 09:44:00', '2026-11-20 09:44:00');

INSERT INTO conversation_participants
    (conversation_id, user_id, profile_type, profile_id, role, joined_at, last_read_at, last_read_message_id)
VALUES
    (11, 1, 'student', 5, 'member', '2026-11-20 08:00:00', '2026-11-20 08:12:00', 208),
    (11, 2, 'tutor', 5, 'member', '2026-11-20 08:00:00', '2026-11-20 08:30:00', 209),
    (12, 1, 'student', 5, 'admin', '2026-11-20 08:00:00', '2026-11-20 08:45:00', NULL),
    (12, 2, 'tutor', 5, 'member', '2026-11-20 08:00:00', NULL, NULL),
    (12, 3, 'student', 6, 'member', '2026-11-20 08:00:00', '2026-11-20 08:42:00', NULL),
    (13, 1, 'tutor', 7, 'member', '2026-11-20 08:00:00', '2026-11-20 09:00:00', NULL),
    (13, 4, 'parent', 5, 'member', '2026-11-20 08:00:00', '2026-11-20 08:52:00', NULL),
    (14, 2, 'tutor', 5, 'member', '2026-11-20 08:00:00', NULL, NULL),
    (14, 3, 'student', 6, 'member', '2026-11-20 08:00:00', NULL, NULL),
    (15, 1, 'student', 5, 'member', '2026-11-20 08:00:00', NULL, NULL),
    (15, 6, 'tutor', 8, 'member', '2026-11-20 08:00:00', NULL, NULL);

-- 203 is edited, 204 deleted, 206 a reply, 207 pinned, 208 forwarded, 210 unread.
INSERT INTO chat_messages
    (id, conversation_id, sender_user_id, sender_profile_type, sender_profile_id, message_type, content, media_url, media_metadata, reply_to_id, is_edited, edited_at, original_content, is_deleted, deleted_at, deleted_for_everyone, is_pinned, pinned_at, pinned_by_user_id, pinned_by_profile_type, pinned_by_profile_id, is_forwarded, forwarded_from_name, forwarded_from_user_id, forwarded_from_profile_type, forwarded_from_profile_id, created_at, updated_at)
VALUES
    (201, 11, 2, 'tutor', 5, 'text', 'gAAAAABo53gAecgx4zUCXFHKtwwoq_mhsCL4cIOAXDC-TlH4l8C1n2RZUJGTfNp9EyW3I_KxNWUPTXyJomDCx2nR5NOB93JyLdecuO_N2Cb2qVM8UINRdp7A7uYHciHXgkkuQ-HTov6y', NULL, NULL, NULL, false, NULL, NULL, false, NULL, false, false, NULL, NULL, NULL, NULL, false, NULL, NULL, NULL, NULL, '2026-11-20 08:01:00', '2026-11-20 08:01:00'),
    (202, 11, 1, 'student', 5, 'text', 'gAAAAABo53gAA9-PK5erJTFqONfT9zreinVBrTIHDCxVikzUVFGkGKLEuPE2Va0ddt_qvKQLev1l1VIcoeOHnYD3hK5GnsemKB5oFzTAykLsNUhDP6rzVw8=', NULL, NULL, NULL, false, NULL, NULL, false, NULL, false, false, NULL, NULL, NULL, NULL, false, NULL, NULL, NULL, NULL, '2026-11-20 08:03:00', '2026-11-20 08:03:00'),
    (203, 11, 2, 'tutor', 5, 'text', 'gAAAAABo53gArmU5nFYHfmlwoddxxWT-YfpfOPWTVih5Li8hHXzFHCk7UJZU6LLSCuxnvGJRrBsPf7yUJFoJ4A4WUiA-hazju61OmID9mVJ0uYbbGKnUR9zntNElvpFizQoE7UIZjIrk', NULL, NULL, NULL, true, '2026-11-20 08:05:00', 'gAAAAABo53gA92ETOjjn9o1lu08kp0fOseMBAwixz_K7Rotx0NA6IX-ko9LGAEZ3kOGpxgz0LL9OliNxnIHPVpFw1855AlyHLWOaKy-SvT2nZFpjIhQcfFI=', false, NULL, false, false, NULL, NULL, NULL, NULL, false, NULL, NULL, NULL, NULL, '2026-11-20 08:04:00', '2026-11-20 08:04:00'),
    (204, 11, 1, 'student', 5, 'text', 'gAAAAABo53gAMZgjgaxQ-WXZ-MEqWzCYujlH0ZZ3-74DxjVRseQi59ZTq7wSSk4r39OAjGt8j-jhs50eFIxTRUBm-OLs8Iwv0b4K_DCaeWIZTRJd8Pi92sk=', NULL, NULL, NULL, false, NULL, NULL, true, '2026-11-20 08:07:00', true, false, NULL, NULL, NULL, NULL, false, NULL, NULL, NULL, NULL, '2026-11-20 08:06:00', '2026-11-20 08:06:00'),
    (205, 11, 2, 'tutor', 5, 'image', 'Sketch of the second exercise', 'https://media.example.test/m/sketch.png', '{"width": 800, "height": 600, "file_name": "sketch.png", "file_size": 40960}', NULL, false, NULL, NULL, false, NULL, false, false, NULL, NULL, NULL, NULL, false, NULL, NULL, NULL, NULL, '2026-11-20 08:08:00', '2026-11-20 08:08:00'),
    (206, 11, 1, 'student', 5, 'text', 'gAAAAABo53gAySaBOgFW1alQ6qSLrP2chSD_9H0JH4y1HNEIRhSK3KJHp0htSH4jBlzWskeJUPgUQDKJWhd6FRUzfNdfTZnnoscEoW2VZUe2z6h2T_4BZJbAziYVov87cvaoQgl0aj-B', NULL, NULL, 203, false, NULL, NULL, false, NULL, false, false, NULL, NULL, NULL, NULL, false, NULL, NULL, NULL, NULL, '2026-11-20 08:09:00', '2026-11-20 08:09:00'),
    (207, 11, 2, 'tutor', 5, 'text', 'gAAAAABo53gAiyJ7oapb0_PI4SBq0JUQvUN5cCZqlnFi6fOFvn_nXppnjZbeRSs2w2LWhRtFBCMOjomB5QZ9Z1DOgZp9VBsZ-GRPfkkZ4WWa8PiJmI3S42A=', NULL, NULL, NULL, false, NULL, NULL, false, NULL, false, true, '2026-11-20 08:11:00', 1, 'student', 5, false, NULL, NULL, NULL, NULL, '2026-11-20 08:10:00', '2026-11-20 08:10:00'),
    (208, 11, 1, 'student', 5, 'text', 'gAAAAABo53gAdh58wb1-MC8_ixH6hFbTaHgUZtw9MwsKCbhITmZpbOBJVuuW-kaDl2K9Tt5dw6rfvE6039Iw9zt7S4ljBWr5-Ric5LCMHcq0t0sLYBMPKI4=', NULL, NULL, NULL, false, NULL, NULL, false, NULL, false, false, NULL, NULL, NULL, NULL, true, 'Chala C', 3, 'student', 6, '2026-11-20 08:12:00', '2026-11-20 08:12:00'),
    (209, 11, 1, 'student', 5, 'text', 'gAAAAABo53gAWXjw0ZWta-uemQC1otPgJqw5IapZJRnSqU6f3tRMS9QrZxBTO9MA6RkmJB2jwxnwzZlrCZ5mUlSBpvuE8mU5mw==', NULL, NULL, NULL, false, NULL, NULL, false, NULL, false, false, NULL, NULL, NULL, NULL, false, NULL, NULL, NULL, NULL, '2026-11-20 08:13:00', '2026-11-20 08:13:00'),
    (210, 11, 2, 'tutor', 5, 'text', 'gAAAAABo53gAqBl21eke6L9WW13fd4vDuGX-pjto-wqAAVe9OqU7XTuJQzKsSx_OS4vyPZdWHsZHbWXvkOGeGs372xuiu-pAzqWC9jn9FgQ3ZND6xbEFeHg=', NULL, NULL, NULL, false, NULL, NULL, false, NULL, false, false, NULL, NULL, NULL, NULL, false, NULL, NULL, NULL, NULL, '2026-11-20 08:31:00', '2026-11-20 08:31:00'),
    (221, 12, 3, 'student', 6, 'text', 'gAAAAABo53gA6S0N4HIwrVkHok2WNB_fCRi0e7h02WAFQGoUtWz5wuaZJRPgqpiaNEzq2nv1KwauzNS2o3nJ9qQfvwTImdrOsCROy8Pu-DGRAfdA4hNE9zU=', NULL, NULL, NULL, false, NULL, NULL, false, NULL, false, false, NULL, NULL, NULL, NULL, false, NULL, NULL, NULL, NULL, '2026-11-20 08:40:00', '2026-11-20 08:40:00'),
    (222, 12, 2, 'tutor', 5, 'text', 'gAAAAABo53gArCOqMGZMtjWL_81QZis_dENWnLAWGhqIKGm9zqB1MN8ZkfSfvvoDEDAkwJlNnYtZ0Acscs_sf3ua9kVSRX-cKk-SU9k4ftlBpOvxr3Vnls4=', NULL, NULL, NULL, false, NULL, NULL, false, NULL, false, true, '2026-11-20 08:42:00', 1, 'student', 5, false, NULL, NULL, NULL, NULL, '2026-11-20 08:41:00', '2026-11-20 08:41:00'),
    (223, 12, 1, 'student', 5, 'text', 'gAAAAABo53gAXIfyaf0FQfv-taRXGIBARJ0xExjMnuJuRYDFniutBTiFFj2agX7HdHGO47x3Ni0Jt-YOrJFB5A5RE9UOuXgUGJo8xWRVZwpygsA4TuZYvOU=', NULL, NULL, 222, false, NULL, NULL, false, NULL, false, false, NULL, NULL, NULL, NULL, false, NULL, NULL, NULL, NULL, '2026-11-20 08:43:00', '2026-11-20 08:43:00'),
    (224, 12, 3, 'student', 6, 'file', 'timetable.pdf', 'https://media.example.test/m/plan.bin', '{"file_name": "timetable.pdf", "file_size": 1234}', NULL, false, NULL, NULL, false, NULL, false, false, NULL, NULL, NULL, NULL, false, NULL, NULL, NULL, NULL, '2026-11-20 08:44:00', '2026-11-20 08:44:00'),
    (231, 13, 4, 'parent', 5, 'text', 'gAAAAABo53gAmU1enFdtCNW7jbJxcF1HhfD__8iJZpifLYrEqR7K-PkRdUxdVGdf1KZd90Py5jdFUKH2sLUbVdiwdeicO9VJT9nAEKgaofQTb3wWmlLt-CE=', NULL, NULL, NULL, false, NULL, NULL, false, NULL, false, false, NULL, NULL, NULL, NULL, false, NULL, NULL, NULL, NULL, '2026-11-20 08:50:00', '2026-11-20 08:50:00'),
    (232, 13, 1, 'tutor', 7, 'text', 'gAAAAABo53gAyXZACCj8lHwekmHruUr25qidcX8o8PWn1_F7Xsh-7S8eORN4E5knhqIaFJAomkEFMfobpJXuHmfCc2xvpaEibOhs2CnxJmSrd0fIrmUQLuqI5Ad4CBUYJorTZ3o2OuR-', NULL, NULL, NULL, false, NULL, NULL, false, NULL, false, false, NULL, NULL, NULL, NULL, false, NULL, NULL, NULL, NULL, '2026-11-20 08:51:00', '2026-11-20 08:51:00'),
    (241, 14, 2, 'tutor', 5, 'text', 'gAAAAABo53gAnhMAT5HBJ7KPFTBgVIirzim64kCMxcgQqVB2LbnYFyiURdBEFCgeg-gjdMAcQoLzKAPqtYNN0zBJ6KHx5xqIh97m0gdUAnuAxWjJC3Te9Tg=', NULL, NULL, NULL, false, NULL, NULL, false, NULL, false, false, NULL, NULL, NULL, NULL, false, NULL, NULL, NULL, NULL, '2026-11-20 08:55:00', '2026-11-20 08:55:00'),
    (251, 15, 6, 'tutor', 8, 'text', 'gAAAAABo53gA_Onz5R-XeU4hUpZTUFV9xMcC8GAA23fFTAYO1LuwyumNM__cC33T_5aUs3kAPOprH5uPzK5h7pQXC_3qA-6vsZIf_DHx8MtABsZX2Cwh-qiMj_F8BA2_nDjiKB3w2Zn3', NULL, NULL, NULL, false, NULL, NULL, false, NULL, false, false, NULL, NULL, NULL, NULL, false, NULL, NULL, NULL, NULL, '2026-11-20 08:56:00', '2026-11-20 08:56:00');

INSERT INTO pinned_messages
    (message_id, conversation_id, pinned_by_user_id, pinned_at)
VALUES
    (207, 11, 1, '2026-11-20 08:11:00'),
    (222, 12, 1, '2026-11-20 08:42:00');

INSERT INTO message_reactions
    (message_id, user_id, profile_type, profile_id, reaction, created_at)
VALUES
    (207, 1, 'student', 5, 'heart', '2026-11-20 08:14:00'),
    (207, 2, 'tutor', 5, 'thumbsup', '2026-11-20 08:15:00'),
    (222, 3, 'student', 6, 'laugh', '2026-11-20 08:45:00');

-- Abel has blocked Hanna.
INSERT INTO blocked_chat_contacts
    (blocker_user_id, blocker_profile_type, blocker_profile_id, blocked_user_id, blocked_profile_type, blocked_profile_id, reason, blocked_at)
VALUES
    (1, 'student', 5, 8, 'student', 9, 'unwanted messages', '2026-11-20 08:20:00');

-- Chala forbids forwarding and hides typing; Desta hides presence and receipts; Fikru refuses messages, calls and groups.
INSERT INTO chat_settings
    (user_id, profile_type, profile_id, who_can_message, allow_calls_from, allow_group_adds, read_receipts, online_status, last_seen_visibility, typing_indicators, disable_forwarding, bubble_style, font_size, created_at, updated_at)
VALUES
    (1, 'student', 5, 'everyone', 'everyone', 'everyone', true, true, 'everyone', true, false, 'square', 'large', '2026-11-20 08:00:00', '2026-11-20 08:00:00'),
    (2, 'tutor', 5, 'everyone', 'everyone', 'everyone', true, true, 'everyone', true, false, 'rounded', 'medium', '2026-11-20 08:00:00', '2026-11-20 08:00:00'),
    (3, 'student', 6, 'everyone', 'everyone', 'everyone', true, true, 'everyone', false, true, 'rounded', 'medium', '2026-11-20 08:00:00', '2026-11-20 08:00:00'),
    (4, 'parent', 5, 'everyone', 'everyone', 'everyone', false, false, 'nobody', true, false, 'rounded', 'medium', '2026-11-20 08:00:00', '2026-11-20 08:00:00'),
    (6, 'tutor', 8, 'none', 'none', 'none', true, true, 'everyone', true, false, 'rounded', 'medium', '2026-11-20 08:00:00', '2026-11-20 08:00:00');

INSERT INTO call_logs
    (id, conversation_id, caller_user_id, caller_profile_type, caller_profile_id, call_type, status, started_at, answered_at, ended_at, duration_seconds, participants)
VALUES
    (301, 11, 2, 'tutor', 5, 'voice', 'ended', '2026-11-20 08:16:00', '2026-11-20 08:16:12', '2026-11-20 08:22:00', 340, '[{"profile_id": 5, "profile_type": "student"}]'),
    (302, 11, 1, 'student', 5, 'video', 'missed', '2026-11-20 08:25:00', NULL, NULL, NULL, NULL),
    (303, 14, 2, 'tutor', 5, 'voice', 'declined', '2026-11-20 08:57:00', NULL, NULL, NULL, NULL);

-- Active from the moment of loading.
INSERT INTO chat_active_sessions
    (id, user_id, profile_type, profile_id, session_token, device_name, device_type, browser, os, ip_address, is_current, created_at)
VALUES
    (401, 1, 'student', 5, 'seed-session-401', 'Firefox on Linux', 'desktop', 'Firefox', 'Linux', '192.0.2.10', true, '2026-11-20 08:00:00'),
    (402, 1, 'student', 5, 'seed-session-402', 'Android phone', 'mobile', 'Chrome', 'Android', '192.0.2.11', false, '2026-11-20 08:00:00'),
    (403, 2, 'tutor', 5, 'seed-session-403', 'Safari', 'tablet', 'Safari', 'iPadOS', '192.0.2.20', true, '2026-11-20 08:00:00');

-- 501 is open, 502 has ended.
INSERT INTO polls
    (id, conversation_id, created_by_user_id, created_by_profile_type, created_by_profile_id, question, multiple_choice, anonymous, status, end_time, created_at)
VALUES
    (501, 12, 3, 'student', 6, 'Which day suits the group?', false, false, 'active', NULL, '2026-11-20 08:46:00+00'),
    (502, 12, 1, 'student', 5, 'Old poll: tea or coffee?', false, false, 'ended', '2026-09-01 00:00:00+00', '2026-11-20 08:46:00+00');

INSERT INTO poll_options
    (id, poll_id, option_text, option_order)
VALUES
    (511, 501, 'Monday', 0),
    (512, 501, 'Wednesday', 1),
    (513, 501, 'Saturday', 2),
    (521, 502, 'Tea', 0),
    (522, 502, 'Coffee', 1);

INSERT INTO poll_votes
    (poll_id, option_id, user_id, profile_type, profile_id, voted_at)
VALUES
    (501, 511, 2, 'tutor', 5, '2026-11-20 08:47:00+00'),
    (502, 521, 2, 'tutor', 5, '2026-11-20 08:47:00+00');

-- New rows get numbers that nothing in the story has.
SELECT setval('users_id_seq', 2000),
    setval('student_profiles_id_seq', 2037),
    setval('tutor_profiles_id_seq', 2074),
    setval('parent_profiles_id_seq', 2111),
    setval('connections_id_seq', 2148),
    setval('conversations_id_seq', 2185),
    setval('conversation_participants_id_seq', 2222),
    setval('chat_messages_id_seq', 2259),
    setval('message_reactions_id_seq', 2296),
    setval('blocked_chat_contacts_id_seq', 2333),
    setval('call_logs_id_seq', 2370),
    setval('chat_active_sessions_id_seq', 2407),
    setval('polls_id_seq', 2481),
    setval('poll_options_id_seq', 2518),
    setval('poll_votes_id_seq', 2555),
    setval('chat_settings_id_seq', 2592);
