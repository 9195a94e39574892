// Who is who, and who calls: a table read at start, and HS256 tokens, verified once and remembered for a minute.

import { createHmac, timingSafeEqual } from "node:crypto";
import { readFileSync } from "node:fs";

const REMEMBERED_MS = 60_000;

export class People {
  constructor(file) {
    const { secret, people } = JSON.parse(readFileSync(file, "utf8"));
    this.secret = secret;
    this.verified = new Map();
    this.owners = new Map();
    this.people = new Map();
    for (const one of people) {
      const roles = new Map(one.roles.map(([type, id, name]) => [`${type}_${id}`, { type, id, name }]));
      for (const key of roles.keys()) this.owners.set(key, one.user_id);
      const [type, id, name] = one.roles[0];
      this.people.set(one.user_id, { type, id, name, roles, first: one.first_name, father: one.father_name });
    }
  }

  /** The user id of an Authorization header; undefined when it proves nothing. */
  caller(authorization) {
    const remembered = this.verified.get(authorization);
    if (remembered && remembered.until > Date.now()) return remembered.user;
    const user = this.verify(authorization);
    if (user === undefined) return undefined;
    if (this.verified.size > 100_000) this.verified.clear();
    this.verified.set(authorization, { user, until: Date.now() + REMEMBERED_MS });
    return user;
  }

  verify(authorization) {
    const [, head, claims, signature] = /^bearer ([\w-]+)\.([\w-]+)\.([\w-]+)$/i.exec(authorization ?? "") ?? [];
    if (!head || read(head).alg !== "HS256") return undefined;
    const expected = createHmac("sha256", this.secret).update(`${head}.${claims}`).digest();
    const given = Buffer.from(signature, "base64url");
    if (given.length !== expected.length || !timingSafeEqual(given, expected)) return undefined;
    const { sub, exp } = read(claims);
    return exp > Date.now() / 1000 && this.people.has(Number(sub)) ? Number(sub) : undefined;
  }
}

function read(part) {
  return JSON.parse(Buffer.from(part, "base64url"));
}
