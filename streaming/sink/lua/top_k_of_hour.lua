-- Trim one language's counts of two UTC hours, then return all candidates for the top k of the last hour.
-- KEYS: the counts of this hour and of the hour before, the authors of both, the record of keys, then the spellings;
-- the first of these with a spelling wins.
-- ARGV: the share of the hour before that still counts, k, how many hashtags to keep per hour.
-- Returns JSON: a list of [key, posts in this hour, posts in the hour before, field of the spellings or null].
local this_hour, hour_before = KEYS[1], KEYS[2]
local share, places, keep = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])

for i = 1, 2 do
  local excess = redis.call('ZCARD', KEYS[i]) - keep
  if excess > 0 then
    local smallest = redis.call('ZRANGE', KEYS[i], 0, excess - 1)
    for first = 1, #smallest, 1000 do
      redis.call('ZREM', KEYS[i + 2], unpack(smallest, first, math.min(first + 999, #smallest)))
    end
    redis.call('ZREMRANGEBYRANK', KEYS[i], 0, excess - 1)
    -- Trimming may empty a key. Take it off the record, because it is not lost.
    if redis.call('EXISTS', KEYS[i + 2]) == 0 then
      redis.call('ZREM', KEYS[5], KEYS[i + 2])
    end
  end
end

local function add_head(found, seen, key, depth)
  local head = redis.call('ZREVRANGE', key, 0, depth - 1, 'WITHSCORES')
  for i = 1, #head, 2 do
    local member = head[i]
    if not seen[member] then
      seen[member] = true
      local this = tonumber(redis.call('ZSCORE', this_hour, member) or 0)
      local before = tonumber(redis.call('ZSCORE', hour_before, member) or 0)
      found[#found + 1] = {member, this, before}
    end
  end
  -- The most that a member outside the head can have.
  return #head == 2 * depth and tonumber(head[#head]) or 0
end

local function score(place)
  return place[2] + share * place[3]
end

local function shown(member)
  for i = 6, #KEYS do
    local field = redis.call('HGET', KEYS[i], member)
    if field then
      return field
    end
  end
  return cjson.null
end

local depth = 2 * places
while true do
  local found, seen = {}, {}
  local unseen = add_head(found, seen, this_hour, depth) + share * add_head(found, seen, hour_before, depth)
  table.sort(found, function(a, b) return score(a) > score(b) end)
  -- A margin of one post, so that rounding cannot bring in another member.
  local least = found[places] and score(found[places]) - 1 or 0
  if unseen == 0 or (found[places] and unseen < least) then
    local answer = {}
    for _, place in ipairs(found) do
      if score(place) < least then
        break
      end
      place[4] = shown(place[1])
      answer[#answer + 1] = place
    end
    return #answer > 0 and cjson.encode(answer) or '[]'
  end
  depth = 4 * depth
end
