-- Writes fields of a hash of live state, each unless the hash holds a newer slice for it.
-- KEYS[1]: the hash. KEYS[2]: the newest end of a slice in it, or a later one.
-- ARGV[1]: 'equal' if a value of the same slice is written again, 'older' if it stays as it is.
-- ARGV[2]: the greatest end of the slices given. ARGV[3], ...: field, value, field, value. Returns
-- how many fields were written.
local function slice_end_ms(value)
    return tonumber(string.match(value, '^{"slice_end_ms":(%-?%d+)'))
end

local fields = {}
for i = 3, #ARGV, 2 do
    fields[#fields + 1] = ARGV[i]
end
local held = redis.call('HMGET', KEYS[1], unpack(fields))
local due = {}
for i, value in ipairs(held) do
    local new = ARGV[2 * i + 2]
    local is_due = not value
    if value then
        local before, now = slice_end_ms(value), slice_end_ms(new)
        is_due = before < now or (before == now and ARGV[1] == 'equal')
    end
    if is_due then
        due[#due + 1] = fields[i]
        due[#due + 1] = new
    end
end
if #due > 0 then
    redis.call('HSET', KEYS[1], unpack(due))
end
local greatest = tonumber(ARGV[2])
local newest = tonumber(redis.call('GET', KEYS[2]) or '')
if not newest then
    newest = greatest
    for _, value in ipairs(redis.call('HVALS', KEYS[1])) do
        newest = math.max(newest, slice_end_ms(value))
    end
end
redis.call('SET', KEYS[2], string.format('%.0f', math.max(newest, greatest)))
return #due / 2
