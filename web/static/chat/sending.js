/** Sending: a draft is shown at once, delivered when it can be, and tried again when the connection is back. */

const TRIES = 3;
let orders = 0;

/** `reading` is the modal's state and refreshes; see reading.js. */
export function createSending(reading) {
  const { client, notify, current, attempt, open, readAgain, refreshConversations, refreshMessages } =
    reading;
  const { get, set } = reading.store;

  async function send({ text, type = "text", media = null }) {
    let conversation = current();
    if (!conversation) return;
    if (conversation.synthetic) conversation = await makeReal(conversation);
    if (!conversation) return;
    const order = (orders += 1);
    const draft = {
      id: `pending-${order}`,
      order,
      pending: true,
      tries: 0,
      type,
      text,
      mine: true,
      sender: client.me,
      at: new Date().toISOString(),
      status: null,
      reply: get().reply && { id: get().reply.id, name: get().reply.sender.name, text: get().reply.text },
      reactions: [],
      media,
      conversation,
    };
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
      const id = await client.send(draft.conversation, {
        text: draft.text,
        type: draft.type,
        media: draft.media,
        reply: draft.reply,
      });
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
    return messages.map((one) =>
      one.id === draft.id ? { ...one, id, pending: false, status: "sent" } : one,
    );
  }

  const amend = (id, patch) =>
    set((state) => ({ messages: state.messages.map((one) => (one.id === id ? { ...one, ...patch } : one)) }));

  const waiting = () => get().messages.filter((one) => one.pending && one.waiting && one.tries < TRIES);

  function goOnline(online) {
    set({ offline: !online });
    if (!online) return;
    for (const draft of waiting()) deliver(draft);
    refreshConversations();
    refreshMessages();
  }

  /** Tells the others that somebody writes, unless that somebody does not want it. */
  function typing(on) {
    const conversation = current();
    if (conversation && get().settings.typing_indicators !== false)
      client.typing(conversation, on).catch(() => undefined);
  }

  return { send, typing, goOnline, retry: (message) => deliver({ ...message, tries: 0 }) };
}
