-- Set the mark of the last batch, if the mark before it still stands: then nothing was lost since.
-- KEYS: the mark. ARGV: the new mark, its life in seconds, the marks that may stand.
-- Returns whether it is set.
local stands = false
local mark = redis.call('GET', KEYS[1])
for i = 3, #ARGV do
  stands = stands or mark == ARGV[i]
end
if stands then
  redis.call('SET', KEYS[1], ARGV[1], 'EX', ARGV[2])
end
return stands and 1 or 0
