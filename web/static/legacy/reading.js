/** Answers of the legacy API as this page's own words. Pure; the modern twin is modern/reading.js. */
import * as rows from "../chat/rows.js";
import { keyOf } from "./identity.js";

/** One row of the list. `other` is whom requests about it name. */
export function conversation(row) {
  const other = row.other_profile_id === undefined ? null : otherOf(row);
  const last = typeof row.last_message === "string" ? { content: row.last_message } : row.last_message;
  return {
    id: row.id,
    type: row.type ?? "direct",
    name: String(row.display_name ?? row.name ?? "Conversation"),
    avatar: row.avatar ?? row.avatar_url ?? null,
    role: other?.profile_type ?? null,
    other,
    online: Boolean(row.is_online) && !row.online_hidden,
    lastSeen: row.last_seen_hidden ? null : (row.last_seen ?? null),
    last: last
      ? {
          text: last.content ?? "",
          at: last.time ?? last.created_at,
          mine: Boolean(last.is_mine),
          type: last.type,
        }
      : null,
    at: row.last_message_at ?? last?.time ?? row.created_at,
    ...rows.flags(row),
    synthetic: typeof row.id === "string",
    creator:
      row.created_by_profile_id === undefined
        ? null
        : `${row.created_by_profile_type}_${row.created_by_profile_id}`,
  };
}

function otherOf(row) {
  return {
    profile_id: row.other_profile_id,
    profile_type: row.other_profile_type,
    user_id: row.other_user_id,
  };
}

export function message(row) {
  const sender = { profile_id: row.sender_profile_id, profile_type: row.sender_profile_type };
  return {
    id: row.id,
    type: row.message_type ?? "text",
    text: typeof row.content === "string" ? row.content : "",
    mine: Boolean(row.is_mine),
    sender: {
      key: keyOf(sender),
      name: row.sender_name ?? "",
      avatar: row.sender_avatar ?? null,
      ref: sender,
    },
    at: row.created_at,
    status: row.status ?? null,
    reply: row.reply_to
      ? {
          name: row.reply_to.sender ?? row.reply_to.sender_name ?? "",
          text: row.reply_to.text ?? row.reply_to.content ?? "",
        }
      : null,
    reactions: (row.reactions ?? []).map((one) => ({
      word: one.reaction ?? one.emoji,
      count: one.count,
      who: (one.profile_ids ?? []).map(String),
    })),
    edited: Boolean(row.is_edited),
    pinned: Boolean(row.is_pinned),
    forwarded: row.is_forwarded ? { name: row.forwarded_from ?? row.forwarded_from_name ?? "" } : null,
    media: row.media_url ? { url: row.media_url, meta: row.media_metadata ?? {} } : null,
  };
}

export function participant(row) {
  const ref = { profile_id: row.profile_id, profile_type: row.profile_type, user_id: row.user_id };
  return {
    key: keyOf(ref),
    ref,
    name: row.display_name ?? "",
    avatar: row.avatar ?? null,
    role: row.role,
    label: row.profile_type,
  };
}

export function contact(row) {
  const ref = { profile_id: row.profile_id, profile_type: row.profile_type, user_id: row.user_id };
  return {
    key: keyOf(ref),
    ref,
    name: row.name ?? row.full_name ?? "",
    avatar: row.avatar ?? null,
    online: Boolean(row.is_online),
    label: row.profile_type,
  };
}

export function blocked(row) {
  const ref = {
    profile_id: row.blocked_profile_id,
    profile_type: row.blocked_profile_type,
    user_id: row.blocked_user_id,
  };
  return {
    key: keyOf(ref),
    ref,
    name:
      row.display_name ??
      row.name ??
      row.full_name ??
      [row.first_name, row.father_name].filter(Boolean).join(" ") ??
      keyOf(ref),
  };
}

export function request(row, direction) {
  return {
    id: row.connection_id,
    direction,
    name: row.display_name ?? [row.first_name, row.father_name].filter(Boolean).join(" "),
    avatar: row.avatar ?? row.profile_picture ?? null,
    at: row.requested_at,
    label: row.profile_type,
  };
}

export const call = (row) => rows.call(row, Boolean(row.is_caller));

export function poll(row, me) {
  const by = row.created_by;
  return rows.poll(row, by?.profile_id === me.profile_id && by?.profile_type === me.profile_type);
}
