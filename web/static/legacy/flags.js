/** Muted and archived conversations as the old modal kept them: lists of ids in this browser, shared by all profiles. */

export function createLocalFlags(storage = localStorage) {
  const read = (name) => {
    try {
      const list = JSON.parse(storage.getItem(name) ?? "[]");
      return Array.isArray(list) ? list.map(String) : [];
    } catch {
      return [];
    }
  };
  return {
    has: (name, id) => read(name).includes(String(id)),
    set(name, id, on) {
      const others = read(name).filter((one) => one !== String(id));
      storage.setItem(name, JSON.stringify(on ? [...others, String(id)] : others));
    },
  };
}
