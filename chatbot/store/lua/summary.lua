-- Writes a watch's summary unless a successor wrote one. KEYS: summary. ARGV: trunk, fence, document, seconds. Returns 1 or 0.
local held = redis.call('HMGET', KEYS[1], 't', 'f')
if ARGV[2] ~= '' and held[1] == ARGV[1] and held[2] and tonumber(held[2]) > tonumber(ARGV[2]) then
  return 0
end
redis.call('HSET', KEYS[1], 'd', ARGV[3])
if ARGV[2] ~= '' then
  redis.call('HSET', KEYS[1], 't', ARGV[1], 'f', ARGV[2])
end
redis.call('EXPIRE', KEYS[1], ARGV[4])
return 1
