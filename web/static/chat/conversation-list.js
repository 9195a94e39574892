/** The left pane: who I am, search, filters, waiting requests, conversations. */
import { fill, h, keyed } from "../shared/dom.js";
import { icon } from "../shared/icons.js";
import { brief } from "../shared/time.js";
import { avatar } from "./avatar.js";
import { FILTERS, preview, shown, unreadTotal } from "./conversation-filter.js";
import { showContacts, showGroup } from "./people-dialogs.js";
import { showSettings } from "./settings-dialog.js";

export function createList(chat, ui) {
  const { store } = chat;
  const search = h("input", {
    type: "search",
    class: "field",
    placeholder: "Search",
    "aria-label": "Search conversations",
    on: { input: () => chat.setQuery(search.value) },
  });
  const filters = h("div", { class: "filters", role: "group", "aria-label": "Filter" });
  const requests = h("ul", { "aria-label": "Requests" });
  const waiting = h("span", { class: "badge" });
  const requestBox = h(
    "details",
    { class: "requests", hidden: true },
    h("summary", {}, "Requests", waiting),
    requests,
  );
  const list = h("ul", { class: "conversations", "aria-label": "Conversations" });
  const note = h("div", { class: "list-note" });
  const badge = h("span", { class: "badge", hidden: true });
  const element = h(
    "nav",
    { class: "pane list-pane", "aria-label": `${ui.title}: conversations` },
    h(
      "div",
      { class: "list-head" },
      h("h2", {}, "Chats"),
      badge,
      h("span", { class: "grow" }),
      ...headButtons(chat, ui),
    ),
    h("div", { class: "search" }, icon("search"), search),
    filters,
    h("div", { class: "scroll" }, requestBox, list, note),
  );

  function render(state) {
    const total = unreadTotal(state.conversations);
    badge.hidden = total === 0;
    badge.textContent = String(total);
    badge.setAttribute("aria-label", `${total} unread`);
    keyed(filters, FILTERS, {
      key: ([name]) => name,
      signature: ([name]) => `${name === state.filter}`,
      render: ([name, label]) =>
        h(
          "button",
          {
            type: "button",
            class: "chip",
            "aria-pressed": String(name === state.filter),
            on: { click: () => chat.setFilter(name) },
          },
          label,
        ),
    });
    const received = state.requests.filter((one) => one.direction === "received");
    requestBox.hidden = !received.length || state.filter !== "all";
    waiting.textContent = String(received.length);
    keyed(requests, received, {
      key: (one) => one.id,
      signature: (one) => JSON.stringify(one),
      render: (one) => requestRow(one, chat),
    });
    const rows = shown(state.conversations, state.filter, state.query).map((one) => ({
      ...one,
      ...state.presence.get(one.id),
      active: one.id === state.openId,
    }));
    keyed(list, rows, {
      key: (one) => one.id,
      signature: (one) => JSON.stringify(one) + brief(one.at),
      render: (one) => row(one, chat),
    });
    renderNote(state, rows);
  }

  function renderNote(state, rows) {
    const text =
      { loading: "Loading…", failed: `Could not load the conversations. ${state.error}` }[state.phase] ??
      (rows.length ? "" : "Nothing here yet.");
    if (note.signature === text + state.phase) return;
    note.signature = text + state.phase;
    fill(
      note,
      text && h("p", {}, text),
      state.phase === "failed" &&
        h("button", { type: "button", class: "button", on: { click: chat.load } }, "Try again"),
    );
  }

  store.subscribe(render);
  return { element, render };
}

function headButtons(chat, ui) {
  const button = (name, label, click) =>
    h(
      "button",
      { type: "button", class: "icon-button", "aria-label": label, title: label, on: { click } },
      icon(name),
    );
  return [
    button("plus", "New conversation", () => showContacts(chat, ui)),
    button("group", "New group", () => showGroup(chat, ui)),
    button("gear", "Settings", () => showSettings(chat, ui)),
  ];
}

function row(one, chat) {
  return h(
    "li",
    {},
    h(
      "button",
      {
        type: "button",
        class: "conversation",
        "aria-current": one.active ? "true" : null,
        data: { id: String(one.id) },
        on: { click: () => chat.open(one.id) },
      },
      avatar(one.name, one.avatar, { online: one.online }),
      h(
        "span",
        { class: "conversation-text" },
        h(
          "span",
          { class: "conversation-top" },
          h("span", { class: "conversation-name" }, one.name),
          one.online && h("span", { class: "visually-hidden" }, "online"),
          one.role && h("span", { class: "role" }, one.role),
          h("time", {}, brief(one.at)),
        ),
        h(
          "span",
          { class: "conversation-bottom" },
          h("span", { class: "preview" }, preview(one)),
          one.muted && icon("bellOff"),
          one.pinned && icon("pin"),
          one.unread > 0 &&
            h("span", { class: "badge" }, one.unread, h("span", { class: "visually-hidden" }, " unread")),
        ),
      ),
    ),
  );
}

function requestRow(one, chat) {
  const answer = (action, label, kind) =>
    h(
      "button",
      { type: "button", class: `button ${kind}`, on: { click: () => chat.respond(one, action) } },
      label,
    );
  return h(
    "li",
    { class: "request" },
    avatar(one.name, one.avatar),
    h(
      "span",
      { class: "conversation-text" },
      h("span", { class: "conversation-name" }, one.name),
      h("span", { class: "preview" }, "wants to connect"),
    ),
    answer("accept", "Accept", "button-primary"),
    answer("reject", "Decline", "button-quiet"),
  );
}
