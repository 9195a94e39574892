/** Everything that somebody changes: messages, conversations, people, settings. A refusal is shown, not thrown. */

/** `reading` is the modal's state and refreshes; see reading.js. */
export function createChanges(reading) {
  const { client, attempt, open, drop, readAgain, listAgain } = reading;
  const { get, set } = reading.store;

  async function change(work, done) {
    const result = await attempt(work, done);
    await readAgain();
    return result;
  }

  async function togglePin(message) {
    const result = await change(
      () => (message.pinned ? client.unpin(message) : client.pin(message)),
      message.pinned ? "Unpinned" : "Pinned",
    );
    if (result) await reading.detailsAgain();
  }

  async function react(message, word) {
    const mine = client.myReaction(message);
    const again = mine === word && client.unreact;
    await change(() => (again ? client.unreact(message, word) : client.react(message, word)));
  }

  async function start(made) {
    const result = await attempt(made);
    const id = result?.id ?? result;
    if (!id || id === true) return null;
    await listAgain();
    await open(id);
    return result;
  }

  async function flag(conversation, name, on, done) {
    const result = await attempt(
      () => (name === "archived" ? client.archive(conversation, on) : client.mute(conversation, on)),
      done,
    );
    if (result) reading.change(conversation.id, { [name]: on });
  }

  async function block(conversation, on) {
    await attempt(
      () => (on ? client.block(conversation) : client.unblock(conversation.other)),
      on ? "Blocked" : "Unblocked",
    );
    await reading.blockedAgain();
  }

  async function saveSettings(settings) {
    if (!(await attempt(() => client.saveSettings(settings), "Settings saved"))) return;
    set({ settings });
    await reading.settingsAgain();
  }

  async function people(work, done) {
    const result = await attempt(work, done);
    await reading.detailsAgain();
    listAgain();
    return result;
  }

  async function leave(conversation) {
    if (await attempt(() => client.leave(conversation), "You left")) drop(conversation);
  }

  /** Opened anew: what was being read for it, older pages too, is of before. */
  async function clearHistory(conversation) {
    if (!(await attempt(() => client.clearHistory(conversation), "Cleared"))) return;
    if (get().openId === conversation.id) await open(conversation.id);
    listAgain();
  }

  async function unblockPerson(person) {
    await attempt(() => client.unblock(person.ref), "Unblocked");
    await reading.blockedAgain();
  }

  async function respond(request, action) {
    const done = action === "accept" ? "Accepted" : "Declined";
    if (!(await attempt(() => client.respond(request.id, action), done))) return;
    listAgain();
    await reading.requestsAgain();
  }

  async function createPoll(conversation, poll) {
    if (await attempt(() => client.createPoll(conversation, poll))) await reading.pollsAgain();
  }

  async function vote(poll, option) {
    await attempt(() => client.vote(poll, option));
    await reading.pollsAgain();
  }

  return {
    edit: (message, text) => (set({ editing: null }), change(() => client.edit(message, text), "Edited")),
    remove: (message) => change(() => client.remove(message), "Deleted"),
    react,
    togglePin,
    forward: (message, conversation, note) =>
      attempt(() => client.forward(message, conversation, note), `Forwarded to ${conversation.name}`).then(
        listAgain,
      ),
    startDirect: (person) => start(() => client.createDirect(person)),
    startGroup: (group) => start(() => client.createGroup(group)),
    addPeople: (conversation, added) => people(() => client.addPeople(conversation, added), "Added"),
    removePerson: (conversation, person) =>
      people(() => client.removePerson(conversation, person), "Removed"),
    leave,
    clearHistory,
    archive: (conversation, on) => flag(conversation, "archived", on, on ? "Archived" : "Moved back"),
    mute: (conversation, on) => flag(conversation, "muted", on, on ? "Muted" : "Sound is on"),
    block,
    unblockPerson,
    saveSettings,
    respond,
    createPoll,
    vote,
  };
}
