// What the backend answers by user id, as old clients read it. `context`: user, the caller's id; named, its role.

const OFFLINE = { is_online: false, last_seen: null, online_hidden: false, last_seen_hidden: false };

const EMOJI = { heart: "❤️", thumbsup: "👍", laugh: "😂", wow: "😮", sad: "😢" };

export class Translator {
  constructor(people) {
    this.people = people;
  }

  roleOf(user, context) {
    if (user === context.user) return context.named;
    return this.people.get(user) ?? { type: "user", id: user };
  }

  pair(node, modern, prefix, context) {
    const user = node[modern];
    if (user === undefined) return;
    delete node[modern];
    const role = user === null ? { id: null, type: null } : this.roleOf(user, context);
    node[`${prefix}profile_id`] = role.id;
    node[`${prefix}profile_type`] = role.type;
  }

  typing(body, context) {
    for (const typer of body.typing_users) {
      this.pair(typer, "user_id", "", context);
      typer.user_name = typer.name ?? null;
      delete typer.name;
      typer.avatar ??= "";
    }
    return body;
  }

  message(node, context) {
    const user = node.sender_user_id;
    const role = this.roleOf(user, context);
    const person = this.people.get(user);
    node.sender_profile_id = role.id;
    node.sender_profile_type = role.type;
    this.pair(node, "pinned_by_user_id", "pinned_by_", context);
    this.pair(node, "forwarded_from_user_id", "forwarded_from_", context);
    for (const reaction of node.reactions) {
      reaction.profile_ids = reaction.user_ids.map((id) => this.roleOf(id, context).id);
      delete reaction.user_ids;
      reaction.emoji = EMOJI[reaction.reaction] ?? reaction.reaction;
    }
    node.user_avatar = node.sender_avatar;
    if (role.name) node.sender_name = role.name;
    node.first_name = person?.first ?? null;
    node.father_name = person?.father ?? null;
    this.reply(node);
    if (node.is_forwarded) node.forwarded_from = node.forwarded_from_name ?? null;
    node.forwarded_from_id = null;
    node.original_content = null;
    node.is_deleted = false;
    node.deleted_at = null;
    node.deleted_for_everyone = false;
    node.deleted_for_user_ids = [];
  }

  reply(node) {
    const told = node.reply_to;
    delete node.reply_to;
    if (told === null || told === undefined) return;
    const { content = null, message_type: type = null, sender_name = null } = told;
    node.reply_to = { content, text: content, type, sender_name, sender: sender_name };
  }

  messages(body, context) {
    for (const node of body.messages) this.message(node, context);
    return body;
  }

  sent(node, context) {
    const role = this.roleOf(node.sender_user_id, context);
    node.sender_profile_id = role.id;
    node.sender_profile_type = role.type;
    this.pair(node, "forwarded_from_user_id", "forwarded_from_", context);
    node.message_id = node.id;
    delete node.id;
    node.sender_name = context.named.name;
    if ("forwarded_from_name" in node) {
      node.forwarded_from = node.forwarded_from_name;
      delete node.forwarded_from_name;
    }
    return node;
  }

  presence(body, context) {
    const known = new Map(body.statuses.map(({ user_id, ...rest }) => [user_id, rest]));
    const statuses = {};
    for (const [key, user] of context.keys) statuses[key] = known.get(user) ?? OFFLINE;
    return { statuses };
  }

  conversation(node, context) {
    this.pair(node, "created_by_user_id", "created_by_", context);
    const { other_user: other, last_message: last } = node;
    delete node.other_user;
    if (last) {
      delete last.sender_user_id;
      last.time = last.created_at ?? null;
    } else {
      delete node.last_message;
    }
    if (node.type !== "direct") {
      node.display_name = node.name || (node.type === "channel" ? "Channel" : "Group Chat");
      node.avatar = node.avatar_url ?? null;
      return;
    }
    delete node.participant_count;
    if (!other) return;
    const role = this.roleOf(other.user_id, context);
    const name = role.name ?? other.name;
    Object.assign(node, {
      other_profile_id: role.id, other_profile_type: role.type, other_user_id: other.user_id,
      display_name: name, name, other_name: name, other_avatar: other.avatar, avatar: other.avatar,
      role: role.type, is_online: other.online ?? false, last_seen: other.last_seen ?? null,
    });
    if (other.online_hidden) node.online_hidden = true;
    if (other.last_seen_hidden) node.last_seen_hidden = true;
  }

  stranger(contact, context) {
    const role = this.roleOf(contact.user_id, context);
    const name = role.name ?? contact.name;
    return {
      id: `connection-${contact.connection_id}`, type: "direct", display_name: name, name, role: role.type,
      avatar: contact.avatar, other_profile_id: role.id, other_profile_type: role.type,
      other_user_id: contact.user_id, last_message: null, last_message_at: contact.connected_at, unread_count: 0,
      is_muted: false, is_pinned: false, is_online: contact.is_online, last_seen: null, online_hidden: false,
      last_seen_hidden: false, is_connection: true,
    };
  }

  conversations(list, contacts, context) {
    const known = new Set(list.map((node) => node.other_user?.user_id));
    for (const node of list) this.conversation(node, context);
    const strangers = contacts.filter((one) => one.conversation_id === null && !known.has(one.user_id));
    return { conversations: [...list, ...strangers.map((one) => this.stranger(one, context))] };
  }
}
