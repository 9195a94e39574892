/**
 * The old modal's timers: every 3 s new messages and typing; each third time everything and the conversations, each
 * tenth a heartbeat; typing once more every 1.5 s; presence every 10 s. No pause, no back-off: so it was.
 */

export function startLegacyRhythm(chat) {
  let tick = 0;
  const main = setInterval(() => {
    const open = chat.isOpen();
    if (open) {
      chat.refreshTyping();
      if (tick % 3 === 2) chat.refreshMessages();
      else chat.refreshNew();
    }
    if (tick % 3 === 2 || !open) chat.refreshConversations();
    if (tick % 10 === 9 || !open) chat.heartbeat();
    tick += open ? 1 : 0;
  }, 3000);
  const typing = setInterval(() => chat.isOpen() && chat.refreshTyping(), 1500);
  const presence = setInterval(() => chat.refreshPresence(), 10_000);
  return () => [main, typing, presence].forEach(clearInterval);
}
