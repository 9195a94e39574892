/** The right pane: who it is with, what was said, and the place to write. */
import { fill, h, keyed } from "../shared/dom.js";
import { icon } from "../shared/icons.js";
import { ago, day } from "../shared/time.js";
import { avatar } from "./avatar.js";
import { createComposer } from "./composer.js";
import { confirmDialog } from "./dialog.js";
import { openMenu } from "./menu.js";
import { callRow, dayRow, messageRow, signature } from "./message.js";
import { timeline } from "./timeline.js";
import { showMembers } from "./people-dialogs.js";
import { pollRow, showNewPoll } from "./poll.js";
import { showSearch } from "./search-dialog.js";

const NEAR_PX = 90;

export function createThread(chat, ui, calls) {
  const head = h("header", { class: "thread-head" });
  const pinned = h("div", { class: "pinned", hidden: true });
  const list = h("ol", { class: "messages", "aria-label": "Messages" });
  const typing = h("p", { class: "typing", role: "status" });
  const scroll = h(
    "div",
    { class: "scroll messages-scroll", tabindex: "0", "aria-label": "Message history", role: "region" },
    h("p", { class: "older", hidden: true }, "Loading older messages…"),
    list,
  );
  const notice = h("div", { class: "notice", hidden: true });
  const composer = createComposer(chat, ui);
  const empty = h("div", { class: "empty" }, icon("chat"), h("p", {}, "Choose a conversation"));
  const filled = h("div", { class: "thread" }, head, pinned, scroll, typing, notice, composer.element);
  const element = h(
    "section",
    { class: "pane thread-pane", "aria-label": `${ui.title}: messages` },
    empty,
    filled,
  );
  let shownId = null;
  let stick = true;
  let endedAt = 0;

  scroll.addEventListener("scroll", () => {
    stick = scroll.scrollHeight - scroll.scrollTop - scroll.clientHeight < NEAR_PX;
    if (scroll.scrollTop < NEAR_PX) chat.older();
  });
  list.addEventListener("load", () => stick && toEnd(), true);

  function toEnd() {
    scroll.scrollTop = scroll.scrollHeight;
    endedAt = scroll.scrollTop;
  }

  function render(state) {
    const conversation = chat.current();
    empty.hidden = Boolean(conversation);
    filled.hidden = !conversation;
    ui.frame.classList.toggle("has-thread", Boolean(conversation));
    if (!conversation) {
      shownId = null;
      return;
    }
    if (shownId !== conversation.id) {
      shownId = conversation.id;
      stick = true;
      list.replaceChildren();
    }
    renderHead(state, conversation);
    renderPinned(state);
    renderRows(state, conversation);
    renderNotice(state, conversation);
    composer.render(state, conversation);
  }

  function renderHead(state, conversation) {
    const presence = state.presence.get(conversation.id) ?? conversation;
    const line =
      conversation.type === "direct"
        ? presence.online
          ? "online"
          : presence.lastSeen
            ? `seen ${ago(presence.lastSeen)}`
            : (conversation.role ?? "")
        : `${conversation.count ?? ""} people`;
    const blocked = chat.isBlocked(conversation);
    const text = JSON.stringify([
      conversation.name,
      conversation.avatar,
      conversation.muted,
      conversation.archived,
      line,
      presence.online,
      blocked,
    ]);
    if (head.signature === text + conversation.id) return;
    head.signature = text + conversation.id;
    const button = (name, label, click, extra = {}) =>
      h(
        "button",
        { type: "button", class: "icon-button", "aria-label": label, title: label, ...extra, on: { click } },
        icon(name),
      );
    const more = button(
      "more",
      "More about this conversation",
      () => openMenu(more, actions(conversation, blocked, chat, ui)),
      { "aria-haspopup": "menu", "aria-expanded": "false" },
    );
    const direct = conversation.type === "direct" && conversation.other;
    fill(
      head,
      button("back", "Back to the conversations", chat.close, { class: "icon-button back" }),
      avatar(conversation.name, conversation.avatar, { online: presence.online }),
      h("div", { class: "thread-title" }, h("h2", {}, conversation.name), h("p", {}, line)),
      direct && button("phone", "Voice call", () => calls.ring(conversation, "voice")),
      direct && button("video", "Video call", () => calls.ring(conversation, "video")),
      button("search", "Search messages", () => showSearch(chat, ui)),
      more,
    );
  }

  function renderPinned(state) {
    const pins = state.details?.pinned ?? [];
    pinned.hidden = !pins.length;
    const text = JSON.stringify(pins);
    if (pinned.signature === text) return;
    pinned.signature = text;
    if (pins.length)
      fill(
        pinned,
        h(
          "button",
          { type: "button", class: "pinned-button", on: { click: () => jump(pins[0].id) } },
          icon("pin"),
          h("span", {}, h("strong", {}, pins[0].name), " ", pins[0].text),
          pins.length > 1 && h("span", { class: "badge" }, pins.length),
        ),
      );
  }

  function jump(id) {
    const row = list.querySelector(`[data-key="m${CSS.escape(String(id))}"]`);
    row?.scrollIntoView({ block: "center", behavior: "smooth" });
    row?.classList.add("flash");
    setTimeout(() => row?.classList.remove("flash"), 1600);
  }

  function renderRows(state, conversation) {
    const group = conversation.type !== "direct";
    const unsent = state.outbox.filter((one) => one.conversation.id === conversation.id);
    const rows = timeline([...state.messages, ...unsent], state.calls, state.polls, day);
    const top = scroll.scrollTop;
    const height = scroll.scrollHeight;
    // Somebody scrolled up, and the event that says so has not come yet: do not pull the list away.
    if (top < endedAt && height - top - scroll.clientHeight >= NEAR_PX) stick = false;
    const firstKey = list.firstElementChild?.nextElementSibling?.dataset.key;
    keyed(list, rows, {
      key: (row) => row.key,
      signature: (row) => (row.kind === "message" ? signature(row.value, group) : JSON.stringify(row.value)),
      render: (row) => element_(row, group),
    });
    scroll.firstElementChild.hidden = !state.loadingOlder;
    const grewAbove = firstKey && rows[1] && rows[1].key !== firstKey && !stick;
    if (stick) toEnd();
    else if (grewAbove) scroll.scrollTop = top + scroll.scrollHeight - height;
    const people = state.typists.slice(0, 2).join(" and ");
    const text = people ? `${people} ${state.typists.length > 1 ? "are" : "is"} typing…` : "";
    if (typing.textContent !== text) typing.textContent = text;
    typing.classList.toggle("active", Boolean(text));
  }

  function element_(row, group) {
    if (row.kind === "day") return dayRow(row.value);
    if (row.kind === "call") return callRow(row.value);
    if (row.kind === "poll") return pollRow(row.value, chat);
    return messageRow(row.value, { chat, ui, group });
  }

  function renderNotice(state, conversation) {
    const blocked = chat.isBlocked(conversation);
    const text = state.offline
      ? "You are offline. Messages are sent when the connection is back."
      : blocked
        ? `You have blocked ${conversation.name}.`
        : state.threadPhase === "failed"
          ? `Could not load the messages. ${state.error}`
          : "";
    notice.hidden = !text;
    if (notice.signature === text) return;
    notice.signature = text;
    fill(
      notice,
      h("span", {}, text),
      blocked &&
        h(
          "button",
          {
            type: "button",
            class: "button button-quiet",
            on: { click: () => chat.block(conversation, false) },
          },
          "Unblock",
        ),
    );
  }

  chat.store.subscribe(render);
  return { element, render, jump };
}

function actions(conversation, blocked, chat, ui) {
  const group = conversation.type !== "direct";
  return [
    group && ["group", "Members", () => showMembers(chat, ui)],
    ["bell", conversation.muted ? "Unmute" : "Mute", () => chat.mute(conversation, !conversation.muted)],
    [
      "archive",
      conversation.archived ? "Move back from the archive" : "Archive",
      () => chat.archive(conversation, !conversation.archived),
    ],
    ["check", "New poll", () => showNewPoll(chat, ui)],
    [
      "trash",
      "Clear history",
      () =>
        confirmDialog(ui, "Clear this history?", "Only you lose it; the others keep theirs.", "Clear", () =>
          chat.clearHistory(conversation),
        ),
      "danger",
    ],
    !group &&
      conversation.other && [
        "block",
        blocked ? "Unblock" : "Block",
        () => chat.block(conversation, !blocked),
        "danger",
      ],
    group && [
      "back",
      "Leave the group",
      () =>
        confirmDialog(ui, "Leave this group?", "An admin can add you again.", "Leave", () =>
          chat.leave(conversation),
        ),
      "danger",
    ],
  ];
}
