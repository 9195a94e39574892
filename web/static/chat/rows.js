/** What both dialects tell in the same words, as this page's own; see legacy/reading.js and modern/reading.js. */

/** `mine` tells whether the caller is who asks. */
export function call(row, mine) {
  return {
    id: row.id,
    mine,
    at: row.started_at,
    type: row.call_type,
    status: row.status,
    seconds: row.duration_seconds ?? 0,
  };
}

/** `mine` tells whether who asks has made the poll. */
export function poll(row, mine) {
  return {
    id: row.id,
    question: row.question,
    options: (row.options ?? []).map((one) => ({
      id: one.id,
      text: one.text,
      votes: one.votes ?? 0,
      percentage: one.percentage ?? 0,
    })),
    total: row.total_votes ?? 0,
    ended: row.status === "ended",
    at: row.created_at,
    mine,
    chosen: row.user_votes ?? [],
  };
}

/** What stands in a conversation's row whoever it is with. */
export function flags(row) {
  return {
    unread: row.unread_count ?? 0,
    muted: Boolean(row.is_muted),
    pinned: Boolean(row.is_pinned),
    archived: Boolean(row.is_archived),
    count: row.participant_count ?? null,
  };
}

/** A device on which the person is signed in. */
export function session(row) {
  return {
    id: row.id,
    name: row.device_name,
    how: [row.browser, row.os].filter(Boolean).join(", "),
    at: row.last_active ?? null,
    current: row.is_current === true,
  };
}
