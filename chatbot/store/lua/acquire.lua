-- Takes a lease that nobody holds, or gives its holder the same one again (its first answer may have been lost).
-- KEYS: lease, fence. ARGV: holder, milliseconds. Returns the fence, or 0 where another holds it.
-- A fence is at least the time in milliseconds, so that it grows even where the store lost its memory.
local holder = redis.call('GET', KEYS[1])
local last = tonumber(redis.call('GET', KEYS[2]) or '0')
if holder == ARGV[1] and last > 0 then
  redis.call('PEXPIRE', KEYS[1], ARGV[2])
  return string.format('%.0f', last)
end
if holder and holder ~= ARGV[1] then
  return '0'
end
local now = redis.call('TIME')
local fence = string.format('%.0f', math.max(last + 1, tonumber(now[1]) * 1000 + math.floor(tonumber(now[2]) / 1000)))
redis.call('SET', KEYS[2], fence)
redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
return fence
