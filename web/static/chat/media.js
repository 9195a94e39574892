/** How media look in a message, and how a file is looked at before it is sent. */
import { h } from "../shared/dom.js";
import { icon } from "../shared/icons.js";
import { safeUrl } from "../shared/urls.js";

/** Pictures that a browser may draw by itself. An SVG is a document, not a picture: it is only offered as a file. */
const PICTURES = /^image\/(png|jpeg|gif|webp|avif|bmp)$/;

/** The message type for a file. */
export function kindOf(file) {
  if (PICTURES.test(file.type)) return "image";
  if (file.type.startsWith("audio/")) return "audio";
  if (file.type.startsWith("video/")) return "video";
  return "file";
}

export function readableSize(bytes) {
  if (!bytes) return "";
  return bytes < 1024 * 1024
    ? `${Math.max(1, Math.round(bytes / 1024))} KB`
    : `${(bytes / 1024 / 1024).toFixed(1)} MB`;
}

const isSvg = (media) => /svg/i.test(media.meta?.mime ?? "") || /\.svg($|\?)/i.test(media.url);

/** The element for the media of a message. An address that may not be loaded becomes a name. */
export function mediaView(message) {
  const { url, meta } = message.media;
  const address = safeUrl(url);
  const name = meta.name ?? meta.file_name ?? message.text ?? "File";
  if (!address) return h("span", { class: "media-file" }, icon("file"), h("span", {}, name));
  const type = isSvg(message.media) ? "file" : message.type;
  if (type === "image") return picture(address, name);
  if (type === "audio")
    return h("audio", {
      class: "media-audio",
      controls: true,
      preload: "metadata",
      src: address,
      "aria-label": `Recording ${name}`,
    });
  if (type === "video")
    return h("video", {
      class: "media-picture",
      controls: true,
      preload: "metadata",
      src: address,
      "aria-label": `Video ${name}`,
    });
  return h(
    "a",
    { class: "media-file", href: address, download: name, target: "_blank", rel: "noopener noreferrer" },
    icon("file"),
    h("span", { class: "media-name" }, name),
    h("span", { class: "media-size" }, readableSize(meta.size ?? meta.file_size)),
  );
}

function picture(address, name) {
  return h(
    "a",
    { href: address, target: "_blank", rel: "noopener noreferrer", class: "media-link" },
    h("img", { class: "media-picture", src: address, alt: name || "Picture", loading: "lazy" }),
  );
}

/** What is about to be sent. Give the address back with URL.revokeObjectURL when done. */
export function filePreview(file, address) {
  const kind = kindOf(file);
  if (kind === "image") return h("img", { class: "media-picture", src: address, alt: file.name });
  if (kind === "audio")
    return h("audio", { class: "media-audio", controls: true, src: address, "aria-label": "Your recording" });
  if (kind === "video")
    return h("video", {
      class: "media-picture",
      controls: true,
      muted: true,
      src: address,
      "aria-label": "Your video",
    });
  return h(
    "span",
    { class: "media-file" },
    icon("file"),
    h("span", { class: "media-name" }, file.name),
    h("span", { class: "media-size" }, readableSize(file.size)),
  );
}
