/** Privacy, writing, whom one has blocked, and what keeps others out. */
import { fill, h } from "../shared/dom.js";
import { labelled, openDialog } from "./dialog.js";
import { devicesDrawer, twoStepDrawer } from "./security.js";

const WHO = [
  ["everyone", "Everyone"],
  ["connections", "Connections"],
  ["none", "Nobody"],
];
const SEEN = [
  ["everyone", "Everyone"],
  ["connections", "Connections"],
  ["nobody", "Nobody"],
];
const CHOICES = [
  ["who_can_message", "Who may write to me", WHO],
  ["allow_calls_from", "Who may call me", WHO],
  ["allow_group_adds", "Who may add me to groups", WHO],
  ["last_seen_visibility", "Who sees when I was here", SEEN],
  [
    "enter_key",
    "The Enter key",
    [
      ["send", "sends"],
      ["newline", "starts a line"],
    ],
  ],
];
const SWITCHES = [
  ["read_receipts", "Read marks"],
  ["online_status", "Show that I am online"],
  ["typing_indicators", "Show that I am typing"],
  ["disable_forwarding", "Nobody may forward my messages"],
  ["block_screenshots", "Ask others not to take screenshots"],
];

export async function showSettings(chat, ui) {
  const [settings] = await Promise.all([
    chat.client.settings().catch(() => chat.store.get().settings),
    chat.refreshBlocked(),
  ]);
  const fields = new Map();
  const select = ([name, label, options]) => {
    const field = h(
      "select",
      { class: "field" },
      options.map(([value, text]) => h("option", { value, selected: settings[name] === value }, text)),
    );
    fields.set(name, () => field.value);
    return labelled(label, field);
  };
  const check = ([name, label]) => {
    const field = h("input", { type: "checkbox", checked: settings[name] === true });
    fields.set(name, () => field.checked);
    return h("label", { class: "check" }, field, label);
  };
  const blocked = h("ul", { class: "people", "aria-label": "Blocked people" });
  const dialog = openDialog(
    ui,
    "Settings",
    h(
      "form",
      { on: { submit } },
      h("h3", {}, "Privacy"),
      CHOICES.map(select),
      SWITCHES.map(check),
      h("h3", {}, "Blocked people"),
      blocked,
      h("div", { class: "dialog-actions" }, h("button", { class: "button button-primary" }, "Save")),
    ),
    devicesDrawer(chat),
    twoStepDrawer(chat),
  );
  renderBlocked();

  function renderBlocked() {
    const list = chat.store.get().blocked;
    fill(
      blocked,
      list.length
        ? list.map((one) =>
            h(
              "li",
              { class: "person" },
              h("span", { class: "person-name" }, one.name),
              h("span", { class: "grow" }),
              h(
                "button",
                {
                  type: "button",
                  class: "button button-quiet",
                  on: { click: async () => (await chat.unblockPerson(one), renderBlocked()) },
                },
                "Unblock",
              ),
            ),
          )
        : h("li", { class: "list-note" }, "Nobody."),
    );
  }

  function submit(event) {
    event.preventDefault();
    dialog.close();
    chat.saveSettings({
      ...settings,
      ...Object.fromEntries([...fields].map(([name, value]) => [name, value()])),
    });
  }
}
