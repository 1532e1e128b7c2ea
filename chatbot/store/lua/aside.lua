-- Moves a key that makes no sense out of the way and takes its alert, if it is one, out of the indexes.
-- KEYS: the key, where to, open, alerts, undelivered. ARGV: tail of the alert's id or '', seconds it is kept, the type it
-- was found with, the document it was found with or ''. Returns 1, or 0 where it is no longer what it was found to be.
if redis.call('TYPE', KEYS[1])['ok'] ~= ARGV[3] then
  return 0
end
if ARGV[3] == 'hash' and ARGV[4] ~= (redis.call('HGET', KEYS[1], 'd') or '') then
  return 0
end
redis.call('RENAME', KEYS[1], KEYS[2])
redis.call('EXPIRE', KEYS[2], ARGV[2])
if ARGV[1] ~= '' then
  if redis.pcall('GET', KEYS[3]) == ARGV[1] then
    redis.call('DEL', KEYS[3])
  end
  redis.pcall('ZREM', KEYS[4], ARGV[1])
  redis.pcall('SREM', KEYS[5], ARGV[1])
end
return 1
