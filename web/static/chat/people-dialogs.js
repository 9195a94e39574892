/** Dialogs about people: whom to write to, a new group, the members of one, where to forward. */
import { fill, h } from "../shared/dom.js";
import { icon } from "../shared/icons.js";
import { avatar } from "./avatar.js";
import { confirmDialog, labelled, openDialog } from "./dialog.js";

function person(one, end) {
  return [
    avatar(one.name, one.avatar),
    h("span", { class: "person-name" }, one.name),
    one.label && h("span", { class: "role" }, one.label),
    h("span", { class: "grow" }),
    end,
  ];
}

const nobody = () => h("li", { class: "list-note" }, "Nobody here yet.");

export async function showContacts(chat, ui) {
  const list = h(
    "ul",
    { class: "people", "aria-label": "Contacts" },
    h("li", { class: "list-note" }, "Loading…"),
  );
  const dialog = openDialog(ui, "New conversation", list);
  const contacts = (await chat.contacts()) ?? [];
  const rows = contacts.map((one) =>
    h(
      "li",
      {},
      h(
        "button",
        { type: "button", class: "person", on: { click: () => (dialog.close(), chat.startDirect(one)) } },
        person(one),
      ),
    ),
  );
  fill(list, rows.length ? rows : nobody());
  list.querySelector("button")?.focus();
}

/** A list of contacts to tick. Gives `{element, chosen()}`. */
function chooser(contacts) {
  const boxes = contacts.map((one) => ({ one, box: h("input", { type: "checkbox" }) }));
  const element = h(
    "fieldset",
    { class: "people" },
    h("legend", {}, "People"),
    boxes.length ? boxes.map(({ one, box }) => h("label", { class: "person" }, person(one, box))) : nobody(),
  );
  return { element, chosen: () => boxes.filter(({ box }) => box.checked).map(({ one }) => one) };
}

export async function showGroup(chat, ui) {
  const contacts = (await chat.contacts()) ?? [];
  const people = chooser(contacts);
  const name = h("input", { class: "field", required: true, maxlength: "255" });
  const description = h("input", { class: "field", maxlength: "500" });
  const channel = h("input", { type: "checkbox" });
  const dialog = openDialog(
    ui,
    "New group",
    h(
      "form",
      { on: { submit } },
      labelled("Name", name),
      labelled("Description", description),
      h("label", { class: "check" }, channel, "Channel: only admins write"),
      people.element,
      h("div", { class: "dialog-actions" }, h("button", { class: "button button-primary" }, "Create")),
    ),
  );
  async function submit(event) {
    event.preventDefault();
    dialog.close();
    const result = await chat.startGroup({
      name: name.value.trim(),
      description: description.value.trim(),
      people: people.chosen(),
      channel: channel.checked,
    });
    if (result?.rejected) ui.notify(`${result.rejected} could not be added`, "error");
  }
}

export async function showMembers(chat, ui) {
  const conversation = chat.current();
  await chat.refreshDetails();
  if (chat.current()?.id !== conversation.id) return;
  const list = h("ul", { class: "people", "aria-label": "Members" });
  const foot = h("div", { class: "dialog-actions" });
  const dialog = openDialog(ui, conversation.name, list, foot);
  render();

  function render() {
    const details = chat.store.get().details ?? { participants: [] };
    const admin = chat.isAdmin(conversation);
    const me = chat.client.me.key;
    fill(
      list,
      details.participants.map((one) =>
        h(
          "li",
          { class: "person" },
          person(one, [
            one.role === "admin" && h("span", { class: "role" }, "admin"),
            admin && one.key !== me && removal(one),
          ]),
        ),
      ),
    );
    fill(
      foot,
      admin &&
        h(
          "button",
          { type: "button", class: "button button-primary", on: { click: add } },
          icon("plus"),
          "Add people",
        ),
    );
  }

  function removal(one) {
    return h(
      "button",
      {
        type: "button",
        class: "icon-button",
        "aria-label": `Remove ${one.name}`,
        on: {
          click: () =>
            confirmDialog(
              ui,
              `Remove ${one.name}?`,
              "You can add them again later.",
              "Remove",
              async () => (await chat.removePerson(conversation, one), render()),
            ),
        },
      },
      icon("close"),
    );
  }

  async function add() {
    const known = new Set(chat.store.get().details.participants.map((one) => one.key));
    const people = chooser(((await chat.contacts()) ?? []).filter((one) => !known.has(one.key)));
    const second = openDialog(
      ui,
      "Add people",
      h(
        "form",
        { on: { submit } },
        people.element,
        h("div", { class: "dialog-actions" }, h("button", { class: "button button-primary" }, "Add")),
      ),
    );
    async function submit(event) {
      event.preventDefault();
      second.close();
      const result = await chat.addPeople(conversation, people.chosen());
      if (result?.rejected) ui.notify(`${result.rejected} could not be added`, "error");
      render();
      dialog.element.focus();
    }
  }
}

export function showForward(chat, ui, message) {
  const note = h("input", { class: "field", maxlength: "1000" });
  const rows = chat.store
    .get()
    .conversations.filter((one) => !one.synthetic && one.id !== chat.store.get().openId);
  const dialog = openDialog(
    ui,
    "Forward to",
    h("blockquote", { class: "quote" }, h("strong", {}, message.sender.name), h("span", {}, message.text)),
    labelled("Add a note", note),
    h(
      "ul",
      { class: "people", "aria-label": "Conversations" },
      rows.length
        ? rows.map((one) =>
            h(
              "li",
              {},
              h(
                "button",
                {
                  type: "button",
                  class: "person",
                  on: { click: () => (dialog.close(), chat.forward(message, one, note.value.trim())) },
                },
                person({ ...one, label: one.role }),
              ),
            ),
          )
        : nobody(),
    ),
  );
}
