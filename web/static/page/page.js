/** The demo's page: a legacy modal, a modern modal, and between them what went over the wire. */
import { h } from "../shared/dom.js";
import { createSide } from "./side.js";
import { createTabs, createThemeButton } from "./tools.js";
import { createWire } from "./wire.js";

const byId = (id) => document.getElementById(id);
const asked = new URLSearchParams(location.search);

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
  const only = asked.get("show");
  createTabs(byId("tabs"), byId("stage"), only);
  const wire = createWire(byId("wire-head"), byId("wire"));
  const shapes = ["legacy", "modern"].filter(
    (shape) => !["legacy", "modern"].includes(only) || shape === only,
  );
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
