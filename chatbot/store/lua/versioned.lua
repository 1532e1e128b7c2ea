-- Writes a document if its revision is the expected one. KEYS: document. ARGV: expected, bytes, token. Returns 1 or 0.
local held = redis.call('HMGET', KEYS[1], 'r', 'n')
if held[2] == ARGV[3] then
  return 1
end
if (held[1] or '0') ~= ARGV[1] then
  return 0
end
redis.call('HSET', KEYS[1], 'r', tonumber(ARGV[1]) + 1, 'd', ARGV[2], 'n', ARGV[3])
return 1
