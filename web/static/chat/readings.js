/**
 * Readings of the server, one of a kind at a time, and none that is older than somebody's own change: what was asked
 * before the change does not show it, so it is asked once more.
 */

export function createReadings() {
  const running = new Map();

  /** Gives the answer of `ask` to `take`; who comes while it runs waits for the same. A failure is forgotten. */
  function read(kind, ask, take) {
    const known = running.get(kind);
    if (known) return known.task;
    const one = { task: null, outdated: false };
    running.set(kind, one);
    one.task = untilNew(one, ask)
      .then(take)
      .catch(() => undefined)
      .finally(() => running.delete(kind));
    return one.task;
  }

  async function untilNew(one, ask) {
    for (;;) {
      one.outdated = false;
      const answer = await ask();
      if (!one.outdated) return answer;
    }
  }

  /** Somebody changed what these kinds tell: what is being read of them is not to be believed. */
  function outdate(...kinds) {
    for (const kind of kinds) if (running.has(kind)) running.get(kind).outdated = true;
  }

  return { read, outdate };
}
