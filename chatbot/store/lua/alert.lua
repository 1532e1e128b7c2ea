-- Writes an alert if its revision is the expected one (0: it must not exist), and keeps its watch's indexes.
-- KEYS: alert, open, alerts, undelivered, fenced, audit.
-- ARGV: 1 tail of the id, 2 expected revision, 3 document, 4 token, 5 open, 6 undelivered, 7 opened at (ms),
--   8 seconds a closed one is kept, 9 trunk, 10 fence or '', 11 base of the alert keys, 12 audit entry or '',
--   13 entries at most, 14 seconds an audit is kept, 15 time before which nothing is kept (ms)
-- Returns {1} written, {0} lost the race or exists already, {-1} stale fence, {-2} gone, {-3, tail} another one is open.
local tail, token, fence = ARGV[1], ARGV[4], ARGV[10]
if fence ~= '' then
  local last, trunk = string.match(redis.call('GET', KEYS[5]) or '', '^(%d+) (.*)$')
  if trunk == ARGV[9] and tonumber(last) > tonumber(fence) then
    return {-1}
  end
  redis.call('SET', KEYS[5], fence .. ' ' .. ARGV[9], 'EX', ARGV[8])
end
local held = redis.call('HMGET', KEYS[1], 'r', 'n')
if held[2] == token then
  return {1}
end
if (held[1] or '0') ~= ARGV[2] then
  return {held[1] and 0 or -2}
end
local open = redis.call('GET', KEYS[2])
if ARGV[5] == '1' then
  if open and open ~= tail and redis.call('EXISTS', ARGV[11] .. open) == 1 then
    return {-3, open}
  end
  redis.call('SET', KEYS[2], tail)
elseif open == tail then
  redis.call('DEL', KEYS[2])
end
redis.call('HSET', KEYS[1], 'r', tonumber(ARGV[2]) + 1, 'd', ARGV[3], 'n', token)
if ARGV[5] == '1' then
  redis.call('PERSIST', KEYS[1])
else
  redis.call('EXPIRE', KEYS[1], ARGV[8])
end
redis.call(ARGV[6] == '1' and 'SADD' or 'SREM', KEYS[4], tail)
redis.call('ZADD', KEYS[3], ARGV[7], tail)
if ARGV[12] ~= '' then
  redis.call('XADD', KEYS[6], 'MAXLEN', '~', ARGV[13], '*', 'd', ARGV[12])
  redis.call('EXPIRE', KEYS[6], ARGV[14])
end
for _, old in ipairs(redis.call('ZRANGEBYSCORE', KEYS[3], '-inf', ARGV[15], 'LIMIT', 0, 20)) do
  if redis.call('EXISTS', ARGV[11] .. old) == 0 then
    redis.call('ZREM', KEYS[3], old)
    redis.call('SREM', KEYS[4], old)
  end
end
return {1}
