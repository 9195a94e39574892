-- The people and the story of the demo as the profile-based service left them: for migration/sql/legacy_schema.sql.
-- `demo/stage.py` loads this and migrates it with `chat-gateway migrate`; the same ids as demo/sql/story.sql, which is
-- what comes out. Everybody and everything is invented. Old texts are Fernet tokens under the throwaway key of the
-- demo (the base64url form of the 32 ASCII digits 01234567890123456789012345678901).

INSERT INTO users(id,first_name,father_name,email,password_hash,roles,active_role) VALUES
 (1,'Abel','A','abel@example.test','x','["student","tutor"]','student'),
 (2,'Beza','B','beza@example.test','x','["tutor","parent"]','tutor'),
 (3,'Chala','C','chala@example.test','x','["student"]','student'),
 (4,'Desta','D','desta@example.test','x','["parent"]','parent');
INSERT INTO student_profiles(id,user_id,username) VALUES (5,1,'abel_s'),(6,3,'chala_s');
INSERT INTO tutor_profiles(id,user_id,username) VALUES (5,2,'beza_t'),(7,1,'abel_t');
INSERT INTO parent_profiles(id,user_id,username) VALUES (5,4,'desta_p'),(9,2,'beza_p');
INSERT INTO connections(requested_by,requester_type,recipient_id,recipient_type,status,requester_profile_id,recipient_profile_id,connected_at) VALUES
 (1,'student',2,'tutor','accepted',5,5,now()),(3,'student',2,'tutor','accepted',6,5,now());
SELECT setval('users_id_seq',100),setval('student_profiles_id_seq',100),setval('tutor_profiles_id_seq',100),setval('parent_profiles_id_seq',100);

INSERT INTO users(id,first_name,father_name,grandfather_name,last_name,naming_system,email,password_hash,roles,active_role,profile_picture,created_at) VALUES
 (5,'Ellen',NULL,NULL,'Finch','international','ellen@example.test','x','["student"]','student','https://media.example.test/p/ellen.png','2026-01-05 10:00:00'),
 (6,'Fikru','G',NULL,NULL,'ethiopian','fikru@example.test','x','["tutor"]','tutor',NULL,'2026-01-05 10:00:00'),
 (7,'Genet','H',NULL,NULL,'ethiopian','genet@example.test','x',NULL,NULL,NULL,'2026-01-05 10:00:00'),
 (8,'Hanna','I',NULL,NULL,'ethiopian','hanna@example.test','x','["student"]','student','https://media.example.test/p/hanna.png','2026-01-05 10:00:00'),
 (9,'Iskinder','J',NULL,NULL,'ethiopian','iskinder@example.test','x','["parent"]','parent',NULL,'2026-01-05 10:00:00'),
 (10,'Jalene','K',NULL,NULL,'ethiopian','jalene@example.test','x','["tutor"]','tutor',NULL,'2026-01-05 10:00:00'),
 (11,'Kidan','L',NULL,NULL,'ethiopian','kidan@example.test','x','["student"]','student',NULL,'2026-01-05 10:00:00');

INSERT INTO student_profiles(id,user_id,username) VALUES
 (8,5,NULL),
 (9,8,'hanna_s'),
 (11,11,'kidan_s');

INSERT INTO tutor_profiles(id,user_id,username) VALUES
 (8,6,'fikru_t'),
 (10,10,'jalene_t');

INSERT INTO parent_profiles(id,user_id,username) VALUES
 (11,9,'iskinder_p');

