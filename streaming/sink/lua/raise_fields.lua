-- Raise numbers in a hash, and lower none: ZADD GT for a hash.
-- KEYS: the hash. ARGV: field, number, field, number, and so on.
for i = 1, #ARGV, 2 do
  local stands = redis.call('HGET', KEYS[1], ARGV[i])
  if not stands or tonumber(ARGV[i + 1]) > tonumber(stands) then
    redis.call('HSET', KEYS[1], ARGV[i], ARGV[i + 1])
  end
end
