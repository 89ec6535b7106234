-- Trim one language's counts of a day, then return its first places.
-- KEYS: the counts, the spellings to trim with them (absent: leave spellings alone).
-- ARGV: how many places, how many hashtags to keep.
-- Returns {members and scores above the last place's score, members that share it in lexical order, that score}.
local counts, spellings = KEYS[1], KEYS[2]
local places, keep = tonumber(ARGV[1]), tonumber(ARGV[2])

local excess = redis.call('ZCARD', counts) - keep
if excess > 0 then
  if spellings then
    local smallest = redis.call('ZRANGE', counts, 0, excess - 1)
    for first = 1, #smallest, 1000 do
      redis.call('HDEL', spellings, unpack(smallest, first, math.min(first + 999, #smallest)))
    end
  end
  redis.call('ZREMRANGEBYRANK', counts, 0, excess - 1)
end

local last = redis.call('ZREVRANGE', counts, places - 1, places - 1, 'WITHSCORES')[2]
if not last then
  return {redis.call('ZREVRANGE', counts, 0, -1, 'WITHSCORES'), {}, '0'}
end
local above = redis.call('ZREVRANGEBYSCORE', counts, '+inf', '(' .. last, 'WITHSCORES')
local ties = redis.call('ZRANGEBYSCORE', counts, last, last, 'LIMIT', 0, places - #above / 2)
return {above, ties, last}