UPDATE users SET profile_picture='https://media.example.test/p/abel.png', grandfather_name='Alemu', created_at='2026-01-05 10:00:00' WHERE id=1;
UPDATE users SET profile_picture='https://media.example.test/p/beza.png', grandfather_name=NULL, created_at='2026-01-05 10:00:00' WHERE id=2;
UPDATE users SET profile_picture=NULL, grandfather_name=NULL, created_at='2026-01-05 10:00:00' WHERE id=3;
UPDATE users SET profile_picture='https://media.example.test/p/desta.png', grandfather_name=NULL, created_at='2026-01-05 10:00:00' WHERE id=4;
UPDATE connections SET requested_at='2026-10-01 09:00:00', connected_at='2026-10-02 09:00:00', updated_at='2026-10-02 09:00:00' WHERE id=1;
UPDATE connections SET requested_at='2026-10-01 09:00:00', connected_at='2026-10-02 09:00:00', updated_at='2026-10-02 09:00:00' WHERE id=2;
INSERT INTO connections(id,requested_by,requester_type,recipient_id,recipient_type,status,requested_at,connected_at,updated_at,requester_profile_id,recipient_profile_id) VALUES
 (104,5,'student',1,'tutor','pending','2026-10-12 11:30:00',NULL,'2026-10-13 12:00:00',8,7),
 (105,6,'tutor',1,'student','pending','2026-10-13 11:30:00',NULL,'2026-10-14 12:00:00',8,5),
 (106,1,'student',8,'student','pending','2026-10-14 11:30:00',NULL,'2026-10-15 12:00:00',5,9),
 (107,1,'student',3,'student','accepted','2026-10-15 11:30:00','2026-10-16 12:00:00','2026-10-16 12:00:00',5,6),
 (108,2,'tutor',5,'student','accepted','2026-10-16 11:30:00','2026-10-17 12:00:00','2026-10-17 12:00:00',5,8),
 (109,9,'parent',1,'student','pending','2026-10-17 11:30:00',NULL,'2026-10-18 12:00:00',11,5),
 (103,4,'parent',1,'tutor','accepted','2026-10-18 11:30:00','2026-10-19 12:00:00','2026-10-19 12:00:00',5,7),
 (110,11,'student',1,'student','pending','2026-10-19 11:30:00',NULL,'2026-10-20 12:00:00',11,5);

INSERT INTO conversations(id,type,name,description,avatar_url,created_by_profile_id,created_by_profile_type,created_at,updated_at,last_message_at) VALUES
 (11,'direct',NULL,NULL,NULL,5,'tutor','2026-11-20 08:00:00','2026-11-20 09:40:00','2026-11-20 09:40:00'),
 (12,'group','Exam preparation','Maths and physics before the finals','https://media.example.test/g/1.png',5,'student','2026-11-20 08:00:00','2026-11-20 09:41:00','2026-11-20 09:41:00'),
 (13,'direct',NULL,NULL,NULL,5,'parent','2026-11-20 08:00:00','2026-11-20 09:42:00','2026-11-20 09:42:00'),
 (14,'direct',NULL,NULL,NULL,5,'tutor','2026-11-20 08:00:00','2026-11-20 09:43:00','2026-11-20 09:43:00'),
 (15,'direct',NULL,NULL,NULL,5,'student','2026-11-20 08:00:00','2026-11-20 09:44:00','2026-11-20 09:44:00');

INSERT INTO conversation_participants(conversation_id,profile_id,profile_type,user_id,role,joined_at,last_read_at,last_read_message_id) VALUES
 (11,5,'student',1,'member','2026-11-20 08:00:00','2026-11-20 08:12:00',208),
 (11,5,'tutor',2,'member','2026-11-20 08:00:00','2026-11-20 08:30:00',209),
 (12,5,'student',1,'admin','2026-11-20 08:00:00','2026-11-20 08:45:00',NULL),
 (12,5,'tutor',2,'member','2026-11-20 08:00:00',NULL,NULL),
 (12,6,'student',3,'member','2026-11-20 08:00:00','2026-11-20 08:42:00',NULL),
 (13,7,'tutor',1,'member','2026-11-20 08:00:00','2026-11-20 09:00:00',NULL),
 (13,5,'parent',4,'member','2026-11-20 08:00:00','2026-11-20 08:52:00',NULL),
 (14,5,'tutor',2,'member','2026-11-20 08:00:00',NULL,NULL),
 (14,6,'student',3,'member','2026-11-20 08:00:00',NULL,NULL),
 (15,5,'student',1,'member','2026-11-20 08:00:00',NULL,NULL),
 (15,8,'tutor',6,'member','2026-11-20 08:00:00',NULL,NULL);

