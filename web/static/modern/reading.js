/** Answers of API 2.1 as this page's own words. Pure; the legacy twin is legacy/reading.js. */
import * as rows from "../chat/rows.js";

export function conversation(row) {
  const other = row.other_user;
  const last = row.last_message;
  return {
    id: row.id,
    type: row.type,
    name: other?.name ?? row.name ?? "Conversation",
    avatar: other?.avatar ?? row.avatar_url ?? null,
    role: null,
    other: other ? { user_id: other.user_id } : null,
    online: Boolean(other?.online),
    lastSeen: other?.last_seen ?? null,
    last: last
      ? { text: last.content ?? "", at: last.created_at, mine: Boolean(last.is_mine), type: last.type }
      : null,
    at: row.last_message_at ?? row.updated_at ?? row.created_at,
    ...rows.flags(row),
    synthetic: false,
    creator: row.created_by_user_id === null ? null : String(row.created_by_user_id),
  };
}

export function message(row) {
  return {
    id: row.id,
    conversation: row.conversation_id,
    type: row.message_type,
    text: row.content ?? "",
    mine: row.is_mine,
    sender: {
      key: String(row.sender_user_id),
      name: row.sender_name,
      avatar: row.sender_avatar,
      ref: { user_id: row.sender_user_id },
    },
    at: row.created_at,
    status: row.status,
    reply: row.reply_to
      ? { id: row.reply_to.id, name: row.reply_to.sender_name, text: row.reply_to.content ?? "" }
      : null,
    reactions: (row.reactions ?? []).map((one) => ({
      word: one.reaction,
      count: one.count,
      who: one.user_ids.map(String),
    })),
    edited: row.is_edited,
    pinned: row.is_pinned,
    forwarded: row.is_forwarded ? { name: row.forwarded_from_name ?? "" } : null,
    media: row.media_url ? { url: row.media_url, meta: row.media_metadata ?? {} } : null,
  };
}

export function participant(row) {
  return {
    key: String(row.user_id),
    ref: { user_id: row.user_id },
    name: row.name,
    avatar: row.avatar,
    role: row.role,
    label: null,
  };
}

export function contact(row) {
  return {
    key: String(row.user_id),
    ref: { user_id: row.user_id },
    name: row.name,
    avatar: row.avatar,
    online: row.is_online,
    label: null,
  };
}

export function blocked(row) {
  return { key: String(row.user_id), ref: { user_id: row.user_id }, name: row.name };
}

export function request(row, direction) {
  return {
    id: row.connection_id,
    direction,
    name: row.name,
    avatar: row.avatar,
    at: row.requested_at,
    label: null,
  };
}

export const call = (row, userId) => rows.call(row, row.is_caller ?? row.caller_user_id === userId);

export const poll = (row, userId) =>
  rows.poll(row, (row.created_by?.user_id ?? row.created_by_user_id) === userId);
