-- Requests by role become requests by user id, and answers come back by role.

local cjson = require "cjson"
local directory = require "people"
local translate = require "translate"
local people, owners = directory.people, directory.owners
local set_header = ngx.req.set_header
local concat, find, sub = table.concat, string.find, string.sub
local _M = {}

local function refuse(status, text)
  ngx.status = status
  ngx.header["Content-Type"] = "application/json"
  ngx.header["X-Request-Id"] = ngx.var.request_id
  ngx.print('{"detail":"' .. text .. '"}')
  return ngx.exit(status)
end

-- Who calls, and under which of its names; refuses a name that is somebody else's.
local function admit(args)
  local user = directory.caller(ngx.var.http_authorization)
  if not user then return refuse(401, "Could not validate credentials") end
  if args.user_id and tonumber(args.user_id) ~= user then return refuse(403, "this user_id is not yours") end
  local person = people[user]
  if not args.profile_id then
    ngx.req.clear_header("X-Chat-Profile")
    return user, person
  end
  local named = person.roles[args.profile_type .. "_" .. args.profile_id]
  if not named then return refuse(403, "this profile is not yours") end
  set_header("X-Chat-Profile", named.type .. ":" .. args.profile_id)
  return user, named
end

local function rest_of(args, user)
  args.profile_id, args.profile_type, args.user_id = nil, nil, user
  return args
end

-- "tutor_5,student_6" as the user ids that the backend is asked for; the keys stay for the answer.
local function presence(context, args)
  local users, seen, keys = {}, {}, {}
  for key in string.gmatch(args.profile_ids, "[^,]+") do
    local user = owners[key]
    keys[key] = user or 0
    if user and not seen[user] then
      seen[user] = true
      users[#users + 1] = user
    end
  end
  table.sort(users)
  context.keys, args.profile_ids, args.user_ids = keys, nil, concat(users, ",")
  context.answer = translate.presence
end

local function send(context, user)
  ngx.req.read_body()
  local body = cjson.decode(ngx.req.get_body_data())
  local conversation = string.format("%d", body.conversation_id)
  body.conversation_id, body.profile_id, body.profile_type, body.user_id = nil, nil, nil, nil
  ngx.req.set_uri("/api/chat/conversations/" .. conversation .. "/messages", false)
  ngx.req.set_body_data(cjson.encode(body))
  context.answer = translate.sent
end

-- Before the backend is asked: who calls, what is asked in its words, and what becomes of the answer.
function _M.ask()
  local args = ngx.req.get_uri_args()
  local user, named = admit(args)
  local context = ngx.ctx
  if not (args.profile_id or args.profile_ids) then
    return ngx.req.set_uri_args(rest_of(args, user))
  end
  context.user, context.named = user, named
  local uri = ngx.var.uri
  if sub(uri, -7) == "/typing" then
    context.answer = translate.typing
  elseif uri == "/api/chat/users/online-status" then
    presence(context, args)
  elseif uri == "/api/chat/messages" and ngx.req.get_method() == "POST" then
    send(context, user)
  elseif find(uri, "^/api/chat/messages/%d+$") then
    ngx.req.set_uri("/api/chat/conversations/" .. sub(uri, 20) .. "/messages", false)
    context.answer = translate.messages
  end
  ngx.req.set_uri_args(rest_of(args, user))
end

function _M.head()
  local header = ngx.header
  header["X-Request-Id"] = ngx.var.request_id
  if ngx.ctx.answer then
    if ngx.status >= 400 then
      ngx.ctx.answer = nil
    else
      header["Content-Length"] = nil
    end
  end
end

-- Collects the answer, and translates it when its last piece is there.
function _M.body()
  local context = ngx.ctx
  local answer = context.answer
  if not answer then return end
  local piece, pieces = ngx.arg[1], context.pieces
  if not ngx.arg[2] then
    if piece ~= "" then
      if not pieces then
        context.pieces = { piece }
      else
        pieces[#pieces + 1] = piece
      end
    end
    ngx.arg[1] = nil
    return
  end
  if pieces then
    pieces[#pieces + 1] = piece
    piece = concat(pieces)
  end
  ngx.arg[1] = cjson.encode(answer(cjson.decode(piece), context))
end

-- The old list holds contacts, too: two questions at once.
function _M.conversations()
  local args = ngx.req.get_uri_args()
  local user, named = admit(args)
  if not args.profile_id then
    return ngx.exec("/backend/api/chat/conversations", rest_of(args, user))
  end
  local list, contacts = ngx.location.capture_multi {
    { "/backend/api/chat/conversations", { args = rest_of(args, user) } },
    { "/backend/api/chat/contacts", { args = { limit = 100, user_id = user } } },
  }
  for _, answer in ipairs { list, contacts } do
    if answer.status ~= 200 then return refuse(answer.status, "the backend refused") end
  end
  local body = translate.conversations(
    cjson.decode(list.body), cjson.decode(contacts.body).contacts, { user = user, named = named })
  local text = cjson.encode(body)
  ngx.header["Content-Type"] = "application/json"
  ngx.header["X-Request-Id"] = ngx.var.request_id
  ngx.header["Content-Length"] = #text
  ngx.print(text)
end

return _M
