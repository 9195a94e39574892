/** A value that tells its readers when it has changed: once per turn of the event loop, however often it was set. */

export function createStore(initial) {
  let state = initial;
  let pending = false;
  const readers = new Set();

  function tell() {
    pending = false;
    // A reader may add or remove readers.
    // oxlint-disable-next-line unicorn/no-useless-spread
    for (const reader of [...readers]) reader(state);
  }

  return {
    get: () => state,
    /** Takes a partial state, or a function from the state to one. */
    set(patch) {
      state = { ...state, ...(typeof patch === "function" ? patch(state) : patch) };
      if (!pending) {
        pending = true;
        queueMicrotask(tell);
      }
    },
    /** Calls `reader` after every change; gives the function that ends it. */
    subscribe(reader) {
      readers.add(reader);
      return () => readers.delete(reader);
    },
  };
}
