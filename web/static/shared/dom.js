/**
 * The only way in which this page makes elements. What people typed is text here and can become nothing else:
 * strings turn into text nodes, attributes are set one at a time, and there is no way to hand in markup.
 */
import { safeUrl } from "./urls.js";

const PROPERTIES = new Set([
  "value",
  "checked",
  "disabled",
  "hidden",
  "selected",
  "open",
  "indeterminate",
  "muted",
  "srcObject",
]);
const ADDRESSES = new Set(["href", "src"]);
const REFUSED = /^(on|style$|innerhtml$|outerhtml$|srcdoc$)/i;

/** `h("button", {class: "x", on: {click}}, "text", child)`: an element; null, undefined and false children are left out. */
export function h(tag, props = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(props ?? {})) setProp(element, name, value);
  append(element, children);
  return element;
}

function setProp(element, name, value) {
  if (name === "on") {
    for (const [event, handler] of Object.entries(value)) element.addEventListener(event, handler);
  } else if (value === null || value === undefined || value === false) {
    if (PROPERTIES.has(name)) element[name] = name === "value" ? "" : (value ?? false);
  } else if (name === "data") {
    Object.assign(element.dataset, value);
  } else if (PROPERTIES.has(name)) {
    element[name] = value;
  } else if (REFUSED.test(name)) {
    throw new TypeError(`${name} is no attribute for h()`);
  } else {
    const text = ADDRESSES.has(name) ? safeUrl(value) : String(value === true ? "" : value);
    if (text !== null) element.setAttribute(name, text);
  }
}

/** Adds children: nodes as they are, everything else as text. */
export function append(parent, children) {
  for (const child of children.flat(Infinity)) {
    if (child === null || child === undefined || child === false) continue;
    parent.append(child instanceof Node ? child : document.createTextNode(String(child)));
  }
}

/** Replaces everything inside an element. */
export function fill(parent, ...children) {
  parent.replaceChildren();
  append(parent, children);
}

/**
 * Makes `parent` show `items`, keeping the element of an item whose signature has not changed, so that focus,
 * scroll position, and a playing recording survive a poll.
 */
export function keyed(parent, items, { key, signature, render }) {
  const known = new Map([...parent.children].map((element) => [element.dataset.key, element]));
  let place = parent.firstElementChild;
  for (const item of items) {
    const name = String(key(item));
    const text = signature(item);
    let element = known.get(name);
    known.delete(name);
    if (!element || element.signature !== text) {
      const fresh = render(item);
      fresh.dataset.key = name;
      fresh.signature = text;
      if (element) {
        if (element === place) place = fresh;
        const focused = element.contains(document.activeElement);
        element.replaceWith(fresh);
        if (focused) (fresh.matches("[tabindex],button") ? fresh : fresh.querySelector("button"))?.focus();
      }
      element = fresh;
    }
    if (element === place) place = place.nextElementSibling;
    else parent.insertBefore(element, place);
  }
  for (const gone of known.values()) gone.remove();
}

/** Gives the function that focuses this element, or what stands in its place if its row was drawn again meanwhile. */
export function focusAgain(element) {
  const place = element?.closest("[data-key], header");
  const parent = place?.parentElement;
  const label = element?.getAttribute("aria-label") ?? "";
  return () => {
    const key = place?.dataset.key;
    const row = key ? [...parent.children].find((one) => one.dataset.key === key) : place;
    const now = element?.isConnected ? element : row?.querySelector(`[aria-label="${CSS.escape(label)}"]`);
    now?.focus({ preventScroll: true });
  };
}
