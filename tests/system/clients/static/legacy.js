// The old modal: profile and role everywhere. Its socket opens with the chat and closes with it.
class Client {
  constructor() { this.call = new Call(this); this.ready = this.init(); }

  async init() {
    const stored = JSON.parse(localStorage.userData || "null");
    const user = stored || await ask("GET", "/api/me");
    this.type = localStorage.active_role;
    this.id = user.role_ids[this.type] || user.profile_id || user.id;
    this.name = user.full_name || user.name || user.username || user.first_name;
    this.avatar = user.profile_picture;
    this.p2 = `profile_id=${this.id}&profile_type=${this.type}`;
    this.p3 = `${this.p2}&user_id=${user.user_id || user.userId || user.id}`;
    this.callLog = new Log(this.p3, { caller_profile_id: this.id, caller_profile_type: this.type });
    await Promise.all([1, 2].map(() => ask("GET", `/api/chat/settings?${this.p2}`)));
  }

  async open() {
    await this.ready;
    await ask("GET", `/api/chat/settings?${this.p2}`);
    await ask("GET", `/api/chat/security/two-step?${this.p2}`);
    const lists = ["conversations?P3&filter_type=all", "connection-requests?P3"];
    const [list] = await Promise.all(lists.map((one) => ask("GET", `/api/chat/${one.replace("P3", this.p3)}`)));
    this.conversations = list ? list.conversations : [];
    this.socket = new ChatSocket(`/ws/${this.id}/${this.type}`, (frame) => this.call.hear(frame));
  }

  close() { this.socket.close(); }

  choose(id) {
    const one = this.conversations.find((conversation) => conversation.id === id);
    this.conversation = one.id;
    this.to = { to_profile_id: one.other_profile_id, to_profile_type: one.other_profile_type };
    this.user = one.other_user_id;
  }

  say(type, more) {
    const frame = { type, conversation_id: this.conversation, from_profile_id: this.id, ...this.to, ...more };
    this.socket.say(frame);
  }

  begun() { return this.callLog.begin(this.conversation, "voice"); }

  invite(offer) {
    const from = { from_profile_type: this.type, from_name: this.name, from_avatar: this.avatar };
    this.say("call_invitation", { call_type: "voice", ...from, to_user_id: this.user, offer });
  }

  rung(frame) {
    this.conversation = frame.conversation_id;
    this.to = { to_profile_id: frame.from_profile_id, to_profile_type: frame.from_profile_type };
    return this.callLog.begin(this.conversation, frame.call_type);
  }

  answer(answer) { this.say("call_answer", { answer }); }
  candidate(candidate) { this.say("ice_candidate", { candidate }); }
  decline() { this.say("call_declined"); }
  end() { this.say("call_ended", { call_type: "voice" }); }
  log(status) { return this.callLog.write(status); }
}

const client = new Client();
