/**
 * Calls between two people: WebRTC, signalled over the chat socket in the dialect of the client.
 *
 *     idle -> outgoing -> connecting -> connected -> idle
 *     idle -> incoming -> connecting -> connected -> idle
 */
import { createStore } from "../shared/store.js";
import { createPeer } from "./peer.js";

const IDLE = {
  phase: "idle",
  type: null,
  conversation: null,
  peer: null,
  name: "",
  avatar: null,
  local: null,
  remote: null,
  muted: false,
  dark: false,
  since: null,
  answeredAt: null,
  log: null,
};
const WHY = { offline: "is not online", no_answer: "did not answer", busy: "is in another call" };

export function createCalls({ client, socket, notify, changed, nameOf }) {
  const store = createStore(IDLE);
  const { get, set } = store;
  const { frames } = client;
  /** The other tabs of this person: what one has taken, the others stop ringing for. */
  const tabs = new BroadcastChannel(`calls-of-${client.userId}`);
  let peer = null;
  let early = [];

  const handlers = {
    call_invitation: invited,
    call_answer: answered,
    ice_candidate: (frame) => (peer ? peer.add(frame.candidate) : early.push(frame.candidate)),
    call_declined: declined,
    call_cancelled: () => over("cancelled the call"),
    call_ended: () => over("ended the call"),
  };

  tabs.addEventListener(
    "message",
    ({ data }) => get().phase === "incoming" && get().conversation === data.taken && clear(),
  );

  /** A frame from the socket. One about another conversation than the call's is not for this call. */
  function receive(frame) {
    const handler = handlers[frame.type];
    if (!handler) return;
    const { phase, conversation } = get();
    const strange = frame.conversation_id != null && frame.conversation_id !== conversation;
    if (frame.type !== "call_invitation" && (phase === "idle" || strange)) return;
    handler(frame);
  }

  async function media(type) {
    try {
      return await navigator.mediaDevices.getUserMedia({ audio: true, video: type === "video" });
    } catch {
      notify(
        type === "video" ? "Camera or microphone is not available" : "The microphone is not available",
        "error",
      );
      return null;
    }
  }

  async function connect(local) {
    const iceServers = await client.iceServers().catch(() => []);
    peer = createPeer({
      iceServers,
      local,
      onCandidate: (candidate) => socket.send(frames.candidate(get(), candidate)),
      onRemote: (remote) => set({ remote }),
      onConnected: () => get().phase === "connecting" && set({ phase: "connected", since: Date.now() }),
      onLost: () => finish("The connection was lost", "ended"),
    });
    return peer;
  }

  async function ring(conversation, type) {
    if (get().phase !== "idle") return;
    set({
      ...IDLE,
      phase: "outgoing",
      type,
      conversation: conversation.id,
      peer: frames.peerOf(conversation),
      name: conversation.name,
      avatar: conversation.avatar,
    });
    const local = await media(type);
    if (!local) return clear();
    if (get().phase !== "outgoing") return local.getTracks().forEach((track) => track.stop());
    set({ local });
    const offer = await (await connect(local)).offer();
    if (!socket.send(frames.invitation(get(), offer))) {
      notify("No connection for calls right now", "error");
      return clear();
    }
    const log = await client
      .logCall({ conversation: conversation.id, type, startedAt: new Date().toISOString() })
      .catch(() => null);
    if (get().phase === "idle")
      return log && update(log, { status: "cancelled", ended_at: new Date().toISOString() });
    return set({ log });
  }

  function invited(frame) {
    const from = frames.callerOf(frame);
    const known = nameOf(frame.conversation_id);
    const call = {
      type: frame.call_type === "video" ? "video" : "voice",
      conversation: frame.conversation_id,
      peer: from,
      name: frame.from_name ?? known?.name ?? "Somebody",
      avatar: frame.from_avatar ?? known?.avatar ?? null,
    };
    if (get().phase !== "idle")
      return get().conversation === call.conversation ? undefined : socket.send(frames.declined(call));
    early = [];
    return set({ ...IDLE, ...call, phase: "incoming", offer: frame.offer });
  }

  async function accept() {
    const call = get();
    if (call.phase !== "incoming") return;
    set({ phase: "connecting", answeredAt: Date.now() });
    tabs.postMessage({ taken: call.conversation });
    const local = await media(call.type);
    if (!local) return decline();
    set({ local });
    const answer = await (await connect(local)).answer(call.offer, early);
    early = [];
    socket.send(frames.answer(get(), answer));
    if (client.logsWhatItReceives) {
      const log = await client
        .logCall({ conversation: call.conversation, type: call.type, startedAt: new Date().toISOString() })
        .catch(() => null);
      set({ log });
    }
  }

  async function answered(frame) {
    if (get().phase !== "outgoing") return;
    set({ phase: "connecting", answeredAt: Date.now() });
    await peer?.answered(frame.answer);
    update(get().log, { status: "answered", answered_at: new Date().toISOString() });
  }

  function declined(frame) {
    const reason = WHY[frame.reason] ?? (frame.reason ? "cannot be called" : "declined");
    if (get().phase === "outgoing" && !frame.reason)
      update(get().log, { status: "declined", ended_at: new Date().toISOString() });
    over(reason);
  }

  function decline() {
    socket.send(frames.declined(get()));
    tabs.postMessage({ taken: get().conversation });
    clear();
  }

  function hangUp() {
    const call = get();
    if (call.phase === "incoming") return decline();
    const began = call.phase === "outgoing";
    socket.send(began ? frames.cancelled(call) : frames.ended(call));
    return finish("", began ? "cancelled" : "ended");
  }

  function over(what) {
    const { name, phase } = get();
    finish(`${name} ${what}`, phase === "connected" || phase === "connecting" ? "ended" : null);
  }

  function finish(text, status) {
    const call = get();
    if (text) notify(text);
    if (status && call.log) {
      const seconds = call.answeredAt ? Math.round((Date.now() - call.answeredAt) / 1000) : 0;
      update(call.log, {
        status,
        ended_at: new Date().toISOString(),
        ...(status === "ended" ? { duration_seconds: seconds } : {}),
      });
    }
    clear();
  }

  function update(log, change) {
    if (log) client.updateCall(log, change).then(changed, () => undefined);
  }

  function clear() {
    peer?.close();
    peer = null;
    early = [];
    get()
      .local?.getTracks()
      .forEach((track) => track.stop());
    set({ ...IDLE });
    changed();
  }

  function toggle(kind, name) {
    const off = !get()[name];
    get()
      .local?.getTracks()
      .filter((track) => track.kind === kind)
      .forEach((track) => (track.enabled = !off));
    set({ [name]: off });
  }

  return {
    store,
    receive,
    ring,
    accept,
    hangUp,
    toggleSound: () => toggle("audio", "muted"),
    toggleCamera: () => toggle("video", "dark"),
    close() {
      if (get().phase !== "idle") hangUp();
      tabs.close();
    },
  };
}
