/** A WebSocket that comes back: 5 s after it was lost, flat, as both clients do it. Frames are JSON objects with `type`. */

const BACK_AFTER_MS = 5000;

/** `onFrame(frame)` gets each one; `onState("open" | "closed")`. The token travels as a subprotocol, never in the address. */
export function openSocket({ path, token, onFrame, onState }) {
  const scheme = location.protocol === "https:" ? "wss:" : "ws:";
  let socket = null;
  let timer = 0;
  let wanted = true;

  function dial() {
    socket = new WebSocket(`${scheme}//${location.host}${path}`, ["bearer", token]);
    socket.addEventListener("open", () => onState?.("open"));
    socket.addEventListener("message", (event) => receive(event.data));
    socket.addEventListener("close", () => {
      onState?.("closed");
      if (wanted) timer = setTimeout(dial, BACK_AFTER_MS);
    });
  }

  function receive(text) {
    let frame;
    try {
      frame = JSON.parse(text);
    } catch {
      return;
    }
    if (frame && typeof frame.type === "string") onFrame(frame);
  }

  dial();
  return {
    /** True when the frame left. */
    send(frame) {
      if (socket?.readyState !== WebSocket.OPEN) return false;
      socket.send(JSON.stringify(frame));
      return true;
    },
    close() {
      wanted = false;
      clearTimeout(timer);
      socket?.close();
    },
  };
}
