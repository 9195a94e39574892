/**
 * Requests with the caller's token. Nothing but `Authorization` and, where the client asks for it, `Content-Type`
 * is set, as in the clients that this page stands for.
 */

/** A refusal: `status` (0 when nothing was reached), `detail` in the server's words. */
export class ApiError extends Error {
  constructor(status, detail) {
    super(detail);
    this.status = status;
    this.detail = detail;
  }
}

/** `query` is a list of pairs, in the order in which they are to stand; pairs without a value are left out. */
export function target(path, query = []) {
  const given = query.filter(([, value]) => value !== null && value !== undefined);
  const text = given.map(([name, value]) => `${name}=${encodeURIComponent(value)}`).join("&");
  return text ? `${path}?${text}` : path;
}

/** `call(method, path, {query, body, json})` gives the parsed answer or throws ApiError. */
export function createHttp({ token, base = "", signal }) {
  async function call(method, path, { query = [], body, json = body !== undefined } = {}) {
    const headers = { Authorization: `Bearer ${token}` };
    if (json) headers["Content-Type"] = "application/json";
    const init = { method, headers, signal };
    if (body !== undefined) init.body = JSON.stringify(body);
    let response;
    try {
      response = await fetch(base + target(path, query), init);
    } catch (error) {
      if (error.name === "AbortError") throw error;
      throw new ApiError(0, "No connection to the server");
    }
    return read(response);
  }

  /** Sends a file with `onProgress(0..1)`; fetch cannot tell how far an upload is. */
  function upload(path, query, file, onProgress) {
    return new Promise((resolve, reject) => {
      const request = new XMLHttpRequest();
      const form = new FormData();
      form.append("file", file, file.name);
      request.open("POST", base + target(path, query));
      request.setRequestHeader("Authorization", `Bearer ${token}`);
      request.upload.addEventListener("progress", (event) => {
        if (event.lengthComputable) onProgress?.(event.loaded / event.total);
      });
      request.addEventListener("load", () => {
        const answer = parsed(request.responseText);
        if (request.status < 300) resolve(answer);
        else reject(new ApiError(request.status, detailOf(answer, request.status)));
      });
      request.addEventListener("error", () => reject(new ApiError(0, "No connection to the server")));
      signal?.addEventListener("abort", () => request.abort());
      request.send(form);
    });
  }

  return { call, upload, token };
}

async function read(response) {
  const answer = parsed(await response.text());
  if (!response.ok) throw new ApiError(response.status, detailOf(answer, response.status));
  return answer;
}

function parsed(text) {
  try {
    return text ? JSON.parse(text) : null;
  } catch {
    return null;
  }
}

function detailOf(answer, status) {
  return typeof answer?.detail === "string" && answer.detail ? answer.detail : `The server said ${status}`;
}
