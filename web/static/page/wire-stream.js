/** The demo's wire as newline-delimited JSON, one object an exchange; comes back by itself. */

const BACK_AFTER_MS = 2000;

/** Calls `take(entry)` for each exchange of the token's owner; gives the function that ends it. */
export function readWire(token, take) {
  const aborter = new AbortController();
  follow(token, take, aborter.signal);
  return () => aborter.abort();
}

async function follow(token, take, signal) {
  while (!signal.aborted) {
    try {
      const response = await fetch("wire", { headers: { Authorization: `Bearer ${token}` }, signal });
      if (response.ok) await lines(response.body, take);
    } catch {
      if (signal.aborted) return;
    }
    await new Promise((resolve) => setTimeout(resolve, BACK_AFTER_MS));
  }
}

async function lines(body, take) {
  const reader = body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = "";
  for (;;) {
    const { value, done } = await reader.read();
    if (done) return;
    const parts = (rest + value).split("\n");
    rest = parts.pop();
    for (const part of parts) if (part) take(JSON.parse(part));
  }
}
