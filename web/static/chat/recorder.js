/** A recorded voice: one press begins, the next ends, and the recording can be heard before it is sent. */
import { h, fill } from "../shared/dom.js";
import { icon } from "../shared/icons.js";
import { length } from "../shared/time.js";

const LONGEST_S = 300;

export function createRecorder(ui, done) {
  const button = h(
    "button",
    {
      type: "button",
      class: "icon-button record",
      "aria-label": "Record a voice message",
      title: "Record a voice message",
      on: { click: toggle },
    },
    icon("mic"),
  );
  let recorder = null;
  let timer = 0;

  async function toggle() {
    if (recorder) return recorder.stop();
    let stream;
    try {
      stream = await navigator.mediaDevices.getUserMedia({ audio: true });
    } catch {
      return ui.notify("The microphone is not available", "error");
    }
    const parts = [];
    recorder = new MediaRecorder(stream);
    recorder.addEventListener("dataavailable", (event) => event.data.size && parts.push(event.data));
    recorder.addEventListener("stop", () => finish(stream, parts));
    recorder.start();
    const began = performance.now();
    const tick = () => {
      const seconds = (performance.now() - began) / 1000;
      fill(button, icon("stop"), h("span", { class: "record-time" }, length(seconds)));
      if (seconds > LONGEST_S) recorder?.stop();
    };
    tick();
    timer = setInterval(tick, 500);
    button.classList.add("recording");
    return button.setAttribute("aria-label", "Stop recording");
  }

  function finish(stream, parts) {
    stream.getTracks().forEach((track) => track.stop());
    const type = (recorder.mimeType || "audio/webm").split(";")[0];
    recorder = null;
    clearInterval(timer);
    button.classList.remove("recording");
    button.setAttribute("aria-label", "Record a voice message");
    fill(button, icon("mic"));
    if (parts.length)
      done(
        new File(parts, `voice.${type.includes("ogg") ? "ogg" : type.includes("mp4") ? "m4a" : "webm"}`, {
          type,
        }),
      );
  }

  return { element: button };
}
