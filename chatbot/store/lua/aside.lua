-- Moves a key that makes no sense out of the way and takes its alert out of the indexes.
-- KEYS: the key, where to, open, alerts, undelivered. ARGV: tail of the alert's id, seconds it is kept. Returns 1 or 0.
if redis.call('EXISTS', KEYS[1]) == 0 then
  return 0
end
redis.call('RENAME', KEYS[1], KEYS[2])
redis.call('EXPIRE', KEYS[2], ARGV[2])
if redis.pcall('GET', KEYS[3]) == ARGV[1] then
  redis.call('DEL', KEYS[3])
end
redis.pcall('ZREM', KEYS[4], ARGV[1])
redis.pcall('SREM', KEYS[5], ARGV[1])
return 1