INSERT INTO chat_messages(id,conversation_id,sender_profile_id,sender_profile_type,sender_user_id,message_type,content,media_url,media_metadata,reply_to_id,forwarded_from_id,is_edited,edited_at,original_content,is_deleted,deleted_at,deleted_for_everyone,is_pinned,pinned_at,pinned_by_profile_id,pinned_by_profile_type,created_at,updated_at,is_forwarded,forwarded_from_name,forwarded_from_avatar,forwarded_from_profile_id,forwarded_from_profile_type) VALUES
 (201,11,5,'tutor',2,'text','gAAAAABo53gAecgx4zUCXFHKtwwoq_mhsCL4cIOAXDC-TlH4l8C1n2RZUJGTfNp9EyW3I_KxNWUPTXyJomDCx2nR5NOB93JyLdecuO_N2Cb2qVM8UINRdp7A7uYHciHXgkkuQ-HTov6y',NULL,NULL,NULL,NULL,false,NULL,NULL,false,NULL,false,false,NULL,NULL,NULL,'2026-11-20 08:01:00','2026-11-20 08:01:00',false,NULL,NULL,NULL,NULL),
 (202,11,5,'student',1,'text','gAAAAABo53gAA9-PK5erJTFqONfT9zreinVBrTIHDCxVikzUVFGkGKLEuPE2Va0ddt_qvKQLev1l1VIcoeOHnYD3hK5GnsemKB5oFzTAykLsNUhDP6rzVw8=',NULL,NULL,NULL,NULL,false,NULL,NULL,false,NULL,false,false,NULL,NULL,NULL,'2026-11-20 08:03:00','2026-11-20 08:03:00',false,NULL,NULL,NULL,NULL),
 (203,11,5,'tutor',2,'text','gAAAAABo53gArmU5nFYHfmlwoddxxWT-YfpfOPWTVih5Li8hHXzFHCk7UJZU6LLSCuxnvGJRrBsPf7yUJFoJ4A4WUiA-hazju61OmID9mVJ0uYbbGKnUR9zntNElvpFizQoE7UIZjIrk',NULL,NULL,NULL,NULL,true,'2026-11-20 08:05:00','gAAAAABo53gA92ETOjjn9o1lu08kp0fOseMBAwixz_K7Rotx0NA6IX-ko9LGAEZ3kOGpxgz0LL9OliNxnIHPVpFw1855AlyHLWOaKy-SvT2nZFpjIhQcfFI=',false,NULL,false,false,NULL,NULL,NULL,'2026-11-20 08:04:00','2026-11-20 08:04:00',false,NULL,NULL,NULL,NULL),
 (204,11,5,'student',1,'text','gAAAAABo53gAMZgjgaxQ-WXZ-MEqWzCYujlH0ZZ3-74DxjVRseQi59ZTq7wSSk4r39OAjGt8j-jhs50eFIxTRUBm-OLs8Iwv0b4K_DCaeWIZTRJd8Pi92sk=',NULL,NULL,NULL,NULL,false,NULL,NULL,true,'2026-11-20 08:07:00',true,false,NULL,NULL,NULL,'2026-11-20 08:06:00','2026-11-20 08:06:00',false,NULL,NULL,NULL,NULL),
 (205,11,5,'tutor',2,'image','Sketch of the second exercise','https://media.example.test/m/sketch.png','{"width": 800, "height": 600, "file_name": "sketch.png", "file_size": 40960}',NULL,NULL,false,NULL,NULL,false,NULL,false,false,NULL,NULL,NULL,'2026-11-20 08:08:00','2026-11-20 08:08:00',false,NULL,NULL,NULL,NULL),
 (206,11,5,'student',1,'text','gAAAAABo53gAySaBOgFW1alQ6qSLrP2chSD_9H0JH4y1HNEIRhSK3KJHp0htSH4jBlzWskeJUPgUQDKJWhd6FRUzfNdfTZnnoscEoW2VZUe2z6h2T_4BZJbAziYVov87cvaoQgl0aj-B',NULL,NULL,203,NULL,false,NULL,NULL,false,NULL,false,false,NULL,NULL,NULL,'2026-11-20 08:09:00','2026-11-20 08:09:00',false,NULL,NULL,NULL,NULL),
 (207,11,5,'tutor',2,'text','gAAAAABo53gAiyJ7oapb0_PI4SBq0JUQvUN5cCZqlnFi6fOFvn_nXppnjZbeRSs2w2LWhRtFBCMOjomB5QZ9Z1DOgZp9VBsZ-GRPfkkZ4WWa8PiJmI3S42A=',NULL,NULL,NULL,NULL,false,NULL,NULL,false,NULL,false,true,'2026-11-20 08:11:00',5,'student','2026-11-20 08:10:00','2026-11-20 08:10:00',false,NULL,NULL,NULL,NULL),
 (208,11,5,'student',1,'text','gAAAAABo53gAdh58wb1-MC8_ixH6hFbTaHgUZtw9MwsKCbhITmZpbOBJVuuW-kaDl2K9Tt5dw6rfvE6039Iw9zt7S4ljBWr5-Ric5LCMHcq0t0sLYBMPKI4=',NULL,NULL,NULL,NULL,false,NULL,NULL,false,NULL,false,false,NULL,NULL,NULL,'2026-11-20 08:12:00','2026-11-20 08:12:00',true,'Chala C',NULL,6,'student'),
 (209,11,5,'student',1,'text','gAAAAABo53gAWXjw0ZWta-uemQC1otPgJqw5IapZJRnSqU6f3tRMS9QrZxBTO9MA6RkmJB2jwxnwzZlrCZ5mUlSBpvuE8mU5mw==',NULL,NULL,NULL,NULL,false,NULL,NULL,false,NULL,false,false,NULL,NULL,NULL,'2026-11-20 08:13:00','2026-11-20 08:13:00',false,NULL,NULL,NULL,NULL),
 (210,11,5,'tutor',2,'text','gAAAAABo53gAqBl21eke6L9WW13fd4vDuGX-pjto-wqAAVe9OqU7XTuJQzKsSx_OS4vyPZdWHsZHbWXvkOGeGs372xuiu-pAzqWC9jn9FgQ3ZND6xbEFeHg=',NULL,NULL,NULL,NULL,false,NULL,NULL,false,NULL,false,false,NULL,NULL,NULL,'2026-11-20 08:31:00','2026-11-20 08:31:00',false,NULL,NULL,NULL,NULL),
 (221,12,6,'student',3,'text','gAAAAABo53gA6S0N4HIwrVkHok2WNB_fCRi0e7h02WAFQGoUtWz5wuaZJRPgqpiaNEzq2nv1KwauzNS2o3nJ9qQfvwTImdrOsCROy8Pu-DGRAfdA4hNE9zU=',NULL,NULL,NULL,NULL,false,NULL,NULL,false,NULL,false,false,NULL,NULL,NULL,'2026-11-20 08:40:00','2026-11-20 08:40:00',false,NULL,NULL,NULL,NULL),
 (222,12,5,'tutor',2,'text','gAAAAABo53gArCOqMGZMtjWL_81QZis_dENWnLAWGhqIKGm9zqB1MN8ZkfSfvvoDEDAkwJlNnYtZ0Acscs_sf3ua9kVSRX-cKk-SU9k4ftlBpOvxr3Vnls4=',NULL,NULL,NULL,NULL,false,NULL,NULL,false,NULL,false,true,'2026-11-20 08:42:00',5,'student','2026-11-20 08:41:00','2026-11-20 08:41:00',false,NULL,NULL,NULL,NULL),
 (223,12,5,'student',1,'text','gAAAAABo53gAXIfyaf0FQfv-taRXGIBARJ0xExjMnuJuRYDFniutBTiFFj2agX7HdHGO47x3Ni0Jt-YOrJFB5A5RE9UOuXgUGJo8xWRVZwpygsA4TuZYvOU=',NULL,NULL,222,NULL,false,NULL,NULL,false,NULL,false,false,NULL,NULL,NULL,'2026-11-20 08:43:00','2026-11-20 08:43:00',false,NULL,NULL,NULL,NULL),
 (224,12,6,'student',3,'file','timetable.pdf','https://media.example.test/m/plan.bin','{"file_name": "timetable.pdf", "file_size": 1234}',NULL,NULL,false,NULL,NULL,false,NULL,false,false,NULL,NULL,NULL,'2026-11-20 08:44:00','2026-11-20 08:44:00',false,NULL,NULL,NULL,NULL),
 (231,13,5,'parent',4,'text','gAAAAABo53gAmU1enFdtCNW7jbJxcF1HhfD__8iJZpifLYrEqR7K-PkRdUxdVGdf1KZd90Py5jdFUKH2sLUbVdiwdeicO9VJT9nAEKgaofQTb3wWmlLt-CE=',NULL,NULL,NULL,NULL,false,NULL,NULL,false,NULL,false,false,NULL,NULL,NULL,'2026-11-20 08:50:00','2026-11-20 08:50:00',false,NULL,NULL,NULL,NULL),
 (232,13,7,'tutor',1,'text','gAAAAABo53gAyXZACCj8lHwekmHruUr25qidcX8o8PWn1_F7Xsh-7S8eORN4E5knhqIaFJAomkEFMfobpJXuHmfCc2xvpaEibOhs2CnxJmSrd0fIrmUQLuqI5Ad4CBUYJorTZ3o2OuR-',NULL,NULL,NULL,NULL,false,NULL,NULL,false,NULL,false,false,NULL,NULL,NULL,'2026-11-20 08:51:00','2026-11-20 08:51:00',false,NULL,NULL,NULL,NULL),
 (241,14,5,'tutor',2,'text','gAAAAABo53gAnhMAT5HBJ7KPFTBgVIirzim64kCMxcgQqVB2LbnYFyiURdBEFCgeg-gjdMAcQoLzKAPqtYNN0zBJ6KHx5xqIh97m0gdUAnuAxWjJC3Te9Tg=',NULL,NULL,NULL,NULL,false,NULL,NULL,false,NULL,false,false,NULL,NULL,NULL,'2026-11-20 08:55:00','2026-11-20 08:55:00',false,NULL,NULL,NULL,NULL),
 (251,15,8,'tutor',6,'text','gAAAAABo53gA_Onz5R-XeU4hUpZTUFV9xMcC8GAA23fFTAYO1LuwyumNM__cC33T_5aUs3kAPOprH5uPzK5h7pQXC_3qA-6vsZIf_DHx8MtABsZX2Cwh-qiMj_F8BA2_nDjiKB3w2Zn3',NULL,NULL,NULL,NULL,false,NULL,NULL,false,NULL,false,false,NULL,NULL,NULL,'2026-11-20 08:56:00','2026-11-20 08:56:00',false,NULL,NULL,NULL,NULL);

