/** What a chat modal knows, and how it stays up to date: the state, and what is read of the person and their list. */
import { createStore } from "../shared/store.js";
import { createKept } from "./kept.js";
import { createReadings } from "./readings.js";
import { createThreadReading, EMPTY_THREAD } from "./thread-reading.js";

const START = {
  phase: "loading",
  error: "",
  conversations: [],
  requests: [],
  presence: new Map(),
  filter: "all",
  query: "",
  openId: null,
  outbox: [],
  threadPhase: "idle",
  blocked: [],
  settings: {},
  offline: !navigator.onLine,
  ...EMPTY_THREAD,
};

export function createReading(client, notify) {
  const store = createStore({ ...START });
  const kept = createKept(client);
  const { read, outdate } = createReadings();
  const { get, set } = store;
  const current = () => get().conversations.find((one) => one.id === get().openId) ?? null;
  const real = () => (current()?.synthetic ? null : current());

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

  function refreshConversations() {
    let archived = false;
    return read(
      "conversations",
      () => {
        archived = get().filter === "archived" && client.extended;
        return client.conversations({ archived });
      },
      (rows) =>
        set((state) => ({
          conversations: archived
            ? [...state.conversations.filter((one) => !one.archived), ...rows]
            : [...rows, ...keptArchive(state.conversations, rows)],
          phase: "ready",
        })),
    );
  }

  function keptArchive(known, rows) {
    const listed = new Set(rows.map((one) => one.id));
    return known.filter((one) => (one.archived || one.id === get().openId) && !listed.has(one.id));
  }

  /** Somebody's own change of a conversation in the list. */
  function change(id, patch) {
    outdate("conversations");
    set((state) => ({
      conversations: state.conversations.map((one) => (one.id === id ? { ...one, ...patch } : one)),
    }));
  }

  const heartbeat = () =>
    read(
      "heartbeat",
      () => client.heartbeat(),
      () => undefined,
    );
  /** What belongs to the person and not to a conversation, by the client's own word for it. */
  const refresher = (kind, ask) => () => read(kind, ask, (answer) => set({ [kind]: answer }));
  const refreshPresence = refresher("presence", () => client.presence(get().conversations));
  const refreshBlocked = refresher("blocked", () => client.blocked());
  const refreshRequests = refresher("requests", () => client.requests());
  const refreshSettings = refresher("settings", () => client.settings());

  const thread = createThreadReading({
    client,
    notify,
    store,
    read,
    outdate,
    current,
    real,
    change,
    refreshBlocked,
  });

  /** Reads again what somebody's own change has made old. */
  function after(kind, refresh) {
    return () => (outdate(kind), refresh());
  }

  return {
    ...thread,
    client,
    notify,
    store,
    kept,
    current,
    real,
    attempt,
    load,
    change,
    heartbeat,
    refreshBlocked,
    refreshConversations,
    refreshPresence,
    listAgain: after("conversations", refreshConversations),
    blockedAgain: after("blocked", refreshBlocked),
    detailsAgain: after("details", thread.refreshDetails),
    pollsAgain: after("polls", thread.refreshPolls),
    requestsAgain: after("requests", refreshRequests),
    settingsAgain: after("settings", refreshSettings),
  };
}
