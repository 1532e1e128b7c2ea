-- Prolongs a lease while its fence is the newest; one that ran out unnoticed by all others lives on.
-- KEYS: lease, fence. ARGV: holder, fence, milliseconds. Returns 1 or 0.
local holder = redis.call('GET', KEYS[1])
if redis.call('GET', KEYS[2]) ~= ARGV[2] or (holder and holder ~= ARGV[1]) then
  return 0
end
redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[3])
return 1
