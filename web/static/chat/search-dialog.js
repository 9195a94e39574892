/** Search in the messages of a conversation. */
import { fill, h } from "../shared/dom.js";
import { brief } from "../shared/time.js";
import { openDialog } from "./dialog.js";

export function showSearch(chat, ui) {
  const field = h("input", {
    type: "search",
    class: "field",
    "aria-label": "Search for",
    placeholder: "Words in a message",
    minlength: "2",
    required: true,
  });
  const results = h("ul", { class: "results", "aria-label": "Found messages" });
  const dialog = openDialog(
    ui,
    "Search messages",
    h(
      "form",
      { class: "row", on: { submit } },
      field,
      h("button", { class: "button button-primary" }, "Search"),
    ),
    results,
  );

  async function submit(event) {
    event.preventDefault();
    const found = await chat.search(field.value.trim());
    if (!found) return;
    fill(results, found.length ? found.map(result) : h("li", { class: "list-note" }, "Nothing found."));
  }

  function result(message) {
    return h(
      "li",
      {},
      h(
        "button",
        { type: "button", class: "result", on: { click: () => (dialog.close(), ui.jump(message.id)) } },
        h(
          "span",
          { class: "conversation-top" },
          h("strong", {}, message.mine ? "You" : message.sender.name),
          h("time", {}, brief(message.at)),
        ),
        h("span", {}, ...marked(message.text, field.value.trim())),
      ),
    );
  }
}

/** The text with what was searched for in `<mark>`. */
function marked(text, wanted) {
  const at = text.toLowerCase().indexOf(wanted.toLowerCase());
  if (at < 0) return [text];
  return [
    text.slice(0, at),
    h("mark", {}, text.slice(at, at + wanted.length)),
    text.slice(at + wanted.length),
  ];
}
