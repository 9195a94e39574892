/**
 * Who is named, and what the gateway rewrote: found by comparing the request that came with those that went. Pure: a
 * request becomes a list of pieces `{text, mark}` where `mark` is "role" (names a role), "user" (names a user), "moved"
 * (stands on one side only), or "".
 */

const ROLE = /profile/;
const USER = /user_ids?/;

/** Pieces of a request's target: path segments and parameters. */
export function targetPieces(target, others) {
  const [path, query = ""] = target.split("?");
  const known = segmentsAndParameters(others);
  const pieces = [];
  for (const segment of path.split("/").slice(1)) {
    pieces.push({ text: "/", mark: "" }, { text: segment, mark: known.segments.has(segment) ? "" : "moved" });
  }
  query
    .split("&")
    .filter(Boolean)
    .forEach((pair, index) => {
      const name = pair.split("=")[0];
      pieces.push(
        { text: index ? "&" : "?", mark: "" },
        { text: decode(pair), mark: kindOf(name, known.parameters.has(decode(pair))) },
      );
    });
  return pieces;
}

function segmentsAndParameters(targets) {
  const segments = new Set();
  const parameters = new Set();
  for (const target of targets) {
    const [path, query = ""] = target.split("?");
    path.split("/").forEach((one) => segments.add(one));
    query.split("&").forEach((one) => parameters.add(decode(one)));
  }
  return { segments, parameters };
}

function decode(pair) {
  try {
    return decodeURIComponent(pair.replaceAll("+", " "));
  } catch {
    return pair;
  }
}

/** Pieces of a body: one a key. `others` are the bodies on the other side. */
export function bodyPieces(body, others) {
  if (body === null || body === undefined) return [];
  if (typeof body !== "object" || Array.isArray(body)) return [{ text: JSON.stringify(body), mark: "" }];
  const known = new Set(
    others
      .filter((one) => one && typeof one === "object")
      .flatMap((one) => Object.entries(one).map(([name, value]) => name + JSON.stringify(value))),
  );
  const pieces = [{ text: "{", mark: "" }];
  Object.entries(body).forEach(([name, value], index) => {
    const same = known.has(name + JSON.stringify(value));
    pieces.push(
      { text: index ? ", " : "", mark: "" },
      { text: `${name}: ${short(value)}`, mark: kindOf(name + JSON.stringify(value), same) },
    );
  });
  pieces.push({ text: "}", mark: "" });
  return pieces;
}

function short(value) {
  const text = JSON.stringify(value);
  return text.length > 140 ? `${text.slice(0, 137)}…` : text;
}

function kindOf(text, same) {
  if (ROLE.test(text)) return "role";
  if (USER.test(text)) return "user";
  return same ? "" : "moved";
}