INSERT INTO message_reactions(message_id,profile_id,profile_type,user_id,reaction,created_at) VALUES
 (207,5,'student',1,'heart','2026-11-20 08:14:00'),
 (207,5,'tutor',2,'thumbsup','2026-11-20 08:15:00'),
 (222,6,'student',3,'laugh','2026-11-20 08:45:00');

INSERT INTO blocked_chat_contacts(blocker_profile_id,blocker_profile_type,blocker_user_id,blocked_profile_id,blocked_profile_type,blocked_user_id,reason,blocked_at) VALUES
 (5,'student',1,9,'student',8,'unwanted messages','2026-11-20 08:20:00');

INSERT INTO chat_settings(user_id,profile_id,profile_type,created_at,updated_at,who_can_message,bubble_style,font_size) VALUES (1,5,'student','2026-11-20 08:00:00','2026-11-20 08:00:00','everyone','square','large') ON CONFLICT DO NOTHING;
INSERT INTO chat_settings(user_id,profile_id,profile_type,created_at,updated_at,who_can_message,allow_calls_from) VALUES (1,7,'tutor','2026-11-20 08:00:00','2026-11-20 08:00:00','connections','connections') ON CONFLICT DO NOTHING;
INSERT INTO chat_settings(user_id,profile_id,profile_type,created_at,updated_at) VALUES (2,5,'tutor','2026-11-20 08:00:00','2026-11-20 08:00:00') ON CONFLICT DO NOTHING;
INSERT INTO chat_settings(user_id,profile_id,profile_type,created_at,updated_at,disable_forwarding,typing_indicators) VALUES (3,6,'student','2026-11-20 08:00:00','2026-11-20 08:00:00',true,false) ON CONFLICT DO NOTHING;
INSERT INTO chat_settings(user_id,profile_id,profile_type,created_at,updated_at,read_receipts,online_status,last_seen_visibility) VALUES (4,5,'parent','2026-11-20 08:00:00','2026-11-20 08:00:00',false,false,'nobody') ON CONFLICT DO NOTHING;
INSERT INTO chat_settings(user_id,profile_id,profile_type,created_at,updated_at,who_can_message,allow_calls_from,allow_group_adds) VALUES (6,8,'tutor','2026-11-20 08:00:00','2026-11-20 08:00:00','none','none','none') ON CONFLICT DO NOTHING;
INSERT INTO call_logs(id,conversation_id,caller_profile_id,caller_profile_type,caller_user_id,call_type,status,started_at,answered_at,ended_at,duration_seconds,participants) VALUES
 (301,11,5,'tutor',2,'voice','ended','2026-11-20 08:16:00','2026-11-20 08:16:12','2026-11-20 08:22:00',340,'[{"profile_id": 5, "profile_type": "student"}]'),
 (302,11,5,'student',1,'video','missed','2026-11-20 08:25:00',NULL,NULL,NULL,NULL),
 (303,14,5,'tutor',2,'voice','declined','2026-11-20 08:57:00',NULL,NULL,NULL,NULL);

