-- Trim one language's counts of two UTC hours, then return whoever may be among the first of the last hour.
-- KEYS: the counts of this hour, those of the hour before; the authors beside each; then spellings, the first that has a key shows it.
-- ARGV: the share of the hour before that is left, how many places, how many hashtags to keep an hour.
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
  -- What a member that is not in the head can have at most.
  return #head == 2 * depth and tonumber(head[#head]) or 0
end

local function score(place)
  return place[2] + share * place[3]
end

local function shown(member)
  for i = 5, #KEYS do
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
  -- More than a post apart, so that rounding cannot bring another one in.
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
