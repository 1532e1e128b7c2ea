-- Applies one poll to a trunk, all of it or nothing; twice changes nothing.
-- KEYS: state, commits, commit, workflows, names, fence (the others of the same slot are built from ARGV[2]).
-- ARGV: fence, base, token, sequence that the last poll had or '', rewritten, cursor, polled_at, numbers of commits,
--   cells, names and removed; then each of them:
--   commit: position, sha, document · cell: sha, workflow, bytes (empty: forget it) · name: workflow, bytes · removed: sha
-- Returns {-1} where the fence is not the newest, {-2} where writes got lost since the last poll, else {how many
-- workflows have a number, the sequence of this poll}.
local state, commits, commit, workflows, names = KEYS[1], KEYS[2], KEYS[3], KEYS[4], KEYS[5]
local base = ARGV[2]
if redis.call('GET', KEYS[6]) ~= ARGV[1] then
  return {-1}
end
local held = redis.call('HMGET', state, 'token', 'sequence')
if held[1] == ARGV[3] then
  return {redis.call('HLEN', workflows), tonumber(held[2])}
end
if ARGV[4] ~= '' and held[2] ~= ARGV[4] then
  return {-2}
end
local at = 12

local function remove(sha)
  redis.call('ZREM', commits, sha)
  redis.call('HDEL', commit, sha)
  redis.call('DEL', base .. ':of:' .. sha, base .. ':failures:' .. sha)
end

local function number(workflow)
  local known = redis.call('HGET', workflows, workflow)
  if known then
    return known
  end
  local fresh = redis.call('HINCRBY', state, 'numbers', 1)
  redis.call('HSET', workflows, workflow, fresh)
  return fresh
end

local present = {}
for _ = 1, tonumber(ARGV[8]) do
  redis.call('ZADD', commits, ARGV[at], ARGV[at + 1])
  redis.call('HSET', commit, ARGV[at + 1], ARGV[at + 2])
  present[ARGV[at + 1]] = true
  at = at + 3
end
if ARGV[5] == '1' then
  for _, sha in ipairs(redis.call('ZRANGE', commits, 0, -1)) do
    if not present[sha] then
      remove(sha)
    end
  end
end
for _ = 1, tonumber(ARGV[9]) do
  local sha, workflow, bytes = ARGV[at], ARGV[at + 1], ARGV[at + 2]
  if bytes == '' then
    redis.call('HDEL', base .. ':of:' .. sha, redis.call('HGET', workflows, workflow) or '')
  elseif present[sha] or redis.call('ZSCORE', commits, sha) then
    redis.call('HSET', base .. ':of:' .. sha, number(workflow), bytes)
  end
  at = at + 3
end
for _ = 1, tonumber(ARGV[10]) do
  redis.call('HSET', names, ARGV[at], ARGV[at + 1])
  at = at + 2
end
for _ = 1, tonumber(ARGV[11]) do
  remove(ARGV[at])
  at = at + 1
end
-- last, so that whatever fails on the way repeats the poll
local sequence = redis.call('HINCRBY', state, 'sequence', 1)
redis.call('HSET', state, 'cursor', ARGV[6], 'polled_at', ARGV[7], 'fence', ARGV[1], 'token', ARGV[3])
return {redis.call('HLEN', workflows), sequence}
