// Node as a gateway: what a team would write with node:http and undici instead.

import { createServer } from "node:http";
import { Pool } from "undici";
import { People } from "./people.mjs";
import { Translator } from "./translate.mjs";

const [, , upstream, table] = process.argv;
const directory = new People(table);
const translator = new Translator(directory.people);
const backend = new Pool(`http://127.0.0.1:${upstream}`, { connections: 128, pipelining: 1 });
const CARRIED = ["authorization", "accept-language", "user-agent", "origin"];
const HOP_BY_HOP = new Set(["connection", "keep-alive", "host", "transfer-encoding", "upgrade", "expect"]);
const MESSAGES = /^\/api\/chat\/messages\/(\d+)$/;
let number = 0;

class Refusal extends Error {
  constructor(status, detail) {
    super(detail);
    this.status = status;
  }
}

function admit(request, query) {
  const user = directory.caller(request.headers.authorization);
  if (user === undefined) throw new Refusal(401, "Could not validate credentials");
  const claimed = query.get("user_id");
  if (claimed !== null && Number(claimed) !== user) throw new Refusal(403, "this user_id is not yours");
  const person = directory.people.get(user);
  const id = query.get("profile_id");
  if (id === null) return { user, named: person };
  const named = person.roles.get(`${query.get("profile_type")}_${id}`);
  if (!named) throw new Refusal(403, "this profile is not yours");
  return { user, named };
}

function forUpstream(request, context) {
  const headers = { "x-request-id": context.id, "x-forwarded-for": request.socket.remoteAddress };
  for (const name of CARRIED) if (request.headers[name]) headers[name] = request.headers[name];
  headers["x-chat-profile"] = `${context.named.type}:${context.named.id}`;
  return headers;
}

async function ask(method, path, headers, body) {
  const answer = await backend.request({ method, path, headers, body });
  const value = await answer.body.json();
  if (answer.statusCode >= 400) throw new Refusal(answer.statusCode, value.detail);
  return value;
}

function whole(request) {
  return new Promise((resolve, reject) => {
    const pieces = [];
    request.on("data", (piece) => pieces.push(piece));
    request.on("end", () => resolve(Buffer.concat(pieces)));
    request.on("error", reject);
  });
}

function presence(query, context) {
  context.keys = query.get("profile_ids").split(",").map((key) => [key, directory.owners.get(key)]);
  const users = new Set(context.keys.map(([, user]) => user).filter(Boolean));
  query.delete("profile_ids");
  query.set("user_ids", [...users].sort((a, b) => a - b).join(","));
}

async function send(request, query, headers, context) {
  const { conversation_id, profile_id, profile_type, user_id, ...body } = JSON.parse(await whole(request));
  headers["content-type"] = "application/json";
  const path = `/api/chat/conversations/${conversation_id}/messages?${query}`;
  return translator.sent(await ask("POST", path, headers, JSON.stringify(body)), context);
}

async function conversations(query, headers, context) {
  const [list, contacts] = await Promise.all([
    ask("GET", `/api/chat/conversations?${query}`, headers),
    ask("GET", `/api/chat/contacts?limit=100&user_id=${context.user}`, headers),
  ]);
  return translator.conversations(list, contacts.contacts, context);
}

async function legacy(request, path, query, context) {
  const headers = forUpstream(request, context);
  for (const name of ["profile_id", "profile_type", "user_id"]) query.delete(name);
  const online = path === "/api/chat/users/online-status";
  if (online) presence(query, context);
  query.set("user_id", context.user);
  if (path === "/api/chat/conversations") return conversations(query, headers, context);
  if (path === "/api/chat/messages" && request.method === "POST") return send(request, query, headers, context);
  const messages = MESSAGES.exec(path);
  if (messages) {
    const target = `/api/chat/conversations/${messages[1]}/messages?${query}`;
    return translator.messages(await ask("GET", target, headers), context);
  }
  const body = request.method === "GET" ? undefined : await whole(request);
  const answer = await ask(request.method, `${path}?${query}`, headers, body);
  if (path.endsWith("/typing")) return translator.typing(answer, context);
  return online ? translator.presence(answer, context) : answer;
}

/** What is not translated goes through as it comes. */
async function stream(request, response, id) {
  const headers = { "x-request-id": id, "x-forwarded-for": request.socket.remoteAddress };
  for (const [name, value] of Object.entries(request.headers)) if (!HOP_BY_HOP.has(name)) headers[name] = value;
  const body = request.method === "GET" ? null : request;
  await backend.stream({ method: request.method, path: request.url, headers, body }, ({ statusCode, headers }) => {
    delete headers.connection;
    response.writeHead(statusCode, { ...headers, "x-request-id": id });
    return response;
  });
}

async function handle(request, response) {
  const id = `n-${++number}`;
  try {
    const [path, search = ""] = request.url.split("?", 2);
    if (!path.startsWith("/api/chat/")) return await stream(request, response, id);
    const query = new URLSearchParams(search);
    const context = admit(request, query);
    context.id = id;
    if (!query.has("profile_id")) return await stream(request, response, id);
    const text = JSON.stringify(await legacy(request, path, query, context));
    const head = { "content-type": "application/json", "content-length": Buffer.byteLength(text), "x-request-id": id };
    return response.writeHead(200, head).end(text);
  } catch (error) {
    if (response.headersSent) return response.destroy();
    const text = JSON.stringify({ detail: error.message });
    return response.writeHead(error.status ?? 502, { "content-type": "application/json" }).end(text);
  }
}

const server = createServer({ keepAliveTimeout: 75_000 }, handle);
server.listen(0, "127.0.0.1", 1024, () => console.log(server.address().port));
