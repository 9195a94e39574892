/** Pure arithmetic on lists of messages. */

/** Old ones and newly read ones together: by id, the newer reading wins, oldest first. */
export function merge(known, read) {
  const byId = new Map(known.map((one) => [one.id, one]));
  for (const one of read) byId.set(one.id, one);
  return [...byId.values()].sort(byAge);
}

/** After a full reading of the newest window: what is missing in the window was deleted, what is older stays. */
export function replaceWindow(known, read) {
  if (!read.length) return [];
  const oldest = read[0].id;
  return merge(
    known.filter((one) => one.id < oldest),
    read,
  );
}

/** The time after which to ask for news: that of the newest stored message. */
export function newestTime(messages) {
  return messages.at(-1)?.at;
}

/** Messages, calls and polls as one list of rows with a heading for each day; what is not sent yet comes last. */
export function timeline(messages, calls, polls, dayOf) {
  const rows = [
    ...messages.map((one) => ({ kind: "message", at: one.at, key: `m${one.id}`, value: one })),
    ...calls.map((one) => ({ kind: "call", at: one.at, key: `c${one.id}`, value: one })),
    ...polls.map((one) => ({ kind: "poll", at: one.at, key: `p${one.id}`, value: one })),
  ];
  const unsent = (row) => Number(row.value.pending === true);
  rows.sort((one, other) => unsent(one) - unsent(other) || new Date(one.at) - new Date(other.at));
  const result = [];
  let heading = "";
  for (const row of rows) {
    const day = dayOf(row.at);
    if (day !== heading) result.push({ kind: "day", key: `d${day}`, value: (heading = day) });
    result.push(row);
  }
  return result;
}

/** Oldest first. */
export function byAge(one, other) {
  return new Date(one.at) - new Date(other.at) || one.id - other.id;
}
