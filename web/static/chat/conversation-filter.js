/** Pure arithmetic on the list of conversations. */

export const FILTERS = [
  ["all", "All"],
  ["unread", "Unread"],
  ["groups", "Groups"],
  ["archived", "Archived"],
];

const FITS = {
  all: (one) => !one.archived,
  unread: (one) => !one.archived && one.unread > 0,
  groups: (one) => !one.archived && one.type !== "direct",
  archived: (one) => one.archived,
};

/** What the list shows: filtered, searched by name, pinned first, newest first. */
export function shown(conversations, filter, query) {
  const wanted = query.trim().toLowerCase();
  return conversations
    .filter((one) => FITS[filter](one) && (!wanted || one.name.toLowerCase().includes(wanted)))
    .sort((one, other) => Number(other.pinned) - Number(one.pinned) || new Date(other.at) - new Date(one.at));
}

export function unreadTotal(conversations) {
  return conversations.reduce((sum, one) => sum + (one.archived || one.muted ? 0 : one.unread), 0);
}

/** The last message in a line of text. */
export function preview(conversation) {
  const last = conversation.last;
  if (!last) return "No messages yet";
  const kind = { image: "📷 Picture", video: "🎬 Video", audio: "🎤 Recording", file: "📎 File" }[last.type];
  const text = kind ? (last.text ? `${kind}: ${last.text}` : kind) : last.text;
  return last.mine ? `You: ${text}` : text;
}
