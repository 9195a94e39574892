/** A chat modal on the page: one client, one chat, two panes. */
import { h } from "../shared/dom.js";
import { createToasts } from "../shared/toast.js";
import { createLegacyClient } from "../legacy/client.js";
import { startLegacyRhythm } from "../legacy/rhythm.js";
import { createModernClient } from "../modern/client.js";
import { startModernRhythm } from "../modern/rhythm.js";
import { openSocket } from "../shared/socket.js";
import { createCalls } from "../call/calls.js";
import { createCallView } from "../call/view.js";
import { createChat } from "./chat.js";
import { createList } from "./conversation-list.js";
import { unlock } from "./security.js";
import { createThread } from "./thread.js";

/** Below this width there is one pane, and somebody who arrives sees the list first. */
const TWO_PANES_PX = 480;

/** `options`: `{shape, token, role, extended, title, openWith}`; `openWith` is a user's id or null. Gives `{close, chat}` once the person is known. */
export async function mountModal(root, options) {
  const aborter = new AbortController();
  const toasts = createToasts();
  const panes = h("div", { class: "panes" });
  const frame = h("div", { class: `modal modal-${options.shape}` }, panes, toasts.element);
  const ui = { title: options.title, frame, panes, notify: toasts.show, jump: () => undefined };
  root.replaceChildren(frame);
  const make = options.shape === "legacy" ? createLegacyClient : createModernClient;
  let client;
  try {
    client = await make({
      token: options.token,
      role: options.role,
      extended: options.extended,
      signal: aborter.signal,
    });
  } catch (error) {
    panes.append(
      h("p", { class: "list-note", role: "alert" }, `Nobody is signed in here. ${error.detail ?? ""}`),
    );
    return { close: () => aborter.abort(), chat: null };
  }
  const chat = createChat(client, toasts.show);
  let calls = null;
  const socket = openSocket({
    path: client.socketPath,
    token: options.token,
    onFrame: (frame_) => calls?.receive(frame_),
    onState: (state) => (frame.dataset.socket = state),
  });
  calls = createCalls({
    client,
    socket,
    notify: toasts.show,
    changed: chat.refreshCalls,
    nameOf: nameIn(chat),
  });
  const list = createList(chat, ui);
  const thread = createThread(chat, ui, calls);
  ui.jump = thread.jump;
  panes.append(list.element, thread.element);
  frame.append(createCallView(calls, ui).element);
  list.render(chat.store.get());
  thread.render(chat.store.get());

  const online = () => chat.goOnline(true);
  const offline = () => chat.goOnline(false);
  addEventListener("online", online);
  addEventListener("offline", offline);
  let stop = () => undefined;
  async function begin() {
    stop = (options.shape === "legacy" ? startLegacyRhythm : startModernRhythm)(chat);
    await chat.load();
    chat.deliverWaiting();
    const first = chat.store
      .get()
      .conversations.find((one) => one.type === "direct" && one.other?.user_id === options.openWith);
    if (first && frame.clientWidth >= TWO_PANES_PX) chat.open(first.id);
  }
  // As the clients have it: a door for who sits here, not for the server. Who cannot be asked is not kept out.
  if (await client.security.twoStep().catch(() => false)) unlock(client, ui).then(begin);
  else await begin();

  return {
    chat,
    calls,
    close() {
      stop();
      calls.close();
      socket.close();
      aborter.abort();
      removeEventListener("online", online);
      removeEventListener("offline", offline);
      frame.remove();
    },
  };
}

/** Who is calling, as this modal's own list names the conversation. */
function nameIn(chat) {
  return (id) => chat.store.get().conversations.find((one) => one.id === id) ?? null;
}
