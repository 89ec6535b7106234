-- Set the mark: the offset up to which Redis has everything. It needs an earlier mark, which shows that Redis has lost
-- nothing since. Also check the keys written before this in the same pipeline, and renew their expiry. Writing gives a
-- key no expiry. So a key that is on record and has none was lost, and created again by that write.
-- KEYS: the mark, the record of keys, then the keys written.
-- ARGV: the new mark, its expiry in seconds, the least earlier mark, then for each key its expiry in seconds and
-- 1 to renew it.
-- Returns 0 if there is no such earlier mark, 2 if a key was lost, else 1. A mark beyond the new one stays.
local mark = redis.call('GET', KEYS[1])
mark = mark and tonumber(mark)
-- The record always contains the mark, so a missing entry means a lost record.
if not mark or mark < tonumber(ARGV[3]) or not redis.call('ZSCORE', KEYS[2], KEYS[1]) then
  return 0
end
redis.call('SET', KEYS[1], string.format('%d', math.max(mark, tonumber(ARGV[1]))), 'EX', ARGV[2])
redis.call('EXPIRE', KEYS[2], ARGV[2])

local now = tonumber(redis.call('TIME')[1])
-- A key that expires this soon may be gone already.
local soon = now + 60
local answer = 1
for i = 3, #KEYS do
  local life, renews = ARGV[2 * i - 2], ARGV[2 * i - 1] == '1'
  local ends = tonumber(redis.call('ZSCORE', KEYS[2], KEYS[i]) or 0)
  local lives = redis.call('TTL', KEYS[i]) >= 0
  if ends > soon and not lives then
    answer = 2
  end
  if renews or not lives then
    redis.call('EXPIRE', KEYS[i], life)
    redis.call('ZADD', KEYS[2], now + tonumber(life), KEYS[i])
  end
end
return answer
