-- Find the keys on record that are missing although they have not expired. Forget those that have.
-- KEYS: the mark, the record of keys.
-- Returns the mark (false if there is no mark or no record), then the missing keys.
local mark = redis.call('GET', KEYS[1])
if not mark or not redis.call('ZSCORE', KEYS[2], KEYS[1]) then
  return {false}
end
local now = tonumber(redis.call('TIME')[1])
redis.call('ZREMRANGEBYSCORE', KEYS[2], '-inf', now)
local answer = {mark}
for _, key in ipairs(redis.call('ZRANGEBYSCORE', KEYS[2], now + 60, '(+inf')) do
  if redis.call('EXISTS', key) == 0 then
    answer[#answer + 1] = key
  end
end
return answer
