/** Devices and the second password by API 2.1. */
import { session } from "../chat/rows.js";

export function modernSecurity(call) {
  const TWO_STEP = "/security/two-step";
  return {
    sessions: async () => (await call("GET", "/sessions")).sessions.map(session),
    endSession: (id) => call("DELETE", `/sessions/${id}`),
    twoStep: async () => (await call("GET", TWO_STEP)).enabled === true,
    verify: async (password) =>
      (await call("POST", `${TWO_STEP}/verify`, { body: { password } })).verified === true,
    turnOn: (password) => call("POST", `${TWO_STEP}/enable`, { body: { password } }),
    turnOff: (password) => call("POST", `${TWO_STEP}/disable`, { body: { password } }),
  };
}
