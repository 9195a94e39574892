-- Who is who, and who calls: a table read at start, and HS256 tokens, verified once and remembered for a minute.

local ffi = require "ffi"
local cjson = require "cjson"
local lrucache = require "resty.lrucache"

ffi.cdef [[
const void *EVP_sha256(void);
unsigned char *HMAC(const void *md, const void *key, int key_len, const unsigned char *data, size_t length,
                    unsigned char *digest, unsigned int *digest_len);
int CRYPTO_memcmp(const void *a, const void *b, size_t length);
]]
local crypto = ffi.load("crypto.so.3")
local digest = ffi.new("unsigned char[32]")

local people = {}     -- user id -> {type, id, name, first, father, roles}
local owners = {}     -- "student_5" -> user id
local secret
local verified = lrucache.new(100000)
local _M = { people = people, owners = owners }

function _M.load(path)
  local file = assert(io.open(path))
  local table = cjson.decode(file:read("*a"))
  file:close()
  secret = table.secret
  for _, person in ipairs(table.people) do
    local roles = {}
    for _, role in ipairs(person.roles) do
      local key = role[1] .. "_" .. string.format("%d", role[2])
      roles[key] = { type = role[1], id = role[2], name = role[3] }
      owners[key] = person.user_id
    end
    local first = person.roles[1]
    people[person.user_id] = {
      type = first[1], id = first[2], name = first[3], roles = roles,
      first = person.first_name, father = person.father_name, avatar = person.avatar,
    }
  end
end

local function bytes_of(text)
  local rest = #text % 4
  if rest > 0 then text = text .. string.rep("=", 4 - rest) end
  return ngx.decode_base64((text:gsub("-", "+"):gsub("_", "/")))
end

local function verify(token)
  local signed, claims, signature = token:match("^([%w_-]+%.([%w_-]+))%.([%w_-]+)$")
  if not signed then return nil end
  local header = cjson.decode(bytes_of(signed:match("^[^.]+")))
  if header.alg ~= "HS256" then return nil end
  crypto.HMAC(crypto.EVP_sha256(), secret, #secret, signed, #signed, digest, nil)
  local given = bytes_of(signature)
  if not given or #given ~= 32 or crypto.CRYPTO_memcmp(given, digest, 32) ~= 0 then return nil end
  local said = cjson.decode(bytes_of(claims))
  if said.exp <= ngx.time() then return nil end
  return tonumber(said.sub)
end

-- The user id of an Authorization header; nil when it proves nothing.
function _M.caller(authorization)
  if not authorization then return nil end
  local user = verified:get(authorization)
  if user then return user end
  local token = authorization:match("^[Bb]earer ([^ ]+)$")
  local ok
  if token then ok, user = pcall(verify, token) end
  if not ok or not user or not people[user] then return nil end
  verified:set(authorization, user, 60)
  return user
end

return _M
