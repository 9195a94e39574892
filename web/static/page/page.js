/** The demo's page: a legacy modal, a modern modal, and between them what went over the wire. */
import { h } from "../shared/dom.js";
import { createSide } from "./side.js";
import { createTabs, createThemeButton } from "./tools.js";
import { createWire } from "./wire.js";

const byId = (id) => document.getElementById(id);
const asked = new URLSearchParams(location.search);
const ALL = ["legacy", "wire", "modern"];
/** What `?show=` leaves on the stage. */
const LEFT = new Map([
  ["legacy", ["legacy"]],
  ["modern", ["modern"]],
  ["both", ["legacy", "modern"]],
]);

async function start() {
  let people;
  try {
    const response = await fetch("people");
    people = (await response.json()).people;
  } catch {
    byId("stage").replaceChildren(
      h("p", { class: "list-note", role: "alert" }, "The demo's people cannot be read. Is the demo running?"),
    );
    return;
  }
  byId("tools").append(createThemeButton());
  const parts = LEFT.get(asked.get("show")) ?? ALL;
  createTabs(byId("tabs"), byId("stage"), parts);
  const wire = parts.includes("wire") ? createWire(byId("wire-head"), byId("wire")) : null;
  const shapes = parts.filter((part) => part !== "wire");
  const sides = [];
  for (const [index, shape] of shapes.entries()) {
    const partner = () => sides[1 - index]?.user() ?? null;
    sides.push(
      createSide(shape, people, {
        head: byId(`${shape}-head`),
        slot: byId(`${shape}-slot`),
        wire,
        asked,
        partner,
      }),
    );
  }
  await Promise.all(sides.map((side) => side.show()));
  document.body.dataset.ready = "true";
  addEventListener("pagehide", () => sides.forEach((side) => side.close()));
}

start();
