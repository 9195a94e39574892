// The call client: it listens from page load on, with the chat closed. Of what it says, only a refusal names anybody.
class Client {
  constructor() { this.call = new Call(this); this.ready = this.listen(); }

  async listen() {
    const me = await ask("GET", "/api/me");
    const type = me.roles.includes(localStorage.active_role) ? localStorage.active_role : me.roles[0];
    localStorage.active_role = type;
    const profile = await ask("GET", `/api/${type}/profile`);
    const path = `/ws/${profile.id}/${type[0].toUpperCase()}${type.slice(1)}`;
    this.socket = new ChatSocket(path, (frame) => this.call.hear(frame));
  }

  async open() { await this.ready; }

  say(type, more) { this.socket.say({ type, call_id: undefined, conversation_id: undefined, ...more }); }

  rung(frame) { this.frame = frame; }
  answer(answer) { this.say("call_answer", { answer }); }
  candidate(candidate) { this.say("ice_candidate", { candidate }); }
  end() { this.say("call_ended"); }
  log() {}

  decline() {
    const { conversation_id, to_user_id, from_user_id } = this.frame;
    this.socket.say({ type: "call_declined", conversation_id, from_user_id: to_user_id, to_user_id: from_user_id });
  }
}

const client = new Client();
