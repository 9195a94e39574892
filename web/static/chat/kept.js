/** What somebody wrote and has not sent yet: kept in this tab, so that a reload loses nothing, and for them only. */

export function createKept(client, storage = sessionStorage) {
  const key = (name) => `${name}_of_${client.shape}_${client.userId}_${client.me.key}`;
  return {
    get(name, otherwise) {
      try {
        return JSON.parse(storage.getItem(key(name))) ?? otherwise;
      } catch {
        return otherwise;
      }
    },
    set(name, value) {
      try {
        storage.setItem(key(name), JSON.stringify(value));
      } catch {
        // The storage is full or forbidden: it is in memory all the same.
      }
    },
  };
}
