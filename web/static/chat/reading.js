/** What a chat modal knows, and how it stays up to date: the state, and everything that reads from the server. */
import { createStore } from "../shared/store.js";
import { merge, newestTime, replaceWindow } from "./messages.js";

/** The state of no open conversation. */
export const EMPTY_THREAD = {
  messages: [],
  hasMore: false,
  loadingOlder: false,
  typists: [],
  details: null,
  calls: [],
  polls: [],
  reply: null,
  editing: null,
  found: null,
  theirs: null,
};
const START = {
  phase: "loading",
  error: "",
  conversations: [],
  requests: [],
  presence: new Map(),
  filter: "all",
  query: "",
  openId: null,
  threadPhase: "idle",
  blocked: [],
  settings: {},
  offline: !navigator.onLine,
  ...EMPTY_THREAD,
};

export function createReading(client, notify) {
  const store = createStore({ ...START });
  const running = new Map();
  const { get, set } = store;
  /** The old modal asked for the details, and with them the pins, of groups only. */
  const tellsPins = (conversation) => client.extended || conversation.type !== "direct";
  const current = () => get().conversations.find((one) => one.id === get().openId) ?? null;
  const real = () => (current()?.synthetic ? null : current());

  /** Runs one background refresh of a kind at a time and forgets its failures: the next one comes soon. */
  function background(name, work) {
    if (running.has(name)) return running.get(name);
    const task = work()
      .catch(() => undefined)
      .finally(() => running.delete(name));
    running.set(name, task);
    return task;
  }

  /** Does what somebody asked for; a refusal is shown in the server's words. */
  async function attempt(work, done) {
    try {
      const result = await work();
      if (done) notify(done);
      return result ?? true;
    } catch (error) {
      if (error.name !== "AbortError") notify(error.detail ?? "That did not work", "error");
      return null;
    }
  }

  async function load() {
    set({ phase: "loading", error: "" });
    try {
      await client.start();
      const [conversations, requests, settings] = await Promise.all([
        client.conversations({ first: true }),
        client.requests().catch(() => []),
        client.settings().catch(() => ({})),
      ]);
      set({ phase: "ready", conversations, requests, settings });
      heartbeat();
    } catch (error) {
      if (error.name !== "AbortError") set({ phase: "failed", error: error.detail ?? String(error.message) });
    }
  }

  const refreshConversations = () =>
    background("conversations", async () => {
      const archived = get().filter === "archived" && client.extended;
      const rows = await client.conversations({ archived });
      set((state) => ({
        conversations: archived
          ? [...state.conversations.filter((one) => !one.archived), ...rows]
          : [...rows, ...keptArchive(state.conversations, rows)],
        phase: "ready",
      }));
    });

  function keptArchive(known, rows) {
    const listed = new Set(rows.map((one) => one.id));
    return known.filter((one) => (one.archived || one.id === get().openId) && !listed.has(one.id));
  }

  async function open(id) {
    set({ openId: id, threadPhase: "loading", ...EMPTY_THREAD });
    const conversation = current();
    if (!conversation) return;
    client.opened(conversation).catch(() => undefined);
    if (conversation.synthetic) return set({ threadPhase: "ready" });
    await loadThread(conversation);
  }

  async function loadThread(conversation) {
    const still = (patch) => get().openId === conversation.id && set(patch);
    try {
      const page = await client.messages(conversation);
      still({ ...page, threadPhase: "ready" });
    } catch (error) {
      return still({ threadPhase: "failed", error: error.detail ?? "" });
    }
    markRead(conversation);
    client.calls(conversation).then(
      (calls) => still({ calls }),
      () => undefined,
    );
    client.polls(conversation).then(
      (polls) => still({ polls }),
      () => undefined,
    );
    client.blocked().then(
      (blocked) => set({ blocked }),
      () => undefined,
    );
    if (tellsPins(conversation))
      client.details(conversation).then(
        (details) => still({ details }),
        () => undefined,
      );
    if (conversation.other)
      client.settingsOf(conversation).then(
        (theirs) => still({ theirs }),
        () => undefined,
      );
    return undefined;
  }

  function markRead(conversation) {
    set((state) => ({
      conversations: state.conversations.map((one) =>
        one.id === conversation.id ? { ...one, unread: 0 } : one,
      ),
    }));
    client.markRead?.(conversation).catch(() => undefined);
  }

  function takeMessages(conversation, combine) {
    return (page) => {
      if (get().openId !== conversation.id) return;
      const before = get().messages;
      const messages = combine(before, page.messages);
      set({ messages });
      if (messages.length > before.length && messages.at(-1) && !messages.at(-1).mine) markRead(conversation);
    };
  }

  const refreshNew = () =>
    background("news", async () => {
      const conversation = real();
      if (!conversation) return;
      takeMessages(
        conversation,
        merge,
      )(await client.messages(conversation, { after: newestTime(get().messages) }));
    });

  const refreshMessages = () =>
    background("messages", async () => {
      const conversation = real();
      if (!conversation) return;
      takeMessages(conversation, replaceWindow)(await client.messages(conversation));
    });

  /** A reading that began before somebody's own change does not show it: wait for it, then read once more. */
  async function readAgain() {
    await running.get("messages");
    await refreshMessages();
  }

  /** The list that is being read may be older than somebody's own change, and would undo it: let it come first. */
  const listRead = () => running.get("conversations");

  async function older() {
    const conversation = real();
    const { hasMore, loadingOlder, messages } = get();
    if (!conversation || !hasMore || loadingOlder || !messages.length) return;
    set({ loadingOlder: true });
    const page = await client.messages(conversation, { before: messages[0].id }).catch(() => null);
    if (get().openId !== conversation.id) return;
    set((state) => ({
      loadingOlder: false,
      ...(page ? { messages: merge(state.messages, page.messages), hasMore: page.hasMore } : {}),
    }));
  }

  function heartbeat() {
    return background("heartbeat", () => client.heartbeat());
  }

  const refreshDetails = () =>
    background("details", async () => {
      const conversation = real();
      if (conversation && tellsPins(conversation)) set({ details: await client.details(conversation) });
    });

  const refreshCalls = () =>
    background("calls", async () => real() && set({ calls: await client.calls(real()) }));

  const refreshTyping = () =>
    background("typing", async () => {
      const conversation = real();
      const typists = conversation ? await client.typists(conversation) : [];
      if (conversation?.id === get().openId) set({ typists });
    });

  const refreshPresence = () =>
    background("presence", async () => set({ presence: await client.presence(get().conversations) }));

  const refreshBlocked = () => background("blocked", async () => set({ blocked: await client.blocked() }));

  return {
    client,
    notify,
    store,
    current,
    real,
    attempt,
    load,
    open,
    older,
    readAgain,
    heartbeat,
    listRead,
    refreshBlocked,
    refreshCalls,
    refreshConversations,
    refreshDetails,
    refreshMessages,
    refreshNew,
    refreshPresence,
    refreshTyping,
  };
}
