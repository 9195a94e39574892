/** Short news at the foot of a modal, read out by screen readers. */
import { h } from "./dom.js";

export function createToasts() {
  const element = h("div", { class: "toasts", role: "status", "aria-live": "polite" });
  function show(text, kind = "info") {
    const toast = h("div", { class: `toast toast-${kind}` }, text);
    element.append(toast);
    setTimeout(() => toast.remove(), kind === "error" ? 6000 : 3500);
    while (element.children.length > 3) element.firstElementChild.remove();
  }
  return { element, show };
}
