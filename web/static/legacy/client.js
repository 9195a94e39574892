/**
 * The legacy dialect: every request names one role of a person. What is sent, in which order, and what is read is
 * what the role-based modal did. With `extended`, it also sends what that API could take but the old modal never
 * sent: replies, media, archive, mute, older pages.
 */
import { createHttp } from "../shared/http.js";
import { describeDevice } from "../shared/device.js";
import { keyOf, profileOf, three, two } from "./identity.js";
import { legacyFrames } from "./frames.js";
import { createLocalFlags } from "./flags.js";
import { byAge } from "../chat/timeline.js";
import * as reading from "./reading.js";
import { legacySecurity } from "./security.js";

const CHAT = "/api/chat";

export async function createLegacyClient({ token, role, extended, signal }) {
  const http = createHttp({ token, signal });
  const me = await http.call("GET", "/api/me");
  const profile = profileOf(me, role);
  const P3 = three(profile);
  const P2 = two(profile);
  const flags = createLocalFlags();
  const at = (path) => `${CHAT}${path}`;
  const call = (method, path, query = P3, body = undefined, json = undefined) =>
    http.call(method, at(path), { query, body, ...(json === undefined ? {} : { json }) });

  const flagged = (row) =>
    extended
      ? row
      : { ...row, muted: flags.has("chat_muted", row.id), archived: flags.has("chat_archived", row.id) };

  return {
    shape: "legacy",
    extended,
    userId: profile.user_id,
    profile,
    me: {
      key: keyOf(profile),
      name: me.name ?? me.first_name ?? "",
      avatar: me.profile_picture ?? null,
      label: profile.profile_type,
    },
    socketPath: `/ws/${profile.profile_id}/${profile.profile_type}`,
    frames: legacyFrames(profile, me),
    token,

    security: legacySecurity(call, profile),

    /** The old modal asked for its settings twice when the page was loaded, and once more at every opening. */
    async start() {
      const settings = () => quiet(call("GET", "/settings", P2));
      await Promise.all([settings(), settings()]);
    },
    async conversations({ first = false, archived = false } = {}) {
      const query = first
        ? [...P3, ["filter_type", "all"]]
        : archived && extended
          ? [...P3, ["filter_type", "archived"]]
          : P3;
      const answer = await call("GET", "/conversations", query);
      return (answer?.conversations ?? []).map((row) => flagged(reading.conversation(row)));
    },
    async requests() {
      const answer = await call("GET", "/connection-requests");
      return [
        ...(answer.received_requests ?? []).map((row) => reading.request(row, "received")),
        ...(answer.sent_requests ?? []).map((row) => reading.request(row, "sent")),
      ];
    },
    respond: (id, action) => call("POST", `/connection-requests/${id}/respond`, [...P3, ["action", action]]),
    async contacts() {
      return ((await call("GET", "/contacts"))?.contacts ?? []).map(reading.contact);
    },

    /** What the modal asks besides the messages when somebody opens a conversation. */
    async opened(conversation) {
      const other = conversation.other;
      await Promise.all([
        other && quiet(http.call("GET", `/api/${other.profile_type}/${other.profile_id}`)),
        quiet(this.heartbeat()),
      ]);
    },
    async messages(conversation, { after, before, limit } = {}) {
      const query = [...P3, ["after", after], ["before_id", before], ["limit", limit]];
      const answer = await call("GET", `/messages/${conversation.id}`, query);
      const messages = (answer?.messages ?? []).map(reading.message).sort(byAge);
      return { messages, hasMore: extended && Boolean(answer?.has_more), total: answer?.total_count ?? null };
    },
    async calls(conversation) {
      const answer = await http.call("GET", `/api/call-logs/${conversation.id}`, { query: P3 });
      return (answer?.call_logs ?? []).map(reading.call);
    },
    async polls(conversation) {
      return ((await call("GET", `/polls/conversation/${conversation.id}`))?.polls ?? []).map((row) =>
        reading.poll(row, profile),
      );
    },
    createPoll: (conversation, { question, options, multiple }) =>
      call("POST", "/polls", P3, {
        conversation_id: conversation.id,
        question,
        options,
        multiple_choice: multiple,
        anonymous: false,
        end_time_hours: null,
      }),
    vote: (poll, option) => call("POST", `/polls/${poll.id}/vote`, P3, { option_id: option }),
    deletePoll: (poll) => call("DELETE", `/polls/${poll.id}`),

    async send(conversation, { text, type = "text", media = null, reply = null }) {
      const body = {
        conversation_id: conversation.id,
        message_type: type,
        content: text,
        media_url: extended ? (media?.url ?? null) : null,
        reply_to_id: extended ? (reply?.id ?? null) : null,
      };
      if (extended && media) body.media_metadata = media.meta;
      return (await call("POST", "/messages", P3, body)).message_id;
    },
    async forward(message, conversation, note) {
      const from = message.mine ? profile : message.sender.ref;
      await call("POST", "/messages", P3, {
        conversation_id: conversation.id,
        content: message.text,
        message_type: message.type,
        ...(extended && message.media
          ? { media_url: message.media.url, media_metadata: message.media.meta }
          : {}),
        is_forwarded: true,
        forwarded_from: message.mine ? me.name : message.sender.name,
        forwarded_from_avatar: message.sender.avatar,
        forwarded_from_profile_id: from.profile_id,
        forwarded_from_profile_type: from.profile_type,
      });
      if (note)
        await call("POST", "/messages", P3, {
          conversation_id: conversation.id,
          content: note,
          message_type: "text",
        });
    },
    edit: (message, text) => call("PUT", `/messages/${message.id}`, P3, { content: text }),
    remove: (message) => call("DELETE", `/messages/${message.id}`),
    react: (message, word) => call("POST", `/messages/${message.id}/reactions`, P3, { reaction: word }),
    unreact: extended ? (message, word) => call("DELETE", `/messages/${message.id}/reactions/${word}`) : null,
    pin: (message) => call("POST", `/messages/${message.id}/pin`),
    unpin: (message) => call("DELETE", `/messages/${message.id}/pin`, []),

    typing: (conversation, on) =>
      call("POST", `/conversations/${conversation.id}/typing`, [...P2, ["is_typing", on]], undefined, true),
    async typists(conversation) {
      const answer = await call("GET", `/conversations/${conversation.id}/typing`, P2);
      return answer?.is_someone_typing
        ? answer.typing_users.map((one) => one.user_name ?? one.name ?? "Somebody")
        : [];
    },
    heartbeat: () => call("POST", "/users/status/update", [...P3, ...describeDevice()], undefined, true),
    /** By conversation id: `{online, lastSeen}`. */
    async presence(conversations) {
      const direct = conversations.filter((one) => one.other);
      if (!direct.length) return new Map();
      const keys = direct.map((one) => keyOf(one.other));
      const { statuses } = await call("GET", "/users/online-status", [
        ...P3,
        ["profile_ids", keys.join(",")],
      ]);
      return new Map(direct.map((one, index) => [one.id, presenceOf(statuses?.[keys[index]])]));
    },

    async details(conversation) {
      const answer = await call("GET", `/conversations/${conversation.id}`);
      return {
        participants: (answer.participants ?? []).map(reading.participant),
        pinned: (answer.pinned_messages ?? []).map((row) => ({
          id: row.id,
          text: row.content ?? "",
          name: [row.first_name, row.father_name].filter(Boolean).join(" "),
        })),
        description: answer.description ?? "",
      };
    },
    async createDirect(person) {
      const answer = await call("POST", "/conversations", P3, { type: "direct", participants: [person.ref] });
      return answer.conversation_id;
    },
    async createGroup({ name, description, people, channel }) {
      const answer = await call("POST", "/conversations", P3, {
        type: channel ? "channel" : "group",
        name,
        description: description || null,
        avatar_url: null,
        participants: people.map((one) => one.ref),
      });
      return { id: answer.conversation_id, rejected: (answer.rejected_participants ?? []).length };
    },
    async addPeople(conversation, people) {
      const answer = await call("POST", `/conversations/${conversation.id}/participants`, P3, {
        participants: people.map(({ ref }) => ({
          user_id: ref.user_id,
          profile_id: ref.profile_id,
          profile_type: ref.profile_type,
        })),
      });
      return { rejected: (answer?.rejected ?? []).length };
    },
    removePerson: (conversation, person) =>
      call(
        "DELETE",
        `/conversations/${conversation.id}/participants/${person.ref.profile_id}/${person.ref.profile_type}`,
      ),
    leave: (conversation) =>
      call(
        "DELETE",
        `/conversations/${conversation.id}/participants/${profile.profile_id}/${profile.profile_type}`,
      ),
    clearHistory: (conversation) =>
      call("DELETE", `/conversations/${conversation.id}/history`, P3, undefined, true),

    async archive(conversation, on) {
      if (!extended) return flags.set("chat_archived", conversation.id, on);
      return call("PUT", `/conversations/${conversation.id}/archive`, [["archived", on], ...P2]);
    },
    async mute(conversation, on) {
      if (!extended) return flags.set("chat_muted", conversation.id, on);
      return call("PUT", `/conversations/${conversation.id}/mute`, [["muted", on], ...P2]);
    },
    /** There is no such request in this dialect: reading the messages is the sign. */
    markRead: null,

    async blocked() {
      return ((await call("GET", "/blocked"))?.blocked ?? []).map(reading.blocked);
    },
    isBlocked: (conversation, list) =>
      Boolean(conversation.other) &&
      list.some(
        (one) =>
          one.ref.profile_id === conversation.other.profile_id &&
          one.ref.profile_type === conversation.other.profile_type,
      ),
    block: (conversation) =>
      call("POST", "/block", P3, {
        blocked_profile_id: conversation.other.profile_id,
        blocked_profile_type: conversation.other.profile_type || "student",
        blocked_user_id: conversation.other.user_id,
      }),
    unblock: (person) => call("DELETE", `/block/${person.profile_id}/${person.profile_type || "student"}`),

    settings: async () => (await call("GET", "/settings", P2))?.settings ?? {},
    settingsOf: async (conversation) =>
      (await call("GET", "/settings", two(conversation.other)))?.settings ?? {},
    saveSettings: (settings) =>
      call("PUT", "/settings", [], {
        profile_id: profile.profile_id,
        profile_type: profile.profile_type,
        settings,
      }),

    /** The old modal searched what it had; it gets all of it as its export did. */
    async search(conversation, text) {
      const { messages } = await this.messages(conversation, { limit: 10000 });
      const wanted = text.toLowerCase();
      return messages.filter((one) => one.text.toLowerCase().includes(wanted)).reverse();
    },
    async upload(file, onProgress) {
      const answer = await http.upload(at("/media"), P3, file, onProgress);
      return { url: answer.media_url, meta: answer.media_metadata };
    },

    async logCall({ conversation, type, startedAt }) {
      const body = {
        conversation_id: conversation,
        caller_profile_id: profile.profile_id,
        caller_profile_type: profile.profile_type,
        call_type: type,
        status: "initiated",
        started_at: startedAt,
      };
      return (await http.call("POST", "/api/call-logs", { query: P3, body })).call_log_id;
    },
    updateCall: (id, change) => http.call("PUT", `/api/call-logs/${id}`, { query: P3, body: change }),
    /** Both sides of a call wrote a log, each as its caller; the server makes one of the two. */
    logsWhatItReceives: true,
    iceServers: async () => [],

    myReaction: (message) =>
      message.reactions.find(
        (one) => one.who.includes(String(profile.profile_id)) || one.who.includes(keyOf(profile)),
      )?.word ?? null,
    isAdmin: (conversation, participants) =>
      participants.some((one) => one.key === keyOf(profile) && one.role === "admin") ||
      conversation.creator === keyOf(profile),
  };
}

function presenceOf(status) {
  if (!status) return { online: false, lastSeen: null };
  return {
    online: Boolean(status.is_online) && !status.online_hidden,
    lastSeen: status.last_seen_hidden ? null : status.last_seen,
  };
}

/** For what the old modal asked and then ignored. */
async function quiet(promise) {
  try {
    return await promise;
  } catch {
    return null;
  }
}
