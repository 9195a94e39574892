/** The open conversation: opening it, and everything that is read of it while it is open. */
import { merge, newestTime, replaceWindow } from "./timeline.js";

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
/** What is read of the open conversation. */
const OF_THREAD = ["messages", "news", "details", "calls", "polls", "typing", "theirs"];

/** `reading` is what reading.js has so far: the person's own state and list. */
export function createThreadReading({ client, notify, store, read, outdate, current, real, change, refreshBlocked }) {
  const { get, set } = store;
  /** Counts the openings: an answer for another one, even of the same conversation, comes too late. */
  let turn = 0;
  /** The old modal asked for the details, and with them the pins, of groups only. */
  const tellsPins = (conversation) => client.extended || conversation.type !== "direct";

  /** A reading of the open conversation; nobody takes the answer when another one was opened meanwhile. */
  function readThread(kind, ask, take) {
    let mine = turn;
    let asked = null;
    return read(
      kind,
      () => {
        mine = turn;
        asked = real();
        return asked && ask(asked);
      },
      (answer) => asked && mine === turn && take(answer, asked),
    );
  }

  async function open(id) {
    show(id);
    set({ threadPhase: "loading" });
    const conversation = current();
    if (!conversation) return;
    client.opened(conversation).catch(() => undefined);
    if (conversation.synthetic) return set({ threadPhase: "ready" });
    await loadThread(conversation);
  }

  /** Another conversation, or none, is the open one from here on. */
  function show(id) {
    turn += 1;
    outdate(...OF_THREAD);
    set({ openId: id, threadPhase: "idle", ...EMPTY_THREAD });
  }

  async function loadThread(conversation) {
    const mine = turn;
    try {
      const page = await client.messages(conversation);
      if (mine !== turn) return;
      set({ ...page, threadPhase: "ready" });
    } catch (error) {
      if (mine === turn) set({ threadPhase: "failed", error: error.detail ?? "" });
      return;
    }
    markRead(conversation);
    refreshCalls();
    refreshPolls();
    refreshBlocked();
    refreshDetails();
    readThread(
      "theirs",
      (one) => one.other && client.settingsOf(one),
      (theirs) => theirs && set({ theirs }),
    );
  }

  function markRead(conversation) {
    change(conversation.id, { unread: 0 });
    client.markRead?.(conversation).then(
      () => change(conversation.id, { unread: 0 }),
      () => undefined,
    );
  }

  /** The conversation is not there any more, for this person. */
  function drop(conversation) {
    outdate("conversations");
    if (get().openId === conversation.id) show(null);
    set((state) => ({ conversations: state.conversations.filter((one) => one.id !== conversation.id) }));
  }

  /** Who was removed from a group is told so by the refusal of what was open. */
  async function told(conversation, answer) {
    try {
      return await answer;
    } catch (error) {
      if ([403, 404].includes(error.status) && conversation.type !== "direct" && get().openId === conversation.id) {
        drop(conversation);
        notify(`You are no longer in ${conversation.name}`, "error");
      }
      throw error;
    }
  }

  const takeMessages = (combine) => (page, conversation) => {
    const before = get().messages;
    const messages = combine(before, page.messages);
    set({ messages });
    if (messages.length > before.length && !messages.at(-1).mine) markRead(conversation);
  };

  const refreshNew = () =>
    readThread(
      "news",
      (one) => told(one, client.messages(one, { after: newestTime(get().messages) })),
      takeMessages(merge),
    );

  const refreshMessages = () =>
    readThread("messages", (one) => told(one, client.messages(one)), takeMessages(replaceWindow));

  /** After somebody's own change of a message. */
  function readAgain() {
    outdate("messages", "news");
    return refreshMessages();
  }

  async function older() {
    const conversation = real();
    const { hasMore, loadingOlder, messages } = get();
    if (!conversation || !hasMore || loadingOlder || !messages.length) return;
    set({ loadingOlder: true });
    const mine = turn;
    const page = await client.messages(conversation, { before: messages[0].id }).catch(() => null);
    if (mine !== turn) return;
    set((state) => ({
      loadingOlder: false,
      ...(page ? { messages: merge(state.messages, page.messages), hasMore: page.hasMore } : {}),
    }));
  }

  const refreshDetails = () =>
    readThread(
      "details",
      (one) => tellsPins(one) && client.details(one),
      (details) => details && set({ details }),
    );
  const refreshCalls = () =>
    readThread(
      "calls",
      (one) => client.calls(one),
      (calls) => set({ calls }),
    );
  const refreshPolls = () =>
    readThread(
      "polls",
      (one) => client.polls(one),
      (polls) => set({ polls }),
    );
  const refreshTyping = () =>
    readThread(
      "typing",
      (one) => client.typists(one),
      (typists) => set({ typists }),
    );

  return {
    open,
    close: () => show(null),
    drop,
    older,
    refreshCalls,
    refreshDetails,
    refreshMessages,
    refreshNew,
    refreshPolls,
    refreshTyping,
    readAgain,
  };
}
