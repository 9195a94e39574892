/**
 * The wire: each request as a client sent it and as the gateway passed it on. What somebody did comes as cards, newest
 * first; what the clients ask again and again is counted below, one card an operation.
 */
import { fill, h } from "../shared/dom.js";
import { icon } from "../shared/icons.js";
import { bodyPieces, targetPieces } from "./marks.js";
import { readWire } from "./wire-stream.js";

const CARDS = 60;
const FLASH_MS = 900;
/** Stands open from the beginning, so that there is something to see before anybody has done anything. */
const EXAMPLE = "conversations.list";
/** What clients send by themselves. */
const ROUTINE = new Set([
  "presence.update",
  "typing.set",
  "conversations.read",
  "messages.read",
  "read_status.mark",
]);

export function createWire(head, root) {
  const acts = h("ol", { class: "cards", "aria-label": "User actions" });
  const polls = h("ol", { class: "cards cards-polls", "aria-label": "Background polling of the clients" });
  const summary = h("p", { class: "wire-summary" }, "Waiting for the first request…");
  const quiet = h(
    "details",
    { class: "wire-polls", open: true },
    h("summary", {}, "Background polling"),
    polls,
  );
  const hint = h("p", { class: "wire-hint" }, "Write a message on either side.");
  const counts = { legacy: 0, modern: 0 };
  const seen = new Set();
  const repeated = new Map();

  fill(
    head,
    h("h2", {}, "The wire"),
    h("span", { class: "grow" }),
    h(
      "button",
      {
        type: "button",
        class: "icon-button",
        "aria-label": "Clear the wire",
        title: "Clear",
        on: { click: clear },
      },
      icon("trash"),
    ),
  );
  fill(
    root,
    summary,
    h(
      "p",
      { class: "legend" },
      h("span", { class: "piece piece-role" }, "names a role"),
      h("span", { class: "piece piece-user" }, "names a user"),
      h("span", { class: "piece piece-moved" }, "moved"),
    ),
    h(
      "div",
      { class: "scroll wire-scroll", tabindex: "0", role: "region", "aria-label": "Requests" },
      hint,
      acts,
      quiet,
    ),
  );

  function clear() {
    acts.replaceChildren();
    polls.replaceChildren();
    repeated.clear();
    hint.hidden = false;
  }

  function take(entry) {
    if (seen.has(entry.id)) return;
    seen.add(entry.id);
    if (seen.size > 2000) seen.delete(seen.values().next().value);
    const side = entry.shape === "legacy" ? "legacy" : "modern";
    counts[side] += 1;
    fill(
      summary,
      h("b", { class: "count-legacy" }, counts.legacy),
      " legacy and ",
      h("b", { class: "count-modern" }, counts.modern),
      " modern requests, one conversation",
    );
    if (entry.asked.method === "GET" || ROUTINE.has(entry.operation)) repeat(entry, side);
    else act(entry, side);
  }

  function act(entry, side) {
    hint.hidden = true;
    acts.prepend(card(entry, side));
    while (acts.children.length > CARDS) acts.lastElementChild.remove();
  }

  function repeat(entry, side) {
    const key = `${side} ${entry.operation}`;
    const times = (repeated.get(key)?.times ?? 0) + 1;
    const fresh = card(entry, side, times);
    const before = repeated.get(key)?.element;
    if (before) {
      fresh.firstElementChild.open = before.firstElementChild.open;
      before.replaceWith(fresh);
    } else if (entry.operation === EXAMPLE) {
      fresh.firstElementChild.open = true;
      polls.prepend(fresh);
    } else polls.append(fresh);
    repeated.set(key, { times, element: fresh });
  }

  return {
    /** Follows one person's requests in one shape; gives the function that ends it. */
    watch: (shape, person) =>
      readWire(person.token, (entry) => (entry.shape === "legacy") === (shape === "legacy") && take(entry)),
  };
}

/** `times`: how often it was asked, for the cards that are counted. */
function card(entry, side, times = 0) {
  const sent = entry.sent ?? [];
  const element = h(
    "li",
    { class: `card card-${side}${entry.status >= 400 ? " card-refused" : ""}` },
    h(
      "details",
      { open: !times },
      h(
        "summary",
        {},
        h("span", { class: `shape shape-${side}` }, side),
        h("strong", {}, entry.operation),
        times > 1 && h("span", { class: "times" }, `× ${times}`),
        h("span", { class: "grow" }),
        h("span", { class: `status status-${Math.floor(entry.status / 100)}` }, entry.status),
        h("span", { class: "ms" }, `${entry.ms.toFixed(1)} ms`),
      ),
      line("asked", entry.asked, sent, side === "legacy"),
      sent.map((one, index) => passed(one, index, entry, side)),
      !sent.length && h("p", { class: "arrow" }, icon("block"), "not passed on"),
    ),
  );
  if (times > 1) {
    element.classList.add("fresh");
    setTimeout(() => element.classList.remove("fresh"), FLASH_MS);
  }
  return element;
}

/** One of the gateway's requests, or that it is the client's own. The first one is the translation. */
function passed(one, index, entry, side) {
  const same =
    one.target === entry.asked.target && JSON.stringify(one.body) === JSON.stringify(entry.asked.body);
  if (same) return h("p", { class: "arrow" }, icon("check"), "identity checked, passed on as it is");
  const translated = side === "legacy" ? "translated to user ids" : "translated for the backend";
  return [
    h("p", { class: "arrow" }, icon("down"), index ? "requested in addition" : translated),
    line("sent", one, [entry.asked], true),
  ];
}

function line(kind, request, others, marked) {
  const targets = others.map((one) => one.target);
  const bodies = others.map((one) => one.body);
  const pieces = [
    ...targetPieces(request.target, marked ? targets : [request.target]),
    ...bodyLine(request, marked ? bodies : [request.body]),
  ];
  return h(
    "code",
    { class: `request-line line-${kind}` },
    h("b", { class: "method" }, request.method),
    " ",
    pieces.map(piece),
  );
}

function bodyLine(request, others) {
  const pieces = bodyPieces(request.body, others);
  return pieces.length ? [{ text: "\n", mark: "" }, ...pieces] : [];
}

function piece({ text, mark }) {
  return mark ? h("span", { class: `piece piece-${mark}` }, text) : text;
}
