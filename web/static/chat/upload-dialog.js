/** A file before and while it is sent: preview, a caption, a progress bar. */
import { h } from "../shared/dom.js";
import { labelled, openDialog } from "./dialog.js";
import { filePreview, kindOf } from "./media.js";

export function showUpload(chat, ui, file) {
  const conversation = chat.current();
  const address = URL.createObjectURL(file);
  const caption = h("input", { class: "field", maxlength: "1000" });
  const progress = h("progress", {
    class: "progress",
    max: "1",
    value: 0,
    hidden: true,
    "aria-label": "Upload",
  });
  const problem = h("p", { class: "failure", role: "alert" });
  const send = h("button", { class: "button button-primary" }, "Send");
  const dialog = openDialog(
    ui,
    `Send ${{ image: "a picture", video: "a video", audio: "a recording", file: "a file" }[kindOf(file)]}`,
    h(
      "form",
      { on: { submit } },
      h("div", { class: "preview-box" }, filePreview(file, address)),
      labelled("Caption", caption),
      progress,
      problem,
      h("div", { class: "dialog-actions" }, send),
    ),
  );
  send.focus();

  async function submit(event) {
    event.preventDefault();
    send.disabled = true;
    progress.hidden = false;
    problem.textContent = "";
    try {
      const media = await chat.client.upload(file, (share) => (progress.value = share));
      dialog.close();
      URL.revokeObjectURL(address);
      await chat.send({ text: caption.value.trim() || file.name, type: kindOf(file), media }, conversation);
    } catch (error) {
      problem.textContent = error.detail ?? "The upload did not work";
      send.disabled = false;
      progress.hidden = true;
    }
  }
}
