/** The modern modal's timers: gentle, and silent while nobody looks at the page. */

export function startModernRhythm(chat) {
  const seen = (work) => () => document.visibilityState === "visible" && work();
  const timers = [
    setInterval(
      seen(() => chat.isOpen() && chat.refreshNew()),
      2000,
    ),
    setInterval(
      seen(() => chat.isOpen() && chat.refreshTyping()),
      2500,
    ),
    setInterval(
      seen(() => chat.refreshConversations()),
      5000,
    ),
    setInterval(
      seen(() => chat.isOpen() && chat.refreshMessages()),
      6000,
    ),
    setInterval(
      seen(() => chat.refreshPresence()),
      15_000,
    ),
    setInterval(() => chat.heartbeat(), 60_000),
  ];
  return () => timers.forEach(clearInterval);
}
