/** A dialog inside its modal: the rest of the modal is inert, Escape closes, focus goes in and comes back. */
import { append, focusAgain, h } from "../shared/dom.js";
import { icon } from "../shared/icons.js";

let numbers = 0;

/** Gives `{body, close, footer}`; `content` goes into the body. */
export function openDialog(ui, title, ...content) {
  const id = `dialog-${(numbers += 1)}`;
  const goBack = focusAgain(document.activeElement);
  const body = h("div", { class: "dialog-body" });
  const dialog = h(
    "div",
    { class: "dialog", role: "dialog", "aria-modal": "true", "aria-labelledby": id, tabindex: "-1" },
    h(
      "div",
      { class: "dialog-head" },
      h("h2", { id }, title),
      h(
        "button",
        { type: "button", class: "icon-button", "aria-label": "Close", on: { click: close } },
        icon("close"),
      ),
    ),
    body,
  );
  const layer = h("div", { class: "dialog-layer", on: { keydown, pointerdown } }, dialog);
  append(body, content);
  ui.frame.append(layer);
  ui.panes.inert = true;
  (body.querySelector("input,textarea,select,button") ?? dialog).focus({ preventScroll: true });

  function keydown(event) {
    if (event.key === "Escape" && !event.defaultPrevented) {
      event.stopPropagation();
      close();
    }
  }

  function pointerdown(event) {
    if (event.target === layer) close();
  }

  function close() {
    if (!layer.isConnected) return;
    layer.remove();
    if (!ui.frame.querySelector(".dialog-layer")) ui.panes.inert = false;
    goBack();
  }

  return { body, close, element: dialog };
}

/** Asks before something that cannot be undone. */
export function confirmDialog(ui, title, text, label, action) {
  const dialog = openDialog(
    ui,
    title,
    h("p", {}, text),
    h(
      "div",
      { class: "dialog-actions" },
      h(
        "button",
        { type: "button", class: "button button-quiet", on: { click: () => dialog.close() } },
        "Keep",
      ),
      h(
        "button",
        { type: "button", class: "button button-danger", on: { click: () => (dialog.close(), action()) } },
        label,
      ),
    ),
  );
}

/** A labelled form field. */
export function labelled(label, field) {
  return h("label", { class: "labelled" }, h("span", {}, label), field);
}
