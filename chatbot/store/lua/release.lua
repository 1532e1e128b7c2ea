-- Gives a lease back. KEYS: lease, fence. ARGV: holder, fence. Returns 1, or 0 where it was lost before.
if redis.call('GET', KEYS[1]) == ARGV[1] and redis.call('GET', KEYS[2]) == ARGV[2] then
  redis.call('DEL', KEYS[1])
  return 1
end
return 0
