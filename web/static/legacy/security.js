/** Devices and the second password as the old modal asked for them, its `undefined` ids and queries included. */
import { three, two } from "./identity.js";
import { session } from "../chat/rows.js";

export function legacySecurity(call, profile) {
  const P2 = two(profile);
  const TWO_STEP = "/security/two-step";
  return {
    async sessions() {
      const nobody = two({ profile_id: "undefined", profile_type: "undefined" });
      return ((await call("GET", "/sessions", nobody))?.sessions ?? []).map(session);
    },
    endSession: (id) => call("DELETE", `/sessions/${id}`, []),
    twoStep: async () => (await call("GET", TWO_STEP, P2))?.enabled === true,
    verify: async (password) => (await call("POST", `${TWO_STEP}/verify`, P2, { password }))?.verified === true,
    turnOn: (password) => call("POST", `${TWO_STEP}/enable`, [...three(profile), ["password", password]]),
    turnOff: (password) => call("POST", `${TWO_STEP}/disable`, [...P2, ["password", password]]),
  };
}
