// What the three clients share: fetch with a bearer and nothing else, and a socket without any token.
// `told` keeps every frame and every answer, for the test to read.
const token = localStorage.token || localStorage.access_token;
const base = window.API_BASE_URL.replace(/\/api\/?$/, "");
const told = [];

async function ask(method, path, body) {
  const headers = { Authorization: `Bearer ${token}` };
  if (body !== undefined) headers["Content-Type"] = "application/json";
  const sent = body === undefined ? undefined : JSON.stringify(body);
  const answer = await fetch(base + path, { method, headers, body: sent });
  told.push(`${answer.status} ${method} ${path} ${sent || ""}`);
  return answer.ok ? answer.json() : null;
}

class ChatSocket {
  constructor(path, hear) {
    this.url = `${location.protocol === "https:" ? "wss" : "ws"}://${new URL(base).host}${path}`;
    this.hear = hear;
    this.wanted = true;
    this.connect();
  }

  connect() {
    this.raw = new WebSocket(this.url);
    this.raw.onopen = () => { document.body.dataset.socket = "open"; };
    this.raw.onmessage = ({ data }) => { told.push(`heard ${data}`); this.hear(JSON.parse(data)); };
    this.raw.onclose = () => {
      document.body.dataset.socket = "closed";
      if (this.wanted) setTimeout(() => this.wanted && this.connect(), 5000);
    };
  }

  say(frame) {
    const text = JSON.stringify(frame);
    told.push(`said ${text}`);
    if (this.raw.readyState === WebSocket.OPEN) this.raw.send(text);
  }

  close() { this.wanted = false; this.raw.close(); }
}
