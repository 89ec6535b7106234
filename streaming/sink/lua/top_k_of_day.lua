-- Trim one language's counts of a day, then return its top k.
-- KEYS: the counts, the authors beside them, the day's spellings, the record of keys.
-- ARGV: k, how many hashtags to keep, 1 to trim the spellings too.
-- Returns JSON: a list of [key, posts, authors or null, field of the spellings or null] in no order.
local counts, authors, spellings, record = KEYS[1], KEYS[2], KEYS[3], KEYS[4]
local places, keep, trims_spellings = tonumber(ARGV[1]), tonumber(ARGV[2]), ARGV[3] == '1'

local excess = redis.call('ZCARD', counts) - keep
if excess > 0 then
  local smallest = redis.call('ZRANGE', counts, 0, excess - 1)
  for first = 1, #smallest, 1000 do
    local last = math.min(first + 999, #smallest)
    redis.call('ZREM', authors, unpack(smallest, first, last))
    if trims_spellings then
      redis.call('HDEL', spellings, unpack(smallest, first, last))
    end
  end
  redis.call('ZREMRANGEBYRANK', counts, 0, excess - 1)
  -- Trimming may empty a key. Take it off the record, because it is not lost.
  for _, trimmed in ipairs({authors, spellings}) do
    if redis.call('EXISTS', trimmed) == 0 then
      redis.call('ZREM', record, trimmed)
    end
  end
end

local found = {}
local function add(key, posts)
  local known = redis.call('ZSCORE', authors, key)
  local field = redis.call('HGET', spellings, key)
  found[#found + 1] = {key, tonumber(posts), known and tonumber(known) or cjson.null, field or cjson.null}
end

local last = redis.call('ZREVRANGE', counts, places - 1, places - 1, 'WITHSCORES')[2]
local above = redis.call('ZREVRANGEBYSCORE', counts, '+inf', last and '(' .. last or '-inf', 'WITHSCORES')
for i = 1, #above, 2 do
  add(above[i], above[i + 1])
end
if last then
  -- Of the hashtags tied for the last place, take the first in lexical order.
  for _, key in ipairs(redis.call('ZRANGEBYSCORE', counts, last, last, 'LIMIT', 0, places - #found)) do
    add(key, last)
  end
end
return #found > 0 and cjson.encode(found) or '[]'
