/** A menu that opens beside its button: arrows, Home, End and Escape work, focus returns to the button. */
import { focusAgain, h } from "../shared/dom.js";
import { icon } from "../shared/icons.js";

let close = null;

/** `items` are `[icon, label, action]`; falsy ones are left out. `top` is a row of small buttons above them. */
export function openMenu(anchor, items, top = null) {
  close?.();
  const buttons = items.filter(Boolean).map(([name, label, action, kind]) =>
    h(
      "button",
      {
        type: "button",
        role: "menuitem",
        class: `menu-item ${kind ?? ""}`,
        tabindex: "-1",
        on: { click: () => (end(), action()) },
      },
      icon(name),
      label,
    ),
  );
  const menu = h("div", { class: "menu", role: "menu", on: { keydown } }, top && top(() => end()), buttons);
  const frame = anchor.closest(".modal");
  const goBack = focusAgain(anchor);

  function all() {
    return [...menu.querySelectorAll("button")];
  }

  function keydown(event) {
    const list = all();
    const at = list.indexOf(document.activeElement);
    const next = {
      ArrowDown: at + 1,
      ArrowUp: at - 1,
      ArrowRight: at + 1,
      ArrowLeft: at - 1,
      Home: 0,
      End: list.length - 1,
    }[event.key];
    if (event.key === "Escape" || event.key === "Tab") {
      event.preventDefault();
      event.stopPropagation();
      end();
    } else if (next !== undefined) {
      event.preventDefault();
      list.at(next % list.length)?.focus();
    }
  }

  function end() {
    close = null;
    menu.remove();
    anchor.setAttribute("aria-expanded", "false");
    document.removeEventListener("pointerdown", outside, true);
    goBack();
  }

  function outside(event) {
    if (!menu.contains(event.target)) end();
  }

  frame.append(menu);
  place(menu, anchor, frame);
  anchor.setAttribute("aria-expanded", "true");
  document.addEventListener("pointerdown", outside, true);
  close = end;
  all()[0]?.focus({ preventScroll: true });
}

/** Inside the modal, below the button if there is room, else above. */
function place(menu, anchor, frame) {
  const box = frame.getBoundingClientRect();
  const at = anchor.getBoundingClientRect();
  const size = menu.getBoundingClientRect();
  const left = Math.min(Math.max(8, at.right - box.left - size.width), box.width - size.width - 8);
  const below = at.bottom - box.top + 4;
  const top = below + size.height < box.height - 8 ? below : Math.max(8, at.top - box.top - size.height - 4);
  menu.style.left = `${left}px`;
  menu.style.top = `${top}px`;
}
