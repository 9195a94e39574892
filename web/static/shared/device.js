/** What a heartbeat says about this device. */

export function describeDevice(agent = navigator.userAgent) {
  const browser = /Firefox/.test(agent)
    ? "Firefox"
    : /Edg\//.test(agent)
      ? "Edge"
      : /Chrome/.test(agent)
        ? "Chrome"
        : "Safari";
  const os = /Android/.test(agent)
    ? "Android"
    : /Windows/.test(agent)
      ? "Windows"
      : /Mac OS/.test(agent)
        ? "macOS"
        : "Linux";
  const type = /Mobi|Android/.test(agent) ? "mobile" : "desktop";
  return [
    ["device_name", `${browser} on ${os}`],
    ["device_type", type],
    ["browser", browser],
    ["os", os],
  ];
}
