/** Theme and, on small screens, which part of the stage is shown. */
import { h } from "../shared/dom.js";
import { icon } from "../shared/icons.js";

const PARTS = [
  ["legacy", "Legacy"],
  ["wire", "Wire"],
  ["modern", "Modern"],
];

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

/** `only` names the one part that is shown at every width, or nothing. */
export function createTabs(bar, stage, only) {
  const buttons = PARTS.map(([name, label]) =>
    h("button", { type: "button", class: `tab tab-${name}`, on: { click: () => show(name) } }, label),
  );
  bar.append(...buttons);
  if (only) stage.dataset.only = only;
  bar.hidden = Boolean(only);
  function show(name) {
    stage.dataset.show = name;
    buttons.forEach((button, index) => button.setAttribute("aria-pressed", String(PARTS[index][0] === name)));
  }
  show(only ?? "legacy");
}
