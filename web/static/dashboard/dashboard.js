/** The dashboard: reads its data every few seconds and shows it. */
import { fill, h } from "./shared/dom.js";
import { createCharts } from "./charts.js";
import { showRollout } from "./rollout.js";

const EVERY_MS = 5000;
const byId = (id) => document.getElementById(id);
const charts = createCharts(byId("charts"));
const whole = new Intl.NumberFormat();

const percent = (share) =>
  share === null || share === undefined
    ? "–"
    : `${(share * 100).toFixed(share > 0.995 || share < 0.005 ? 0 : 1)} %`;
const ms = (value) =>
  value === null || value === undefined ? "–" : `${value.toFixed(value < 1 ? 2 : 1)} ms`;
const sum = (rows, name) => rows.reduce((total, row) => total + row[name], 0);

async function refresh() {
  try {
    const response = await fetch("data");
    if (!response.ok) throw new Error(`The gateway said ${response.status}`);
    show(await response.json());
    byId("state").textContent = "live";
    byId("state").className = "live";
  } catch (error) {
    byId("state").textContent = error instanceof TypeError ? "No connection to the gateway" : error.message;
    byId("state").className = "lost";
  }
}

function show(data) {
  tiles(data);
  charts.show(data.points);
  operations(data.operations);
  callers(data.callers);
  showRollout(data.rollout);
}

function tiles(data) {
  const legacy = sum(data.operations, "legacy");
  const modern = sum(data.operations, "modern");
  const errors = sum(data.operations, "errors");
  const refused = sum(data.operations, "refused");
  const asked = Object.values(data.lookups).reduce((total, count) => total + count, 0);
  const last = data.points.findLast((one) => one.median_ms !== null);
  fill(
    byId("tiles"),
    tile(
      "Legacy share",
      percent(legacy + modern ? legacy / (legacy + modern) : null),
      `${whole.format(legacy)} of ${whole.format(legacy + modern)} requests`,
      "legacy",
    ),
    tile(
      "Cache hit rate",
      percent(asked ? (data.lookups.hits ?? 0) / asked : null),
      `${whole.format(asked)} look-ups, ${whole.format(data.events.queries ?? 0)} queries`,
      "modern",
    ),
    tile("Added by the gateway", ms(last?.median_ms), `p50; p95 is ${ms(last?.slow_ms)}`, ""),
    tile(
      "Errors",
      whole.format(errors),
      legacy + modern ? `5xx; ${whole.format(refused)} refused with 4xx` : "no requests yet",
      errors ? "bad" : "",
    ),
    tile(
      "Migration",
      data.phase?.name ?? data.phase ?? "unknown",
      data.phase?.text ?? "phase of the database",
      "",
    ),
  );
}

function tile(name, value, note, kind) {
  return h(
    "div",
    { class: `tile tile-${kind || "plain"}` },
    h("h2", {}, name),
    h("p", { class: "value" }, value),
    h("p", { class: "note" }, note),
  );
}

function operations(rows) {
  const most = Math.max(1, ...rows.map((row) => row.legacy + row.modern));
  fill(
    byId("operations"),
    h(
      "table",
      {},
      h(
        "thead",
        {},
        h(
          "tr",
          {},
          ["Operation", "Legacy", "Modern", "Refused (4xx)", "Failed (5xx)", ""].map((name, index) =>
            h(
              "th",
              { scope: "col", class: index && index < 5 ? "number" : "" },
              name || h("span", { class: "visually-hidden" }, "Share"),
            ),
          ),
        ),
      ),
      h(
        "tbody",
        {},
        rows.map((row) =>
          h(
            "tr",
            {},
            h("th", { scope: "row" }, row.name),
            number(row.legacy),
            number(row.modern),
            number(row.refused),
            number(row.errors, row.errors ? "bad" : ""),
            h("td", { class: "bars" }, bar(row, most)),
          ),
        ),
      ),
    ),
  );
}

function number(value, kind = "") {
  return h("td", { class: `number ${kind}` }, whole.format(value));
}

function bar(row, most) {
  const legacy = h("span", { class: "bar bar-legacy" });
  const modern = h("span", { class: "bar bar-modern" });
  legacy.style.width = `${(row.legacy / most) * 100}%`;
  modern.style.width = `${(row.modern / most) * 100}%`;
  return [legacy, modern];
}

function callers(rows) {
  if (!rows.length) return fill(byId("callers"), h("p", { class: "list-note" }, "Nobody so far."));
  return fill(
    byId("callers"),
    h(
      "table",
      {},
      h(
        "thead",
        {},
        h(
          "tr",
          {},
          ["User", "Role", "Client", "Requests", "Last"].map((name, index) =>
            h("th", { scope: "col", class: index > 2 ? "number" : "" }, name),
          ),
        ),
      ),
      h(
        "tbody",
        {},
        rows
          .slice(0, 200)
          .map((row) =>
            h(
              "tr",
              {},
              h("th", { scope: "row" }, row.user_id),
              h("td", {}, row.role),
              h("td", {}, row.client),
              number(row.requests),
              h("td", { class: "number" }, new Date(row.last * 1000).toLocaleString()),
            ),
          ),
      ),
    ),
  );
}

refresh();
setInterval(refresh, EVERY_MS);
