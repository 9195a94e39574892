/** Which addresses may stand in an attribute. Everything that could run, and everything that cannot be reached, is null. */

const SCHEMES = new Set(["http:", "https:", "blob:"]);
const PICTURE = /^data:image\/(png|jpeg|gif|webp);base64,[a-z0-9+/=]+$/i;
/** RFC 2606: names that never resolve. The story's people have their pictures there. */
const RESERVED = /(^|\.)(test|invalid|example)$/;

/** The address, made absolute, or null. */
export function safeUrl(text, base = location.href) {
  if (typeof text !== "string" || text === "") return null;
  if (PICTURE.test(text)) return text;
  let url;
  try {
    url = new URL(text, base);
  } catch {
    return null;
  }
  if (!SCHEMES.has(url.protocol) || RESERVED.test(url.hostname)) return null;
  return url.href;
}
