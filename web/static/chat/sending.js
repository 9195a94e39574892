/**
 * Sending: a draft is shown at once, delivered when it can be, and tried again when the connection is back. Until it
 * is delivered it is in the outbox, which survives a reload.
 */

const TRIES = 3;
const OUTBOX = "outbox";

/** `reading` is the modal's state and refreshes; see reading.js. */
export function createSending(reading) {
  const { client, notify, current, attempt, open, readAgain, listAgain, kept } = reading;
  const { get, set } = reading.store;
  const underWay = new Set();
  set({ outbox: kept.get(OUTBOX, []).map(asLeft) });

  function setOutbox(change) {
    set((state) => ({ outbox: change(state.outbox) }));
    kept.set(OUTBOX, get().outbox);
  }

  /** `to` is the conversation that was open when it was written. */
  async function send({ text, type = "text", media = null }, to = current()) {
    const conversation = to?.synthetic ? await makeReal(to) : to;
    if (!conversation) return;
    const { reply } = get();
    const draft = {
      id: `pending-${crypto.randomUUID()}`,
      pending: true,
      tries: 0,
      tried: false,
      since: newestOf(conversation),
      type,
      text,
      mine: true,
      sender: client.me,
      at: new Date().toISOString(),
      status: null,
      reply: reply && { id: reply.id, name: reply.sender.name, text: reply.text },
      reactions: [],
      media,
      conversation,
    };
    setOutbox((outbox) => [...outbox, draft]);
    set({ reply: null });
    await deliver(draft);
  }

  async function makeReal(conversation) {
    const id = await attempt(() => client.createDirect({ ref: conversation.other }));
    if (!id) return null;
    await listAgain();
    await open(id);
    return current();
  }

  async function deliver(draft) {
    if (underWay.has(draft.id)) return;
    underWay.add(draft.id);
    await attemptOnce(draft);
    underWay.delete(draft.id);
  }

  async function attemptOnce(draft) {
    amend(draft.id, { failed: false, waiting: false, tried: true, tries: draft.tries + 1 });
    try {
      delivered(draft, (draft.tried && (await arrived(draft))) || (await client.send(draft.conversation, draft)));
    } catch (error) {
      if (error.name === "AbortError") return;
      amend(draft.id, { failed: true, waiting: error.status === 0, problem: error.detail });
      if (error.status !== 0) notify(error.detail, "error");
      return;
    }
    listAgain();
    await readAgain();
  }

  /** The newest message when something is written: what is sent comes after it. Null when that is not known. */
  function newestOf(conversation) {
    const { openId, threadPhase, messages } = get();
    return openId === conversation.id && threadPhase === "ready" ? (messages.at(-1)?.id ?? 0) : null;
  }

  /** The connection may have been lost after the server had the message: then it is there, and not sent twice. */
  async function arrived({ conversation, since, text, type }) {
    if (since === null) return null;
    const { messages } = await client.messages(conversation);
    return messages.find((one) => one.mine && one.id > since && one.text === text && one.type === type)?.id;
  }

  /** A poll may have brought the stored message before the answer to its sending. */
  function delivered(draft, id) {
    const later = (one) =>
      one.conversation.id === draft.conversation.id && one.since !== null ? { ...one, since: id } : one;
    setOutbox((outbox) => outbox.filter((one) => one.id !== draft.id).map(later));
    const { openId, messages } = get();
    if (openId !== draft.conversation.id || messages.some((one) => one.id === id)) return;
    set({ messages: [...messages, { ...draft, id, pending: false, failed: false, status: "sent" }] });
  }

  const amend = (id, patch) =>
    setOutbox((outbox) => outbox.map((one) => (one.id === id ? { ...one, ...patch } : one)));

  /** One after the other, so that they arrive in the order in which they were written. */
  async function deliverWaiting() {
    for (const { id } of get().outbox) {
      const draft = get().outbox.find((one) => one.id === id);
      if (draft?.waiting && draft.tries < TRIES) await deliver(draft);
    }
  }

  function goOnline(online) {
    set({ offline: !online });
    if (!online) return;
    deliverWaiting();
    reading.refreshConversations();
    reading.refreshMessages();
  }

  /** Tells the others that somebody writes, unless that somebody does not want it. */
  function typing(on) {
    const conversation = current();
    if (conversation && get().settings.typing_indicators !== false)
      client.typing(conversation, on).catch(() => undefined);
  }

  return { send, deliverWaiting, typing, goOnline, retry: (message) => deliver({ ...message, tries: 0 }) };
}

/** What a reload interrupted waits, as what had no connection; what the server refused is its author's to try again. */
function asLeft(draft) {
  return { ...draft, tries: 0, waiting: draft.waiting || !draft.failed, failed: true };
}
