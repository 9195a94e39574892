/** Line icons, 24 by 24, drawn with the current text colour. Decorative: the button beside them has the name. */

const PATHS = {
  archive: "M4 8h16M5 8v11h14V8M3 4h18v4H3zM10 12h4",
  attach: "M20 11.5 12 19.5a5 5 0 0 1-7-7l8.5-8.5a3.4 3.4 0 0 1 4.8 4.8L10 17a1.7 1.7 0 0 1-2.4-2.4L15 7",
  back: "M15 5l-7 7 7 7",
  bell: "M6 16V11a6 6 0 1 1 12 0v5l2 2H4zM10 21h4",
  bellOff: "M6 16V11a6 6 0 0 1 9-5.2M18 11v5l2 2H6M10 21h4M4 4l16 16",
  block: "M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18zM5.7 5.7l12.6 12.6",
  chat: "M4 5h16v11H10l-4 4v-4H4z",
  check: "M4 12.5l5 5L20 6.5",
  checks: "M2 12.5l4.5 4.5L15 7.5M11 15.5l1.5 1.5L22 7.5",
  close: "M6 6l12 12M18 6 6 18",
  copy: "M9 9h11v11H9zM5 15H4V4h11v1",
  down: "M6 9l6 6 6-6",
  edit: "M4 20l1-4L16 5l3 3L8 19zM14 7l3 3",
  file: "M6 3h8l4 4v14H6zM14 3v4h4",
  forward: "M14 6l6 5-6 5v-3c-5 0-8 1.5-10 5 .3-5.5 3.5-9 10-9z",
  gear: "M12 9a3 3 0 1 0 0 6 3 3 0 0 0 0-6zM12 2.5v3M12 18.5v3M2.5 12h3M18.5 12h3M5.3 5.3l2.1 2.1M16.6 16.6l2.1 2.1M18.7 5.3l-2.1 2.1M7.4 16.6l-2.1 2.1",
  group:
    "M9 5a3.5 3.5 0 1 0 0 7 3.5 3.5 0 0 0 0-7zM2.5 20c.5-4 3-6 6.5-6s6 2 6.5 6M16 5.5a3.2 3.2 0 0 1 0 6M18 14.5c2 .8 3.2 2.6 3.5 5.5",
  hangup: "M3 14c0-6 18-6 18 0v2h-5v-3.5a14 14 0 0 0-8 0V16H3z",
  info: "M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18zM12 11v6M12 7.5v.5",
  mic: "M12 3a3 3 0 0 0-3 3v6a3 3 0 0 0 6 0V6a3 3 0 0 0-3-3zM5 11a7 7 0 0 0 14 0M12 18v3",
  micOff: "M9 9v3a3 3 0 0 0 5 2M15 11V6a3 3 0 0 0-5.5-1.7M5 11a7 7 0 0 0 11.5 5.3M12 18v3M4 4l16 16",
  more: "M5 12h.01M12 12h.01M19 12h.01",
  person: "M12 4a4 4 0 1 0 0 8 4 4 0 0 0 0-8zM4 21c.5-5 3.5-7 8-7s7.5 2 8 7",
  phone:
    "M6 3h4l1.5 5-2.5 1.5a12 12 0 0 0 5.5 5.5L16 12.5l5 1.5v4c0 1.5-1 3-3 3C10 20.5 3.5 14 3 6c0-2 1.5-3 3-3z",
  pin: "M9 3h6l-1 6 4 4v2H6v-2l4-4zM12 15v6",
  plus: "M12 5v14M5 12h14",
  reply: "M10 6l-6 5 6 5v-3c5 0 8 1.5 10 5-.3-5.5-3.5-9-10-9z",
  search: "M10.5 4a6.5 6.5 0 1 0 0 13 6.5 6.5 0 0 0 0-13zM15.5 15.5 21 21",
  send: "M4 12 20 4l-5 16-3.5-6.5z",
  smile: "M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18zM8.5 14.5c1.8 2.3 5.2 2.3 7 0M9 9.5v.5M15 9.5v.5",
  stop: "M7 7h10v10H7z",
  sun: "M12 8a4 4 0 1 0 0 8 4 4 0 0 0 0-8zM12 2v2M12 20v2M2 12h2M20 12h2M5 5l1.4 1.4M17.6 17.6 19 19M19 5l-1.4 1.4M6.4 17.6 5 19",
  trash: "M5 7h14M10 7V4h4v3M7 7l1 13h8l1-13M10.5 11v5M13.5 11v5",
  video: "M3 6h12v12H3zM15 10.5l6-3.5v10l-6-3.5",
};
const SVG = "http://www.w3.org/2000/svg";

/** An `<svg>` that screen readers pass over. */
export function icon(name) {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("viewBox", "0 0 24 24");
  svg.setAttribute("class", "icon");
  svg.setAttribute("aria-hidden", "true");
  const path = document.createElementNS(SVG, "path");
  path.setAttribute("d", PATHS[name] ?? PATHS.info);
  svg.append(path);
  return svg;
}
