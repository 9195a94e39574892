// The new modal: user ids everywhere, asked of /api/me at load and at every opening. It claims no profile.
class Client {
  constructor() { this.call = new Call(this); this.ready = this.whoAmI(); }

  async whoAmI() {
    const me = await ask("GET", "/api/me");
    this.id = me.id;
    this.name = `${me.first_name} ${me.last_name || me.father_name}`;
    this.avatar = me.profile_picture;
    this.query = `user_id=${this.id}`;
    this.callLog = new Log(this.query, { caller_user_id: this.id });
  }

  async open() {
    await this.ready;
    await this.whoAmI();
    await ask("GET", `/api/chat/settings?${this.query}`);
    await ask("GET", `/api/chat/security/two-step?${this.query}`);
    const lists = [`conversations?${this.query}&filter_type=all`, `connection-requests?${this.query}`];
    const [list] = await Promise.all(lists.map((one) => ask("GET", `/api/chat/${one}`)));
    this.conversations = list.conversations || list;
    this.socket = new ChatSocket(`/ws/${this.id}`, (frame) => this.call.hear(frame));
  }

  close() { this.socket.close(); }

  choose(id) {
    const one = this.conversations.find((conversation) => conversation.id === id);
    this.conversation = one.id;
    this.to = one.other_user_id;
  }

  say(type, more) {
    this.socket.say({ type, conversation_id: this.conversation, from_user_id: this.id, to_user_id: this.to, ...more });
  }

  async begun() {
    await ask("GET", `/api/turn-credentials?${this.query}`);
    await this.callLog.begin(this.conversation, "voice");
  }

  invite(offer) {
    this.say("call_invitation", { call_type: "voice", from_name: this.name, from_avatar: this.avatar, offer });
  }

  rung(frame) {
    this.conversation = frame.conversation_id;
    this.to = frame.from_user_id;
    return this.callLog.begin(this.conversation, frame.call_type);
  }

  answer(answer) { this.say("call_answer", { answer }); }
  candidate(candidate) { this.say("ice_candidate", { candidate }); }
  decline() { this.say("call_declined"); }
  end() { this.say("call_ended", { call_type: "voice" }); }
  log(status) { return this.callLog.write(status); }
}

const client = new Client();
