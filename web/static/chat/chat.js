/**
 * What a chat modal knows and does, whatever dialect its client speaks. The views read `store` and call the methods;
 * nothing here touches the page.
 */
import { createStore } from "../shared/store.js";
import { merge, newestTime, replaceWindow } from "./messages.js";

const EMPTY_THREAD = { messages: [], hasMore: false, loadingOlder: false, typists: [], details: null, calls: [], polls: [], reply: null, editing: null, found: null, theirs: null };
const START = { phase: "loading", error: "", conversations: [], requests: [], presence: new Map(), filter: "all", query: "", openId: null, threadPhase: "idle", blocked: [], settings: {}, offline: !navigator.onLine, ...EMPTY_THREAD };
const TRIES = 3;
let orders = 0;

export function createChat(client, notify) {
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
    const task = work().catch(() => undefined).finally(() => running.delete(name));
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
      set((state) => ({ conversations: archived ? [...state.conversations.filter((one) => !one.archived), ...rows] : [...rows, ...keptArchive(state.conversations, rows)], phase: "ready" }));
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
    client.calls(conversation).then((calls) => still({ calls }), () => undefined);
    client.polls(conversation).then((polls) => still({ polls }), () => undefined);
    client.blocked().then((blocked) => set({ blocked }), () => undefined);
    if (tellsPins(conversation)) client.details(conversation).then((details) => still({ details }), () => undefined);
    if (conversation.other) client.settingsOf(conversation).then((theirs) => still({ theirs }), () => undefined);
    return undefined;
  }

  function markRead(conversation) {
    set((state) => ({ conversations: state.conversations.map((one) => (one.id === conversation.id ? { ...one, unread: 0 } : one)) }));
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
      takeMessages(conversation, merge)(await client.messages(conversation, { after: newestTime(get().messages) }));
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

  async function older() {
    const conversation = real();
    const { hasMore, loadingOlder, messages } = get();
    if (!conversation || !hasMore || loadingOlder || !messages.length) return;
    set({ loadingOlder: true });
    const page = await client.messages(conversation, { before: messages[0].id }).catch(() => null);
    if (get().openId !== conversation.id) return;
    set((state) => ({ loadingOlder: false, ...(page ? { messages: merge(state.messages, page.messages), hasMore: page.hasMore } : {}) }));
  }

  async function send({ text, type = "text", media = null }) {
    let conversation = current();
    if (!conversation) return;
    if (conversation.synthetic) conversation = await makeReal(conversation);
    if (!conversation) return;
    const order = (orders += 1);
    const draft = { id: `pending-${order}`, order, pending: true, tries: 0, type, text, mine: true, sender: client.me, at: new Date().toISOString(), status: null, reply: get().reply && { id: get().reply.id, name: get().reply.sender.name, text: get().reply.text }, reactions: [], media, conversation };
    set((state) => ({ messages: [...state.messages, draft], reply: null }));
    await deliver(draft);
  }

  async function makeReal(conversation) {
    const id = await attempt(() => client.createDirect({ ref: conversation.other }));
    if (!id) return null;
    await refreshConversations();
    await open(id);
    return current();
  }

  async function deliver(draft) {
    amend(draft.id, { failed: false, tries: draft.tries + 1 });
    try {
      const id = await client.send(draft.conversation, { text: draft.text, type: draft.type, media: draft.media, reply: draft.reply });
      set((state) => ({ messages: replaceDraft(state.messages, draft, id) }));
      await readAgain();
      refreshConversations();
    } catch (error) {
      if (error.name === "AbortError") return;
      amend(draft.id, { failed: true, waiting: error.status === 0, problem: error.detail });
      if (error.status !== 0) notify(error.detail, "error");
    }
  }

  /** A poll may have brought the stored message before the answer to its sending. */
  function replaceDraft(messages, draft, id) {
    const others = messages.filter((one) => one.id !== draft.id);
    if (others.some((one) => one.id === id)) return others;
    return messages.map((one) => (one.id === draft.id ? { ...one, id, pending: false, status: "sent" } : one));
  }

  const amend = (id, patch) => set((state) => ({ messages: state.messages.map((one) => (one.id === id ? { ...one, ...patch } : one)) }));

  const waiting = () => get().messages.filter((one) => one.pending && one.waiting && one.tries < TRIES);

  function goOnline(online) {
    set({ offline: !online });
    if (!online) return;
    for (const draft of waiting()) deliver(draft);
    refreshConversations();
    refreshMessages();
  }

  async function change(work, done) {
    const result = await attempt(work, done);
    await readAgain();
    return result;
  }

  async function togglePin(message) {
    const result = await change(() => (message.pinned ? client.unpin(message) : client.pin(message)), message.pinned ? "Unpinned" : "Pinned");
    if (result) await refreshDetails();
  }

  const refreshDetails = () =>
    background("details", async () => {
      const conversation = real();
      if (conversation && tellsPins(conversation)) set({ details: await client.details(conversation) });
    });

  async function react(message, word) {
    const mine = client.myReaction(message);
    const again = mine === word && client.unreact;
    await change(() => (again ? client.unreact(message, word) : client.react(message, word)));
  }

  async function start(made) {
    const result = await attempt(made);
    const id = result?.id ?? result;
    if (!id || id === true) return null;
    await refreshConversations();
    await open(id);
    return result;
  }

  async function flag(conversation, name, on, done) {
    const result = await attempt(() => (name === "archived" ? client.archive(conversation, on) : client.mute(conversation, on)), done);
    if (!result) return;
    set((state) => ({ conversations: state.conversations.map((one) => (one.id === conversation.id ? { ...one, [name]: on } : one)) }));
  }

  async function block(conversation, on) {
    await attempt(() => (on ? client.block(conversation) : client.unblock(conversation.other)), on ? "Blocked" : "Unblocked");
    set({ blocked: await client.blocked().catch(() => get().blocked) });
  }

  async function saveSettings(settings) {
    if (!(await attempt(() => client.saveSettings(settings), "Settings saved"))) return;
    set({ settings: await client.settings().catch(() => settings) });
  }

  async function people(work, done) {
    const result = await attempt(work, done);
    await refreshDetails();
    refreshConversations();
    return result;
  }

  function heartbeat() {
    return background("heartbeat", () => client.heartbeat());
  }

  return {
    client,
    store,
    current,
    isOpen: () => Boolean(real()),
    isBlocked: (conversation) => client.isBlocked(conversation, get().blocked),
    isAdmin: (conversation) => client.isAdmin(conversation, get().details?.participants ?? []),
    load,
    open,
    close: () => set({ openId: null, threadPhase: "idle", ...EMPTY_THREAD }),
    older,
    send,
    retry: (message) => deliver({ ...message, tries: 0 }),
    edit: (message, text) => (set({ editing: null }), change(() => client.edit(message, text), "Edited")),
    remove: (message) => change(() => client.remove(message), "Deleted"),
    react,
    togglePin,
    forward: (message, conversation, note) => attempt(() => client.forward(message, conversation, note), `Forwarded to ${conversation.name}`).then(refreshConversations),
    setReply: (message) => set({ reply: message, editing: null }),
    setEditing: (message) => set({ editing: message, reply: null }),
    setFilter: (filter) => (set({ filter }), refreshConversations()),
    setQuery: (query) => set({ query }),
    search: (text) => attempt(() => client.search(current(), text)),
    startDirect: (person) => start(() => client.createDirect(person)),
    startGroup: (group) => start(() => client.createGroup(group)),
    addPeople: (conversation, added) => people(() => client.addPeople(conversation, added), "Added"),
    removePerson: (conversation, person) => people(() => client.removePerson(conversation, person), "Removed"),
    async leave(conversation) {
      if (!(await attempt(() => client.leave(conversation), "You left"))) return;
      set((state) => ({ openId: null, conversations: state.conversations.filter((one) => one.id !== conversation.id), ...EMPTY_THREAD }));
    },
    clearHistory: (conversation) => change(() => client.clearHistory(conversation), "Cleared"),
    archive: (conversation, on) => flag(conversation, "archived", on, on ? "Archived" : "Moved back"),
    mute: (conversation, on) => flag(conversation, "muted", on, on ? "Muted" : "Sound is on"),
    block,
    refreshBlocked: () => background("blocked", async () => set({ blocked: await client.blocked() })),
    unblockPerson: async (person) => {
      await attempt(() => client.unblock(person.ref), "Unblocked");
      set({ blocked: await client.blocked().catch(() => []) });
    },
    saveSettings,
    contacts: () => attempt(() => client.contacts()),
    async respond(request, action) {
      if (!(await attempt(() => client.respond(request.id, action), action === "accept" ? "Accepted" : "Declined"))) return;
      set({ requests: await client.requests().catch(() => []) });
      refreshConversations();
    },
    async createPoll(conversation, poll) {
      if (await attempt(() => client.createPoll(conversation, poll))) set({ polls: await client.polls(conversation).catch(() => []) });
    },
    async vote(poll, option) {
      await attempt(() => client.vote(poll, option));
      set({ polls: await client.polls(current()).catch(() => get().polls) });
    },
    typing: (on) => {
      const conversation = current();
      if (conversation && get().settings.typing_indicators !== false) client.typing(conversation, on).catch(() => undefined);
    },
    refreshConversations,
    refreshNew,
    refreshMessages,
    refreshDetails,
    refreshCalls: () => background("calls", async () => real() && set({ calls: await client.calls(real()) })),
    refreshTyping: () =>
      background("typing", async () => {
        const conversation = real();
        const typists = conversation ? await client.typists(conversation) : [];
        if (conversation?.id === get().openId) set({ typists });
      }),
    refreshPresence: () => background("presence", async () => set({ presence: await client.presence(get().conversations) })),
    heartbeat,
    goOnline,
  };
}
