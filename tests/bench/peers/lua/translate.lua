-- What the backend answers by user id, as old clients read it. Each function changes the decoded answer in place.
-- ``context``: user, the caller's id; named, the role under which it asked.

local cjson = require "cjson"
local people = require("people").people
local null = cjson.null
local OFFLINE = { is_online = false, last_seen = null, online_hidden = false, last_seen_hidden = false }
local EMOJI = { heart = "❤️", thumbsup = "👍", laugh = "😂", wow = "😮", sad = "😢" }
local _M = {}

-- A person's role as everybody sees it; the caller's is the one that it asked under.
local function role_of(user, context)
  if user == context.user then return context.named end
  return people[user] or { type = "user", id = user }
end

-- Replaces a user id by the pair.
local function pair(node, modern, type_key, id_key, context)
  local user = node[modern]
  if user == nil then return end
  node[modern] = nil
  if user == null then
    node[type_key], node[id_key] = null, null
    return
  end
  local role = role_of(user, context)
  node[type_key], node[id_key] = role.type, role.id
end

local function or_null(value)
  if value == nil then return null end
  return value
end

function _M.typing(body, context)
  for _, typer in ipairs(body.typing_users) do
    pair(typer, "user_id", "profile_type", "profile_id", context)
    typer.user_name, typer.name = or_null(typer.name), nil
    if typer.avatar == null then typer.avatar = "" end
  end
  return body
end

local function reply(node)
  local told = node.reply_to
  node.reply_to = nil
  if told == nil or told == null then return end
  node.reply_to = {
    content = or_null(told.content), text = or_null(told.content), type = or_null(told.message_type),
    sender_name = or_null(told.sender_name), sender = or_null(told.sender_name),
  }
end

local function reactions(list, context)
  for _, reaction in ipairs(list) do
    local ids = reaction.user_ids
    for place = 1, #ids do ids[place] = role_of(ids[place], context).id end
    local word = reaction.reaction
    reaction.profile_ids, reaction.user_ids, reaction.emoji = ids, nil, EMOJI[word] or word
  end
end

local function message(node, context)
  local user = node.sender_user_id
  local role, person = role_of(user, context), people[user]
  node.sender_profile_type, node.sender_profile_id = role.type, role.id
  pair(node, "pinned_by_user_id", "pinned_by_profile_type", "pinned_by_profile_id", context)
  pair(node, "forwarded_from_user_id", "forwarded_from_profile_type", "forwarded_from_profile_id", context)
  reactions(node.reactions, context)
  node.user_avatar = or_null(node.sender_avatar)
  if person then
    node.sender_name = role.name or node.sender_name
    node.first_name, node.father_name = person.first, person.father
  else
    node.first_name, node.father_name = null, null
  end
  reply(node)
  if node.is_forwarded then node.forwarded_from = node.forwarded_from_name end
  node.forwarded_from_id, node.original_content, node.deleted_at = null, null, null
  node.is_deleted, node.deleted_for_everyone, node.deleted_for_user_ids = false, false, {}
end

function _M.messages(body, context)
  local list = body.messages
  for place = 1, #list do message(list[place], context) end
  return body
end

function _M.sent(node, context)
  local role = role_of(node.sender_user_id, context)
  node.sender_profile_type, node.sender_profile_id = role.type, role.id
  pair(node, "forwarded_from_user_id", "forwarded_from_profile_type", "forwarded_from_profile_id", context)
  node.message_id, node.id = node.id, nil
  node.sender_name = context.named.name
  if node.forwarded_from_name ~= nil then
    node.forwarded_from, node.forwarded_from_name = node.forwarded_from_name, nil
  end
  return node
end

function _M.presence(body, context)
  local known, statuses = {}, {}
  for _, item in ipairs(body.statuses) do
    known[item.user_id] = item
    item.user_id = nil
  end
  for key, user in pairs(context.keys) do statuses[key] = known[user] or OFFLINE end
  return { statuses = statuses }
end

local function conversation(node, context)
  pair(node, "created_by_user_id", "created_by_profile_type", "created_by_profile_id", context)
  local other, last = node.other_user, node.last_message
  node.other_user = nil
  if last == null then
    node.last_message = nil
  elseif last ~= nil then
    last.sender_user_id, last.time = nil, or_null(last.created_at)
  end
  if node.type ~= "direct" then
    local nameless = node.type == "channel" and "Channel" or "Group Chat"
    node.display_name = node.name ~= null and node.name or nameless
    node.avatar = or_null(node.avatar_url)
    return
  end
  node.participant_count = nil
  if other == nil or other == null then return end
  local role = role_of(other.user_id, context)
  local name = role.name or other.name
  node.other_profile_id, node.other_profile_type, node.other_user_id = role.id, role.type, other.user_id
  node.display_name, node.name, node.other_name = name, name, name
  node.other_avatar, node.avatar, node.role = other.avatar, other.avatar, role.type
  node.is_online, node.last_seen = other.online, or_null(other.last_seen)
  if other.online_hidden then node.online_hidden = true end
  if other.last_seen_hidden then node.last_seen_hidden = true end
end

-- A contact with whom there is no conversation yet.
local function stranger(contact, context)
  local role = role_of(contact.user_id, context)
  local name = role.name or contact.name
  return {
    id = "connection-" .. string.format("%d", contact.connection_id), type = "direct",
    display_name = name, name = name, role = role.type, avatar = contact.avatar,
    other_profile_id = role.id, other_profile_type = role.type, other_user_id = contact.user_id,
    last_message = null, last_message_at = contact.connected_at, unread_count = 0,
    is_muted = false, is_pinned = false, is_online = contact.is_online, last_seen = null,
    online_hidden = false, last_seen_hidden = false, is_connection = true,
  }
end

function _M.conversations(list, contacts, context)
  local known = {}
  for place = 1, #list do
    local node = list[place]
    local other = node.other_user
    if other and other ~= null then known[other.user_id] = true end
    conversation(node, context)
  end
  for _, contact in ipairs(contacts) do
    if contact.conversation_id == null and not known[contact.user_id] then
      list[#list + 1] = stranger(contact, context)
    end
  end
  return { conversations = list }
end

return _M
