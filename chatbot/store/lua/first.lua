-- Remembers a delivery. KEYS: seen. ARGV: token, seconds. Returns 1 for the first time, also if asked again with its token.
local token = redis.call('GET', KEYS[1])
if token then
  return token == ARGV[1] and 1 or 0
end
redis.call('SET', KEYS[1], ARGV[1], 'EX', ARGV[2])
return 1
