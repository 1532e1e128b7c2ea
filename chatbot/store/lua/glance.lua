-- Reads what an answer about a watch is made of. KEYS: its summary, the name of its open alert. ARGV: what an alert's
-- key begins with. Returns the summary, the name, the alert's revision and document; false for what is not there.
local summary = redis.call('HGET', KEYS[1], 'd')
local name = redis.call('GET', KEYS[2])
if not name then
  return {summary, false, false, false}
end
local alert = redis.pcall('HMGET', ARGV[1] .. name, 'r', 'd')
if alert.err then
  return {summary, name, false, false}
end
return {summary, name, alert[1], alert[2]}
