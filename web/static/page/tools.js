/** Theme and, on small screens, which part of the stage is shown. */
import { h } from "../shared/dom.js";
import { icon } from "../shared/icons.js";

const LABELS = { legacy: "Legacy", wire: "Wire", modern: "Modern" };

export function createThemeButton() {
  const dark = () =>
    (document.documentElement.dataset.theme ??
      (matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light")) === "dark";
  const stored = localStorage.getItem("demo_theme");
  if (stored) document.documentElement.dataset.theme = stored;
  const button = h(
    "button",
    {
      type: "button",
      class: "icon-button",
      "aria-label": "Dark or light",
      title: "Dark or light",
      on: { click: toggle },
    },
    icon("sun"),
  );
  function toggle() {
    const theme = dark() ? "light" : "dark";
    document.documentElement.dataset.theme = theme;
    localStorage.setItem("demo_theme", theme);
  }
  return button;
}

/** `parts` are those on the stage; on a small screen one of them is shown at a time. */
export function createTabs(bar, stage, parts) {
  const buttons = parts.map((part) =>
    h("button", { type: "button", class: `tab tab-${part}`, on: { click: () => show(part) } }, LABELS[part]),
  );
  bar.append(...buttons);
  bar.hidden = parts.length === 1;
  stage.dataset.parts = parts.join(" ");
  function show(part) {
    stage.dataset.show = part;
    buttons.forEach((button, index) => button.setAttribute("aria-pressed", String(parts[index] === part)));
  }
  show(parts[0]);
}
