/**
 * Who the legacy modal says it is: one role of a person. The rules are the old client's own, its known mistake
 * included: a role that the person does not have is sent with the user's id in the place of the profile's.
 */

/** `{profile_id, profile_type, user_id}` from the answer of `GET /api/me` and the active role. */
export function profileOf(me, role) {
  const type = role || me.active_role || me.role || "student";
  return {
    profile_id: me.role_ids?.[type] ?? me.profile_id ?? me.id,
    profile_type: type,
    user_id: me.user_id ?? me.id,
  };
}

/** Query of most requests: profile_id, profile_type, user_id, in this order. */
export function three(profile) {
  return [
    ["profile_id", profile.profile_id],
    ["profile_type", profile.profile_type],
    ["user_id", profile.user_id],
  ];
}

/** Query of typing and settings. */
export function two(profile) {
  return [
    ["profile_id", profile.profile_id],
    ["profile_type", profile.profile_type],
  ];
}

/** How a list of people is named: `tutor_5`. */
export function keyOf(profile) {
  return `${profile.profile_type}_${profile.profile_id}`;
}
