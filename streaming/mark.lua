-- Mark up to which offset everything is here, if the mark before it still stands: then nothing was lost since.
-- KEYS: the mark. ARGV: the new mark, its life in seconds, the least mark that may stand.
-- Returns whether nothing was lost. A mark beyond the new one stays.
local mark = redis.call('GET', KEYS[1])
mark = mark and tonumber(mark)
if not mark or mark < tonumber(ARGV[3]) then
  return 0
end
redis.call('SET', KEYS[1], string.format('%d', math.max(mark, tonumber(ARGV[1]))), 'EX', ARGV[2])
return 1
