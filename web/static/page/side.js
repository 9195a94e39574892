/** One half of the stage: who sits here, in which role, and their modal. */
import { fill, h } from "../shared/dom.js";
import { mountModal } from "../chat/modal.js";

const TITLES = { legacy: "Legacy client", modern: "Modern client" };
/** Who sits where when the page opens: user id and role. */
const FIRST = { legacy: [2, "tutor"], modern: [1, null] };

export function createSide(shape, people, { head, slot, wire, asked, partner }) {
  const legacy = shape === "legacy";
  const [firstUser, firstRole] = FIRST[shape];
  const state = {
    user: Number(asked.get(`${shape}_user`)) || firstUser,
    role: asked.get(`${shape}_role`) ?? firstRole,
    extended: asked.get("extended") !== "no",
  };
  let modal = null;
  let unwatch = null;
  let turn = 0;

  const person = () => people.find((one) => one.user_id === state.user) ?? people[0];
  const roles = () => Object.keys(person().profiles);

  const users = h(
    "select",
    {
      class: "field",
      "aria-label": `${TITLES[shape]}: person`,
      on: { change: () => change({ user: Number(users.value), role: null }) },
    },
    people.map((one) => h("option", { value: one.user_id }, one.name)),
  );
  const role = h("select", {
    class: "field",
    "aria-label": `${TITLES[shape]}: role`,
    on: { change: () => change({ role: role.value }) },
  });
  const extended = h("input", {
    type: "checkbox",
    checked: state.extended,
    on: { change: () => change({ extended: extended.checked }) },
  });
  const identity = h("code", { class: "identity" });

  fill(
    head,
    h("span", { class: `shape shape-${shape}` }, legacy ? "legacy" : "modern"),
    users,
    role,
    h("span", { class: "grow" }),
    legacy
      ? h(
          "label",
          {
            class: "check",
            title:
              "Also what the legacy API can do but the old client never sent: replies, media, archive, mute",
          },
          extended,
          "extended",
        )
      : null,
    identity,
  );

  async function change(patch) {
    Object.assign(state, patch);
    await show();
  }

  async function show() {
    const mine = (turn += 1);
    if (!roles().includes(state.role)) state.role = roles()[0] ?? "student";
    users.value = String(person().user_id);
    fill(
      role,
      (roles().length ? roles() : ["student"]).map((one) =>
        h("option", { value: one, selected: one === state.role }, one),
      ),
    );
    role.disabled = roles().length < 2;
    const profile = person().profiles[state.role];
    fill(identity, legacy ? `${state.role} ${profile ?? person().user_id}` : `user ${person().user_id}`);
    modal?.close();
    modal = null;
    unwatch?.();
    unwatch = wire?.watch(shape, person());
    const made = await mountModal(slot, {
      shape,
      token: person().token,
      role: state.role,
      extended: state.extended,
      title: TITLES[shape],
      openWith: partner(),
    });
    if (mine !== turn) return made.close();
    modal = made;
    return undefined;
  }

  return { show, user: () => state.user, close: () => modal?.close() };
}
