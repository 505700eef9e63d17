-- Writes fields of a hash of live state, each unless the hash holds a newer slice for it.
-- KEYS[1]: the hash. ARGV[1]: 'equal' if a value of the same slice is written again, 'older' if it
-- stays as it is. ARGV[2], ...: field, value, field, value. Returns how many fields were written.
local function slice_end_ms(value)
    return tonumber(string.match(value, '^{"slice_end_ms":(%-?%d+)'))
end

local fields = {}
for i = 2, #ARGV, 2 do
    fields[#fields + 1] = ARGV[i]
end
local held = redis.call('HMGET', KEYS[1], unpack(fields))
local due = {}
for i, value in ipairs(held) do
    local new = ARGV[2 * i + 1]
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
return #due / 2
