/** One row of a conversation: a message, a call, a day. */
import { h } from "../shared/dom.js";
import { icon } from "../shared/icons.js";
import { emojiOf, REACTIONS } from "../shared/reactions.js";
import { clock, length } from "../shared/time.js";
import { avatar } from "./avatar.js";
import { mediaView } from "./media.js";
import { openMenu } from "./menu.js";
import { confirmDialog } from "./dialog.js";
import { showForward } from "./people-dialogs.js";

/** Everything that changes how a message looks; while it stays the same its element stays. */
export function signature(message, group) {
  const { order, tries, sender, media, conversation, ...shown } = message;
  return JSON.stringify([shown, sender.name, media?.url, group]);
}

export function messageRow(message, { chat, ui, group }) {
  const showsName = group && !message.mine;
  const bubble = h(
    "div",
    { class: "bubble" },
    showsName && h("span", { class: "sender" }, message.sender.name),
    message.forwarded &&
      h(
        "span",
        { class: "forwarded" },
        icon("forward"),
        `Forwarded${message.forwarded.name ? ` from ${message.forwarded.name}` : ""}`,
      ),
    message.reply &&
      h(
        "blockquote",
        { class: "quote" },
        h("strong", {}, message.reply.name),
        h("span", {}, message.reply.text || "Media"),
      ),
    message.media && mediaView(message),
    showsText(message) && h("p", { class: "text" }, message.text),
    h(
      "span",
      { class: "meta" },
      message.pinned && h("span", { role: "img", "aria-label": "pinned" }, icon("pin")),
      message.edited && h("span", {}, "edited"),
      h("time", { datetime: message.at }, clock(message.at)),
      mark(message),
    ),
  );
  return h(
    "li",
    {
      class: `message ${message.mine ? "mine" : "theirs"}${message.pending ? " pending" : ""}`,
      data: { id: String(message.id) },
    },
    showsName && avatar(message.sender.name, message.sender.avatar),
    h(
      "div",
      { class: "message-column" },
      bubble,
      reactions(message, chat),
      message.failed && failure(message, chat),
    ),
    !message.pending && tools(message, chat, ui),
  );
}

/** The text beside media, but not the file's name once more. */
function showsText(message) {
  return (
    message.text &&
    !(message.media && message.text === (message.media.meta.name ?? message.media.meta.file_name))
  );
}

function mark(message) {
  if (!message.mine) return null;
  if (message.pending)
    return h(
      "span",
      { class: "mark", "aria-label": message.failed ? "not sent" : "sending" },
      message.failed ? "!" : "…",
    );
  const read = message.status === "read";
  return h(
    "span",
    {
      class: `mark${read ? " mark-read" : ""}`,
      role: "img",
      "aria-label": read ? "read" : "sent",
      data: { status: message.status ?? "" },
    },
    icon(read ? "checks" : "check"),
  );
}

function failure(message, chat) {
  const text = message.waiting ? "Waiting for a connection." : (message.problem ?? "Not sent.");
  return h(
    "p",
    { class: "failure" },
    `${text} `,
    h("button", { type: "button", class: "link", on: { click: () => chat.retry(message) } }, "Try again"),
  );
}

function reactions(message, chat) {
  if (!message.reactions.length) return null;
  const mine = chat.client.myReaction(message);
  return h(
    "ul",
    { class: "reactions", "aria-label": "Reactions" },
    message.reactions.map((one) =>
      h(
        "li",
        {},
        h(
          "button",
          {
            type: "button",
            class: "reaction",
            "aria-pressed": String(one.word === mine),
            "aria-label": `${one.word}, ${one.count}`,
            on: { click: () => chat.react(message, one.word) },
          },
          emojiOf(one.word),
          h("span", {}, one.count),
        ),
      ),
    ),
  );
}

function tools(message, chat, ui) {
  const more = h(
    "button",
    {
      type: "button",
      class: "icon-button more",
      "aria-haspopup": "menu",
      "aria-expanded": "false",
      "aria-label": `Actions for the message: ${message.text.slice(0, 40)}`,
      on: { click: () => openMenu(more, actions(message, chat, ui), (done) => palette(message, chat, done)) },
    },
    icon("more"),
  );
  return h("div", { class: "message-tools" }, more);
}

function palette(message, chat, done) {
  const pick = (word) => () => (done(), chat.react(message, word));
  return h(
    "div",
    { class: "palette", role: "group", "aria-label": "React" },
    Object.entries(REACTIONS).map(([word, picture]) =>
      h(
        "button",
        { type: "button", role: "menuitem", tabindex: "-1", "aria-label": word, on: { click: pick(word) } },
        picture,
      ),
    ),
  );
}

function actions(message, chat, ui) {
  const closed = !message.mine && chat.store.get().theirs?.disable_forwarding === true;
  return [
    ["reply", "Reply", () => chat.setReply(message)],
    message.text && ["copy", "Copy text", () => navigator.clipboard?.writeText(message.text)],
    !closed && ["forward", "Forward", () => showForward(chat, ui, message)],
    ["pin", message.pinned ? "Unpin" : "Pin", () => chat.togglePin(message)],
    message.mine && message.type === "text" && ["edit", "Edit", () => chat.setEditing(message)],
    message.mine && [
      "trash",
      "Delete",
      () =>
        confirmDialog(
          ui,
          "Delete this message?",
          "It disappears for everybody in this conversation.",
          "Delete",
          () => chat.remove(message),
        ),
      "danger",
    ],
  ];
}

const CALL_WORDS = { missed: "Missed", declined: "Declined", cancelled: "Cancelled", no_answer: "No answer" };

export function callRow(call) {
  const name = call.type === "video" ? "Video call" : "Voice call";
  const how =
    CALL_WORDS[call.status] ?? (call.seconds ? length(call.seconds) : call.mine ? "Outgoing" : "Incoming");
  return h(
    "li",
    { class: "call-row" },
    icon(call.type === "video" ? "video" : "phone"),
    h("span", {}, `${name} · ${how}`),
    h("time", {}, clock(call.at)),
  );
}

export function dayRow(text) {
  return h("li", { class: "day" }, h("span", {}, text));
}
