/** The modern dialect, API 2.1: everybody is a user_id. */
import { createHttp } from "../shared/http.js";
import { describeDevice } from "../shared/device.js";
import { modernFrames } from "./frames.js";
import * as reading from "./reading.js";
import { modernSecurity } from "./security.js";

const CHAT = "/api/chat";

/** `{user_id, name, avatar}` from the answer of `GET /api/me`. */
export function userOf(me) {
  const name = [me.first_name, me.father_name || me.last_name].filter(Boolean).join(" ");
  return { user_id: me.id, name, avatar: me.profile_picture ?? null };
}

export async function createModernClient({ token, signal }) {
  const http = createHttp({ token, signal });
  const currentUser = userOf(await http.call("GET", "/api/me"));
  const mine = ["user_id", currentUser.user_id];
  const call = (method, path, { query = [], body } = {}) =>
    http.call(method, CHAT + path, { query: [mine, ...query], body });

  return {
    shape: "modern",
    extended: true,
    userId: currentUser.user_id,
    currentUser,
    me: { key: String(currentUser.user_id), name: currentUser.name, avatar: currentUser.avatar, label: null },
    socketPath: `/ws/${currentUser.user_id}`,
    frames: modernFrames(currentUser),
    token,

    security: modernSecurity(call),
    start: async () => {},
    async conversations({ archived = false } = {}) {
      const rows = await call("GET", "/conversations", {
        query: [["filter_type", archived ? "archived" : undefined]],
      });
      return rows.map(reading.conversation);
    },
    async requests() {
      const answer = await call("GET", "/connection-requests");
      return [
        ...answer.received_requests.map((row) => reading.request(row, "received")),
        ...answer.sent_requests.map((row) => reading.request(row, "sent")),
      ];
    },
    respond: (id, action) => call("POST", `/connection-requests/${id}/respond`, { body: { action } }),
    contacts: async () => (await call("GET", "/contacts")).contacts.map(reading.contact),

    opened: async () => {},
    async messages(conversation, { after, before, limit } = {}) {
      const query = [
        ["after", after],
        ["before_message_id", before],
        ["limit", limit],
      ];
      const answer = await call("GET", `/conversations/${conversation.id}/messages`, { query });
      return {
        messages: answer.messages.map(reading.message),
        hasMore: answer.has_more,
        total: answer.total_count,
      };
    },
    async calls(conversation) {
      const answer = await http.call("GET", `/api/call-logs/${conversation.id}`, { query: [mine] });
      return (answer?.call_logs ?? []).map((row) => reading.call(row, currentUser.user_id));
    },
    async polls(conversation) {
      const answer = await call("GET", `/polls/conversation/${conversation.id}`);
      return (answer?.polls ?? []).map((row) => reading.poll(row, currentUser.user_id));
    },
    createPoll: (conversation, { question, options, multiple }) =>
      call("POST", "/polls", {
        body: {
          conversation_id: conversation.id,
          question,
          options,
          multiple_choice: multiple,
          anonymous: false,
        },
      }),
    vote: (poll, option) => call("POST", `/polls/${poll.id}/vote`, { body: { option_id: option } }),
    deletePoll: (poll) => call("DELETE", `/polls/${poll.id}`),

    async send(conversation, { text, type = "text", media = null, reply = null }) {
      const body = { content: text, message_type: type };
      if (media) Object.assign(body, { media_url: media.url, media_metadata: media.meta });
      if (reply) body.reply_to_id = reply.id;
      return (await call("POST", `/conversations/${conversation.id}/messages`, { body })).id;
    },
    async forward(message, conversation, note) {
      const body = {
        content: message.text,
        message_type: message.type,
        is_forwarded: true,
        forwarded_from_user_id: message.sender.ref.user_id,
        forwarded_from_name: message.sender.name,
        forwarded_from_avatar: message.sender.avatar,
      };
      if (message.media)
        Object.assign(body, { media_url: message.media.url, media_metadata: message.media.meta });
      await call("POST", `/conversations/${conversation.id}/messages`, { body });
      if (note) await this.send(conversation, { text: note });
    },
    edit: (message, text) => call("PUT", `/messages/${message.id}`, { body: { content: text } }),
    remove: (message) => call("DELETE", `/messages/${message.id}`),
    react: (message, word) => call("POST", `/messages/${message.id}/reactions`, { body: { reaction: word } }),
    unreact: (message, word) =>
      call("DELETE", `/messages/${message.id}/reactions/${encodeURIComponent(word)}`),
    pin: (message) => call("POST", `/messages/${message.id}/pin`),
    unpin: (message) => call("DELETE", `/messages/${message.id}/pin`),

    typing: (conversation, on) =>
      call("POST", `/conversations/${conversation.id}/typing`, { body: { is_typing: on } }),
    async typists(conversation) {
      const answer = await call("GET", `/conversations/${conversation.id}/typing`);
      return answer.typing_users.map((one) => one.name);
    },
    heartbeat: () => call("POST", "/users/status/update", { query: describeDevice() }),
    async presence(conversations) {
      const direct = conversations.filter((one) => one.other);
      if (!direct.length) return new Map();
      const { statuses } = await call("GET", "/users/online-status", {
        query: [["user_ids", direct.map((one) => one.other.user_id).join(",")]],
      });
      const byUser = new Map(
        statuses.map((one) => [one.user_id, { online: one.is_online, lastSeen: one.last_seen }]),
      );
      return new Map(
        direct.map((one) => [one.id, byUser.get(one.other.user_id) ?? { online: false, lastSeen: null }]),
      );
    },

    async details(conversation) {
      const answer = await call("GET", `/conversations/${conversation.id}`);
      return {
        participants: answer.participants.map(reading.participant),
        pinned: answer.pinned_messages.map((row) => ({
          id: row.id,
          text: row.content ?? "",
          name: row.sender_name,
        })),
        description: answer.description ?? "",
      };
    },
    async createDirect(person) {
      return (
        await call("POST", "/conversations", {
          body: { type: "direct", participant_user_ids: [person.ref.user_id] },
        })
      ).conversation_id;
    },
    async createGroup({ name, description, people, channel }) {
      const body = {
        type: channel ? "channel" : "group",
        name,
        description: description || null,
        participant_user_ids: people.map((one) => one.ref.user_id),
      };
      const answer = await call("POST", "/conversations", { body });
      return { id: answer.conversation_id, rejected: (answer.rejected_participants ?? []).length };
    },
    async addPeople(conversation, people) {
      const answer = await call("POST", `/conversations/${conversation.id}/participants`, {
        body: { participant_user_ids: people.map((one) => one.ref.user_id) },
      });
      return { rejected: (answer?.rejected ?? []).length };
    },
    removePerson: (conversation, person) =>
      call("DELETE", `/conversations/${conversation.id}/participants/${person.ref.user_id}`),
    leave: (conversation) =>
      call("DELETE", `/conversations/${conversation.id}/participants/${currentUser.user_id}`),
    clearHistory: (conversation) => call("DELETE", `/conversations/${conversation.id}/history`),

    archive: (conversation, on) =>
      call("PUT", `/conversations/${conversation.id}/archive`, { body: { is_archived: on } }),
    mute: (conversation, on) =>
      call("PUT", `/conversations/${conversation.id}/mute`, { body: { is_muted: on } }),
    markRead: (conversation) => call("POST", `/conversations/${conversation.id}/read`),

    blocked: async () => (await call("GET", "/blocked")).blocked_contacts.map(reading.blocked),
    isBlocked: (conversation, list) =>
      Boolean(conversation.other) && list.some((one) => one.ref.user_id === conversation.other.user_id),
    block: (conversation) =>
      call("POST", "/block", { body: { blocked_user_id: conversation.other.user_id, reason: null } }),
    unblock: (person) => call("DELETE", `/block/${person.user_id}`),

    settings: async () => (await call("GET", "/settings")).settings,
    settingsOf: async (conversation) =>
      (await call("GET", "/settings", { query: [["target_user_id", conversation.other.user_id]] })).settings,
    saveSettings: (settings) => call("PUT", "/settings", { body: { settings } }),

    async search(conversation, text) {
      const answer = await call("GET", "/search", {
        query: [
          ["q", text],
          ["conversation_id", conversation.id],
        ],
      });
      return answer.messages.map(reading.message);
    },
    async upload(file, onProgress) {
      const answer = await http.upload(`${CHAT}/media`, [mine], file, onProgress);
      return { url: answer.media_url, meta: answer.media_metadata };
    },

    async logCall({ conversation, type, startedAt }) {
      const body = {
        conversation_id: conversation,
        caller_user_id: currentUser.user_id,
        call_type: type,
        status: "initiated",
        started_at: startedAt,
      };
      return (await http.call("POST", "/api/call-logs", { query: [mine], body })).call_log_id;
    },
    updateCall: (id, change) => http.call("PUT", `/api/call-logs/${id}`, { query: [mine], body: change }),
    async iceServers() {
      return (await http.call("GET", "/api/turn-credentials", { query: [mine] }))?.iceServers ?? [];
    },

    myReaction: (message) =>
      message.reactions.find((one) => one.who.includes(String(currentUser.user_id)))?.word ?? null,
    isAdmin: (conversation, participants) =>
      participants.some((one) => one.ref.user_id === currentUser.user_id && one.role === "admin"),
  };
}
