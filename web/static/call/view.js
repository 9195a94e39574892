/** What a call looks like: a panel over the modal, from the first ring to the end. */
import { fill, h } from "../shared/dom.js";
import { icon } from "../shared/icons.js";
import { length } from "../shared/time.js";
import { avatar } from "../chat/avatar.js";

const WORDS = { outgoing: "Ringing…", incoming: "is calling", connecting: "Connecting…" };

export function createCallView(calls, ui) {
  const remote = h("video", { class: "call-remote", autoplay: true, playsinline: true });
  const own = h("video", { class: "call-own", autoplay: true, playsinline: true, muted: true });
  const status = h("p", { class: "call-status", role: "status" });
  const person = h("div", { class: "call-person" });
  const buttons = h("div", { class: "call-buttons" });
  const element = h(
    "div",
    {
      class: "call",
      role: "dialog",
      "aria-label": `${ui.title}: call`,
      hidden: true,
      data: { phase: "idle" },
    },
    remote,
    own,
    h("div", { class: "call-middle" }, person, status),
    buttons,
  );
  let timer = 0;

  const button = (name, label, click, kind = "") =>
    h(
      "button",
      { type: "button", class: `call-button ${kind}`, "aria-label": label, title: label, on: { click } },
      icon(name),
    );

  function render(call) {
    element.hidden = call.phase === "idle";
    element.dataset.phase = call.phase;
    element.dataset.type = call.type ?? "";
    ui.panes.inert = call.phase !== "idle";
    for (const [video, stream] of [
      [remote, call.remote],
      [own, call.local],
    ])
      if (video.srcObject !== stream) video.srcObject = stream;
    own.hidden = call.type !== "video";
    element.classList.toggle("with-video", call.type === "video" && call.phase === "connected");
    renderButtons(call);
    clearInterval(timer);
    if (call.phase === "idle") return;
    if (person.signature !== call.name)
      fill(
        person,
        avatar((person.signature = call.name), call.avatar, { large: true }),
        h("h2", {}, call.name),
      );
    const tell = () =>
      (status.textContent =
        call.phase === "connected"
          ? length((Date.now() - call.since) / 1000)
          : `${WORDS[call.phase]}${call.phase === "incoming" && call.type === "video" ? " with video" : ""}`);
    tell();
    if (call.phase === "connected") timer = setInterval(tell, 1000);
  }

  function renderButtons(call) {
    const text = [call.phase, call.type, call.muted, call.dark].join();
    if (buttons.signature === text) return;
    const changedPhase = buttons.signature?.split(",")[0] !== call.phase;
    buttons.signature = text;
    fill(
      buttons,
      call.phase === "incoming" &&
        button(call.type === "video" ? "video" : "phone", "Answer", calls.accept, "call-answer"),
      call.phase === "connected" &&
        button(
          call.muted ? "micOff" : "mic",
          call.muted ? "Microphone on" : "Microphone off",
          calls.toggleSound,
          call.muted ? "off" : "",
        ),
      call.phase === "connected" &&
        call.type === "video" &&
        button("video", call.dark ? "Camera on" : "Camera off", calls.toggleCamera, call.dark ? "off" : ""),
      button("hangup", call.phase === "incoming" ? "Decline" : "Hang up", calls.hangUp, "call-end"),
    );
    if (changedPhase && call.phase !== "idle") buttons.firstElementChild.focus({ preventScroll: true });
  }

  calls.store.subscribe(render);
  return { element };
}