INSERT INTO chat_active_sessions(id,user_id,profile_id,profile_type,session_token,device_name,device_type,browser,os,ip_address,is_current,created_at) VALUES
 (401,1,5,'student','seed-session-401','Firefox on Linux','desktop','Firefox','Linux','192.0.2.10',true,'2026-11-20 08:00:00'),
 (402,1,5,'student','seed-session-402','Android phone','mobile','Chrome','Android','192.0.2.11',false,'2026-11-20 08:00:00'),
 (403,2,5,'tutor','seed-session-403','Safari','tablet','Safari','iPadOS','192.0.2.20',true,'2026-11-20 08:00:00');

INSERT INTO polls(id,conversation_id,created_by_user_id,created_by_profile_id,created_by_profile_type,question,multiple_choice,anonymous,status,end_time,created_at) VALUES
 (501,12,3,6,'student','Which day suits the group?',false,false,'active',NULL,'2026-11-20 08:46:00+00');

INSERT INTO poll_options(id,poll_id,option_text,option_order) VALUES
 (511,501,'Monday',0),
 (512,501,'Wednesday',1),
 (513,501,'Saturday',2);

INSERT INTO poll_votes(poll_id,option_id,user_id,profile_id,profile_type,voted_at) VALUES
 (501,511,2,5,'tutor','2026-11-20 08:47:00+00');

