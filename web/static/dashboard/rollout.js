/** The journey from one upstream to the other: where it is, each operation on both, what differs, who is left. */
import { fill, h } from "./shared/dom.js";

const byId = (id) => document.getElementById(id);
const whole = new Intl.NumberFormat("en");

/** @param rollout what the gateway knows of it; null where there is none. */
export function showRollout(rollout) {
  byId("rollout").hidden = !rollout;
  if (!rollout) return;
  fill(byId("journey"), journey(rollout));
  fill(byId("matrix"), matrix(rollout.operations));
  fill(byId("differences"), differences(rollout.differences));
  fill(byId("people"), people(rollout));
}

function journey({ traffic, database, next }) {
  const waits = next.waits_for.map((one) => [one.text, one.command].filter(Boolean).join(": "));
  return table(
    ["", ""],
    [
      ["Step", `${traffic.step}${traffic.stopped ? ", stopped" : ""}`],
      ["Share", `${traffic.percent} %`],
      ["Database", database.phase ?? "cannot be read"],
      ["Processes", `${traffic.processes.applied} of ${traffic.processes.running} have applied it`],
      ["Next", next.step ?? "nothing"],
      ...waits.map((text) => ["Waits for", text]),
    ],
  );
}

function matrix(rows) {
  if (!rows.length) return note("Nothing was asked for yet.");
  return table(
    ["Operation", "Moved", "Compared", "Different", "Old: errors", "Old: p99", "New: errors", "New: p99"],
    rows.map((row) => [
      row.operation,
      `${row.percent} %`,
      whole.format(row.compared),
      whole.format(row.different),
      ...health(row.old),
      ...health(row.new),
    ]),
  );
}

function health(one) {
  return one ? [whole.format(one.errors), one.p99_ms === null ? "" : `${one.p99_ms} ms`] : ["", ""];
}

function differences(rows) {
  if (!rows.length) return note("None.");
  return table(
    ["Operation", "Place", "Kind", "Count", "Example"],
    rows.map((row) => [
      row.operation,
      row.path,
      row.kind,
      whole.format(row.count),
      JSON.stringify(row.example),
    ]),
  );
}

function people({ people: rows, people_count: count }) {
  if (!rows.length) return note("Nobody within the quiet time.");
  return [
    note(`${whole.format(count)} within the quiet time`),
    table(
      ["User", "Client", "Last"],
      rows.map((row) => [row.user_id, row.client, new Date(row.last_at * 1000).toLocaleString()]),
    ),
  ];
}

function note(text) {
  return h("p", { class: "list-note" }, text);
}

function table(names, rows) {
  const cells = (row) => row.map((value, index) => h(index ? "td" : "th", index ? {} : { scope: "row" }, String(value)));
  const head = names.some(Boolean)
    ? [h("thead", {}, h("tr", {}, names.map((name) => h("th", { scope: "col" }, name))))]
    : [];
  return h("table", {}, ...head, h("tbody", {}, rows.map((row) => h("tr", {}, cells(row)))));
}
