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
const LOG_WRITTEN_MS = 1500;
const WHY = { offline: "is not online", no_answer: "did not answer", busy: "is in another call" };

export function createCalls({ client, socket, notify, changed, nameOf }) {
  const store = createStore(IDLE);
  const { get, set } = store;
  const { frames } = client;
  /** The other tabs of this person: what one has taken, the others stop ringing for. */
  const tabs = new BroadcastChannel(`calls-of-${client.userId}`);
  let peer = null;
  let early = [];
  /** Counts the calls: what was waited for in one of them is nothing to the next. */
  let turn = 0;

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

  /** Camera and connection of the call that is going on. Null when there is none: it ended, or has no camera. */
  async function connect(type, mine) {
    const [local, iceServers] = await Promise.all([media(type), client.iceServers().catch(() => [])]);
    if (mine !== turn) local?.getTracks().forEach((track) => track.stop());
    if (!local || mine !== turn) return null;
    set({ local });
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
    begin({
      phase: "outgoing",
      type,
      conversation: conversation.id,
      peer: frames.peerOf(conversation),
      name: conversation.name,
      avatar: conversation.avatar,
    });
    const mine = turn;
    const offer = await (await connect(type, mine))?.offer();
    if (mine !== turn) return;
    if (!offer) return clear();
    if (socket.send(frames.invitation(get(), offer))) return set({ log: newLog(get()) });
    notify("No connection for calls right now", "error");
    clear();
  }

  function begin(call) {
    turn += 1;
    early = [];
    set({ ...IDLE, ...call });
  }

  /** What becomes of the call is written when this is there, however short the call was. */
  const newLog = ({ conversation, type }) =>
    client.logCall({ conversation, type, startedAt: new Date().toISOString() }).catch(() => null);

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
    return begin({ ...call, phase: "incoming", offer: frame.offer });
  }

  async function accept() {
    const call = get();
    if (call.phase !== "incoming") return;
    set({ phase: "connecting", answeredAt: Date.now() });
    tabs.postMessage({ taken: call.conversation });
    const mine = turn;
    const answer = await (await connect(call.type, mine))?.answer(call.offer, early);
    if (mine !== turn) return;
    if (!answer) return decline();
    early = [];
    socket.send(frames.answer(get(), answer));
    if (client.logsWhatItReceives) set({ log: newLog(call) });
  }

  function answered(frame) {
    if (get().phase !== "outgoing") return;
    set({ phase: "connecting", answeredAt: Date.now() });
    peer?.answered(frame.answer).catch(() => undefined);
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
    log?.then((id) => id && client.updateCall(id, change)).then(changed, () => undefined);
  }

  function clear() {
    turn += 1;
    peer?.close();
    peer = null;
    early = [];
    get()
      .local?.getTracks()
      .forEach((track) => track.stop());
    set({ ...IDLE });
    changed();
    // The other side, or the gateway, writes how it ended only now.
    setTimeout(changed, LOG_WRITTEN_MS);
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