INSERT INTO polls(id,conversation_id,created_by_user_id,created_by_profile_id,created_by_profile_type,question,multiple_choice,anonymous,status,end_time,created_at) VALUES
 (502,12,1,5,'student','Old poll: tea or coffee?',false,false,'ended','2026-09-01 00:00:00+00','2026-11-20 08:46:00+00');

INSERT INTO poll_options(id,poll_id,option_text,option_order) VALUES
 (521,502,'Tea',0),
 (522,502,'Coffee',1);

INSERT INTO poll_votes(poll_id,option_id,user_id,profile_id,profile_type,voted_at) VALUES
 (502,521,2,5,'tutor','2026-11-20 08:47:00+00');

DO $do$ BEGIN
IF to_regclass('pinned_messages') IS NOT NULL THEN
  EXECUTE $q$UPDATE conversations SET created_by_user_id=2 WHERE id=11$q$;
  EXECUTE $q$UPDATE conversations SET created_by_user_id=1 WHERE id=12$q$;
  EXECUTE $q$UPDATE conversations SET created_by_user_id=4 WHERE id=13$q$;
  EXECUTE $q$UPDATE conversations SET created_by_user_id=2 WHERE id=14$q$;
  EXECUTE $q$UPDATE conversations SET created_by_user_id=1 WHERE id=15$q$;
  EXECUTE $q$INSERT INTO pinned_messages(message_id,conversation_id,pinned_by_user_id,pinned_at) VALUES (207,11,1,'2026-11-20 08:11:00'),(222,12,1,'2026-11-20 08:42:00')$q$;
  EXECUTE $q$UPDATE chat_messages SET pinned_by_user_id=1 WHERE id IN (207,222)$q$;
  EXECUTE $q$INSERT INTO user_sessions(id,user_id,token_jti,device_type,device_name,os,browser,ip_address,created_at,last_active,last_active_at) VALUES (451,1,'seed-jti-1','desktop','Firefox on Linux','Linux','Firefox','192.0.2.10','2026-11-20 08:00:00','2026-11-20 08:20:00','2026-11-20 08:20:00'),(452,1,'seed-jti-2','mobile','Android phone','Android','Chrome','192.0.2.11','2026-11-20 08:00:00','2026-11-20 08:19:00','2026-11-20 08:19:00'),(453,2,'seed-jti-3','tablet','Safari','iPadOS','Safari','192.0.2.20','2026-11-20 08:00:00','2026-11-20 08:18:00','2026-11-20 08:18:00')$q$;
END IF;
END $do$;
SELECT setval('users_id_seq',2000);
SELECT setval('student_profiles_id_seq',2037);
SELECT setval('tutor_profiles_id_seq',2074);
SELECT setval('parent_profiles_id_seq',2111);
SELECT setval('connections_id_seq',2148);
SELECT setval('conversations_id_seq',2185);
SELECT setval('conversation_participants_id_seq',2222);
SELECT setval('chat_messages_id_seq',2259);
SELECT setval('message_reactions_id_seq',2296);
SELECT setval('blocked_chat_contacts_id_seq',2333);
SELECT setval('call_logs_id_seq',2370);
SELECT setval('chat_active_sessions_id_seq',2407);
SELECT setval('user_sessions_id_seq',2444);
SELECT setval('polls_id_seq',2481);
SELECT setval('poll_options_id_seq',2518);
SELECT setval('poll_votes_id_seq',2555);
SELECT setval('chat_settings_id_seq',2592);
