/** Reactions travel as words; people see pictures. */

export const REACTIONS = { heart: "❤️", thumbsup: "👍", laugh: "😂", wow: "😮", sad: "😢" };

/** The picture of a word; a reaction that is no known word is shown as it is. */
export function emojiOf(reaction) {
  return REACTIONS[reaction] ?? reaction;
}
