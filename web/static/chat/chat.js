/**
 * What a chat modal knows and does, whatever dialect its client speaks. The views read `store` and call the methods;
 * nothing here touches the page.
 */
import { createChanges } from "./changes.js";
import { createReading } from "./reading.js";
import { createSending } from "./sending.js";

export function createChat(client, notify) {
  const reading = createReading(client, notify);
  const { store, current, real, attempt, listAgain } = reading;
  const { get, set } = store;

  return {
    ...reading,
    ...createSending(reading),
    ...createChanges(reading),
    isOpen: () => Boolean(real()),
    isBlocked: (conversation) => client.isBlocked(conversation, get().blocked),
    isAdmin: (conversation) => client.isAdmin(conversation, get().details?.participants ?? []),
    setReply: (message) => set({ reply: message, editing: null }),
    setEditing: (message) => set({ editing: message, reply: null }),
    setFilter: (filter) => (set({ filter }), listAgain()),
    setQuery: (query) => set({ query }),
    search: (text) => attempt(() => client.search(current(), text)),
    contacts: () => attempt(() => client.contacts()),
  };
}
