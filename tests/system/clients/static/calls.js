// One call of a client. `words` are its frames and its call log; what it says and writes is its own.
class Call {
  constructor(words) { this.words = words; this.reset(); }

  reset() { this.peer = null; this.early = []; this.invitation = null; }

  show(phase, text = "") {
    document.body.dataset.phase = phase;
    document.getElementById("popup").textContent = text;
  }

  connect() {
    this.peer = new RTCPeerConnection({ iceServers: [] });
    this.peer.onicecandidate = ({ candidate }) => candidate && this.words.candidate(candidate.toJSON());
    this.peer.onconnectionstatechange = ({ target }) => {
      if (target === this.peer && target.connectionState === "connected") this.show("connected");
    };
  }

  async start() {
    this.connect();
    this.peer.createDataChannel("voice");
    await this.words.begun();
    await this.peer.setLocalDescription(await this.peer.createOffer());
    this.show("calling");
    this.words.invite(this.peer.localDescription.toJSON());
  }

  async accept() {
    this.connect();
    await this.peer.setRemoteDescription(this.invitation.offer);
    await this.takeEarly();
    await this.peer.setLocalDescription(await this.peer.createAnswer());
    this.words.answer(this.peer.localDescription.toJSON());
    await this.words.log("answered");
  }

  async decline() { this.words.decline(); await this.words.log("declined"); this.over("declined"); }

  async end() { this.words.end(); await this.words.log("ended"); this.over("ended"); }

  over(how) {
    if (this.peer) this.peer.close();
    this.reset();
    document.body.dataset.over = how;
    this.show("idle");
  }

  async takeEarly() {
    for (const candidate of this.early.splice(0)) await this.peer.addIceCandidate(candidate);
  }

  async hear(frame) {
    if (frame.type === "call_invitation") {
      this.invitation = frame;
      await this.words.rung(frame);
      this.show("incoming", `${frame.from_name || frame.caller_name} calls (${frame.call_type})`);
    } else if (frame.type === "call_answer" || frame.type === "webrtc_answer") {
      await this.peer.setRemoteDescription(frame.answer);
      await this.takeEarly();
    } else if (frame.type === "ice_candidate") {
      this.early.push(frame.candidate);
      if (this.peer && this.peer.remoteDescription) await this.takeEarly();
    } else if (["call_declined", "call_cancelled", "call_ended"].includes(frame.type)) {
      if (frame.type === "call_declined") await this.words.log("declined");
      this.over(frame.type.slice("call_".length));
    }
  }
}

// The call log as both modals write it: caller and callee each post an entry, each as its caller.
class Log {
  constructor(query, own) { this.query = query; this.own = own; this.id = null; }

  async begin(conversation, kind) {
    const started_at = new Date().toISOString();
    const entry = { conversation_id: conversation, ...this.own, call_type: kind, status: "initiated", started_at };
    this.id = (await ask("POST", `/api/call-logs?${this.query}`, entry)).call_log_id;
  }

  async write(status) {
    const now = new Date().toISOString();
    const times = status === "answered" ? { answered_at: now } : { ended_at: now };
    const length = status === "ended" ? { duration_seconds: 1 } : {};
    await ask("PUT", `/api/call-logs/${this.id}?${this.query}`, { status, ...times, ...length });
  }
}
