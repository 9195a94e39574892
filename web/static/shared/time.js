/** Times as people read them. Every function takes ISO text and gives text; unreadable times give "". */

const CLOCK = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit" });
const DATE = new Intl.DateTimeFormat(undefined, { day: "numeric", month: "short" });
const FULL_DATE = new Intl.DateTimeFormat(undefined, { weekday: "long", day: "numeric", month: "long" });
const DAY_MS = 86_400_000;

function read(iso) {
  const time = new Date(iso ?? NaN);
  return Number.isNaN(time.getTime()) ? null : time;
}

/** `09:41` */
export function clock(iso) {
  const time = read(iso);
  return time ? CLOCK.format(time) : "";
}

/** `09:41` today, `12 Nov` before. */
export function brief(iso, now = new Date()) {
  const time = read(iso);
  if (!time) return "";
  return time.toDateString() === now.toDateString() ? CLOCK.format(time) : DATE.format(time);
}

/** The heading above the messages of one day. */
export function day(iso, now = new Date()) {
  const time = read(iso);
  if (!time) return "";
  if (time.toDateString() === now.toDateString()) return "Today";
  if (time.toDateString() === new Date(now - DAY_MS).toDateString()) return "Yesterday";
  return FULL_DATE.format(time);
}

/** `5 minutes ago` */
export function ago(iso, now = new Date()) {
  const time = read(iso);
  if (!time) return "";
  const minutes = Math.max(0, Math.round((now - time) / 60_000));
  if (minutes < 1) return "just now";
  if (minutes < 60) return `${minutes} min ago`;
  if (minutes < 1440) return `${Math.round(minutes / 60)} h ago`;
  return DATE.format(time);
}

/** Seconds as `1:05`. */
export function length(seconds) {
  const whole = Math.max(0, Math.round(seconds || 0));
  return `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, "0")}`;
}
