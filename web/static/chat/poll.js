/** A poll in a conversation: one button an option, a bar for its share. */
import { h } from "../shared/dom.js";
import { labelled, openDialog } from "./dialog.js";

export function pollRow(poll, chat) {
  return h(
    "li",
    { class: "poll" },
    h("h3", {}, poll.question),
    poll.options.map((one) => {
      const chosen = poll.chosen.includes(one.id);
      return h(
        "button",
        {
          type: "button",
          class: "poll-option",
          disabled: poll.ended,
          "aria-pressed": String(chosen),
          on: { click: () => chat.vote(poll, one.id) },
        },
        h("span", {}, one.text),
        h("span", {}, `${one.votes}`),
        h("progress", {
          max: "100",
          value: one.percentage,
          "aria-label": `${one.text}: ${Math.round(one.percentage)} %`,
        }),
      );
    }),
    h(
      "p",
      { class: "poll-foot" },
      `${poll.total} ${poll.total === 1 ? "vote" : "votes"}${poll.ended ? " · ended" : ""}`,
    ),
  );
}

export function showNewPoll(chat, ui) {
  const question = h("input", { class: "field", required: true, maxlength: "300" });
  const options = h("textarea", { class: "field", rows: "4", required: true });
  const multiple = h("input", { type: "checkbox" });
  const conversation = chat.current();
  const dialog = openDialog(
    ui,
    "New poll",
    h(
      "form",
      { on: { submit } },
      labelled("Question", question),
      labelled("Options, one a line", options),
      h("label", { class: "check" }, multiple, "Several answers allowed"),
      h("div", { class: "dialog-actions" }, h("button", { class: "button button-primary" }, "Ask")),
    ),
  );
  function submit(event) {
    event.preventDefault();
    const lines = options.value
      .split("\n")
      .map((line) => line.trim())
      .filter(Boolean);
    if (lines.length < 2) return options.setCustomValidity("At least two options");
    dialog.close();
    return chat.createPoll(conversation, {
      question: question.value.trim(),
      options: lines,
      multiple: multiple.checked,
    });
  }
}
