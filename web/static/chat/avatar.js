/** A round picture, or the first letters of a name on a colour of its own. */
import { h } from "../shared/dom.js";
import { safeUrl } from "../shared/urls.js";

const COLOURS = 8;

export function initials(name) {
  const words = String(name).trim().split(/\s+|_/).filter(Boolean);
  return (
    words
      .slice(0, 2)
      .map((word) => [...word][0])
      .join("") || "?"
  ).toUpperCase();
}

function colourOf(name) {
  let sum = 0;
  for (const letter of String(name)) sum = (sum * 31 + letter.codePointAt(0)) % 9973;
  return sum % COLOURS;
}

/** `online` adds the dot: true, false, or null for none. */
export function avatar(name, url, { online = null, large = false } = {}) {
  const address = safeUrl(url);
  const element = h(
    "span",
    { class: `avatar tint-${colourOf(name)}${large ? " avatar-large" : ""}`, "aria-hidden": "true" },
    initials(name),
  );
  if (address) {
    const picture = h("img", { class: "avatar-picture", src: address, alt: "", loading: "lazy" });
    picture.addEventListener("error", () => picture.remove());
    element.append(picture);
  }
  if (online) element.append(h("span", { class: "dot" }));
  return element;
}
