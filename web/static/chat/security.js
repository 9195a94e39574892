/** Where somebody is signed in, and the second password: parts of the settings, and the door that it is. */
import { fill, h } from "../shared/dom.js";
import { icon } from "../shared/icons.js";
import { ago } from "../shared/time.js";
import { labelled } from "./dialog.js";

/** Closed at first: what is in it is read when somebody opens it. */
function drawer(title, show) {
  const content = h("div", { class: "drawer-body" });
  const element = h("details", { class: "drawer" }, h("summary", {}, title), content);
  element.addEventListener("toggle", () => element.open && show(content));
  return element;
}

export function devicesDrawer(chat) {
  const { security } = chat.client;

  async function show(content) {
    const sessions = await chat.attempt(security.sessions);
    if (sessions)
      fill(content, h("ul", { class: "people", "aria-label": "Devices" }, sessions.map(row(content))));
  }

  const row = (content) => (one) =>
    h(
      "li",
      { class: "person" },
      h(
        "span",
        { class: "person-text" },
        h("span", { class: "person-name" }, one.name),
        h("small", {}, one.at ? `${one.how} · ${ago(one.at)}` : one.how),
      ),
      h("span", { class: "grow" }),
      one.current && h("span", { class: "role" }, "current"),
      h(
        "button",
        {
          type: "button",
          class: "icon-button",
          "aria-label": `Sign out ${one.name}`,
          title: "Sign out",
          on: { click: () => end(one, content) },
        },
        icon("close"),
      ),
    );

  async function end(one, content) {
    await chat.attempt(() => security.endSession(one.id), "Signed out");
    await show(content);
  }

  return drawer("Where you are signed in", show);
}

const passwordField = (kind) =>
  h("input", { type: "password", class: "field", required: true, maxlength: "200", autocomplete: kind });

export function twoStepDrawer(chat) {
  const { security } = chat.client;
  return drawer("Two-step password", show);

  async function show(content) {
    const on = await chat.attempt(async () => ({ on: await security.twoStep() }));
    if (on) fill(content, form(on.on, content));
  }

  function form(on, content) {
    const field = passwordField(on ? "current-password" : "new-password");
    async function submit(event) {
      event.preventDefault();
      const change = on ? security.turnOff : security.turnOn;
      const done = on ? "Two-step password is off" : "Two-step password is on";
      if (await chat.attempt(() => change(field.value), done)) await show(content);
    }
    return h(
      "form",
      { on: { submit } },
      h("p", { class: "drawer-note" }, on ? "It is on: it is asked whenever the chat opens." : "It is off."),
      labelled("Password", field),
      h(
        "div",
        { class: "dialog-actions" },
        h("button", { class: "button button-quiet" }, on ? "Turn off" : "Turn on"),
      ),
    );
  }
}

/** Waits until the second password was said. */
export async function unlock(client, ui) {
  const field = passwordField("current-password");
  const problem = h("p", { class: "failure", role: "alert" });
  const door = h(
    "form",
    { class: "dialog door", "aria-label": `${ui.title}: two-step password` },
    h("h2", {}, "Two-step password"),
    labelled("Password", field),
    problem,
    h("button", { class: "button button-primary" }, "Open the chat"),
  );
  const layer = h("div", { class: "dialog-layer" }, door);
  ui.panes.inert = true;
  ui.frame.append(layer);
  await new Promise((resolve) => {
    door.addEventListener("submit", async (event) => {
      event.preventDefault();
      const right = await client.security.verify(field.value).catch((error) => error);
      if (right === true) resolve();
      else problem.textContent = right.detail ?? "This is not the password.";
    });
  });
  layer.remove();
  ui.panes.inert = false;
}
