/** The place to write: text, a file, a recording; a reply or an edit above it. */
import { fill, h } from "../shared/dom.js";
import { icon } from "../shared/icons.js";
import { showUpload } from "./upload-dialog.js";
import { createRecorder } from "./recorder.js";

const QUIET_AFTER_MS = 2000;
const DRAFTS = "drafts";

export function createComposer(chat, ui) {
  const input = h("textarea", {
    class: "composer-input",
    rows: "1",
    placeholder: "Write a message",
    "aria-label": "Message",
    on: { keydown, input: typed, paste },
  });
  const picker = h("input", {
    type: "file",
    class: "visually-hidden",
    "aria-label": "Choose a file",
    tabindex: "-1",
    on: { change: () => picked(picker.files[0]) },
  });
  const button = (name, label, click, kind = "") =>
    h(
      "button",
      { type: "button", class: `icon-button ${kind}`, "aria-label": label, title: label, on: { click } },
      icon(name),
    );
  const attach = button("attach", "Attach a file", () => picker.click());
  const recorder = createRecorder(ui, (file) => picked(file));
  const send = button("send", "Send", submit, "send");
  const context = h("div", { class: "composer-context", hidden: true });
  const element = h(
    "div",
    { class: "composer", on: { dragover: (event) => event.preventDefault(), drop } },
    context,
    h("div", { class: "composer-row" }, attach, picker, input, recorder.element, send),
  );
  let editing = null;
  let typingTimer = 0;
  let conversationId = null;
  const { kept } = chat;

  const draft = () => kept.get(DRAFTS, {})[conversationId] ?? "";

  function render(state, conversation) {
    if (conversation.id !== conversationId) {
      conversationId = conversation.id;
      input.value = draft();
      editing = null;
      grow();
    }
    const blocked = chat.isBlocked(conversation);
    input.disabled = send.disabled = blocked;
    attach.hidden = recorder.element.hidden = !chat.client.extended;
    renderContext(state);
  }

  function renderContext({ reply, editing: edited }) {
    const about = edited ?? reply;
    const text = about ? `${edited ? "e" : "r"}${about.id}` : "";
    if (context.signature === text) return;
    context.signature = text;
    context.hidden = !about;
    if (edited && editing?.id !== edited.id) {
      input.value = edited.text;
      grow();
    } else if (!edited && editing) {
      input.value = draft();
      grow();
    }
    editing = edited;
    if (!about) return;
    const cancel = () => (edited ? chat.setEditing(null) : chat.setReply(null));
    fill(
      context,
      icon(edited ? "edit" : "reply"),
      h(
        "span",
        { class: "context-text" },
        h("strong", {}, edited ? "Editing" : `Reply to ${about.mine ? "yourself" : about.sender.name}`),
        " ",
        about.text || "Media",
      ),
      button("close", "Cancel", cancel),
    );
    input.focus();
  }

  function submit() {
    const text = input.value.trim();
    if (!text) return input.focus();
    if (editing) chat.edit(editing, text);
    else chat.send({ text });
    input.value = "";
    keep("");
    grow();
    quiet();
    return input.focus();
  }

  function keydown(event) {
    if (event.key === "Escape" && (editing || chat.store.get().reply)) {
      event.stopPropagation();
      if (editing) chat.setEditing(null);
      else chat.setReply(null);
    }
    const sends = chat.store.get().settings.enter_key !== "newline";
    if (event.key === "Enter" && !event.isComposing && sends !== event.shiftKey) {
      event.preventDefault();
      submit();
    }
  }

  /** The text that is not sent yet; what an old message is to become is none. */
  function keep(text) {
    if (!editing) kept.set(DRAFTS, { ...kept.get(DRAFTS, {}), [conversationId]: text || undefined });
  }

  function typed() {
    grow();
    keep(input.value);
    if (!typingTimer && input.value) chat.typing(true);
    clearTimeout(typingTimer);
    typingTimer = setTimeout(quiet, QUIET_AFTER_MS);
  }

  function quiet() {
    if (typingTimer) chat.typing(false);
    clearTimeout(typingTimer);
    typingTimer = 0;
  }

  function grow() {
    input.style.height = "auto";
    input.style.height = `${Math.min(input.scrollHeight, 140)}px`;
  }

  function picked(file) {
    picker.value = "";
    if (file) showUpload(chat, ui, file);
  }

  function paste(event) {
    const file = event.clipboardData?.files?.[0];
    if (file && chat.client.extended) {
      event.preventDefault();
      picked(file);
    }
  }

  function drop(event) {
    event.preventDefault();
    if (chat.client.extended) picked(event.dataTransfer.files[0]);
  }

  return { element, render };
}
