-- Forgets the workflows that no commit of the window has any more.
-- KEYS: commits, workflows, names, fence. ARGV: fence, base. Returns how many went, -1 where the fence is not the newest.
if redis.call('GET', KEYS[4]) ~= ARGV[1] then
  return -1
end
local used = {}
for _, sha in ipairs(redis.call('ZRANGE', KEYS[1], 0, -1)) do
  for _, number in ipairs(redis.call('HKEYS', ARGV[2] .. ':of:' .. sha)) do
    used[number] = true
  end
end
local gone = 0
local known = redis.call('HGETALL', KEYS[2])
for index = 1, #known, 2 do
  if not used[known[index + 1]] then
    redis.call('HDEL', KEYS[2], known[index])
    redis.call('HDEL', KEYS[3], known[index])
    gone = gone + 1
  end
end
return gone
