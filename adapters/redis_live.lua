-- Writes and removes fields of a hash of live state, each unless the hash knows something newer of it.
-- KEYS[1]: the hash. KEYS[2]: the newest end of a slice in it, or a later one. KEYS[3]: the ends of
-- the slices in which fields were removed, kept for ARGV[1] seconds after the last of them.
-- ARGV[2]: the greatest end of the slices given. ARGV[3], ...: field, value, field, value; a value
-- begins with the end of its slice, and may go on with its readings; a removal is that end alone.
-- Returns how many fields were due.
local REMOVAL = math.huge

local function said(value)
    local end_ms, readings = string.match(value, '^{"slice_end_ms":(%-?%d+),"readings":(%d+)')
    if end_ms then
        return tonumber(end_ms), tonumber(readings)
    end
    end_ms = string.match(value, '^{"slice_end_ms":(%-?%d+)')
    if end_ms then
        return tonumber(end_ms), 0
    end
    return tonumber(value), REMOVAL
end

local fields = {}
for i = 3, #ARGV, 2 do
    fields[#fields + 1] = ARGV[i]
end
local held = redis.call('HMGET', KEYS[1], unpack(fields))
local removed = redis.call('HMGET', KEYS[3], unpack(fields))
local values, removals, ends = {}, {}, {}
for i, field in ipairs(fields) do
    local new = ARGV[2 * i + 2]
    local end_ms, readings = said(new)
    local is_due = true
    if held[i] then
        local held_ms, held_readings = said(held[i])
        is_due = held_ms < end_ms or (held_ms == end_ms and held_readings <= readings)
    elseif removed[i] then
        is_due = tonumber(removed[i]) <= end_ms
    end
    if is_due and readings == REMOVAL then
        removals[#removals + 1] = field
        ends[#ends + 1] = field
        ends[#ends + 1] = new
    elseif is_due then
        values[#values + 1] = field
        values[#values + 1] = new
    end
end
if #values > 0 then
    redis.call('HSET', KEYS[1], unpack(values))
end
if #removals > 0 then
    redis.call('HDEL', KEYS[1], unpack(removals))
    redis.call('HSET', KEYS[3], unpack(ends))
    redis.call('EXPIRE', KEYS[3], ARGV[1])
end
local greatest = tonumber(ARGV[2])
local newest = tonumber(redis.call('GET', KEYS[2]) or '')
if not newest then
    newest = greatest
    for _, key in ipairs({KEYS[1], KEYS[3]}) do
        for _, value in ipairs(redis.call('HVALS', key)) do
            newest = math.max(newest, (said(value)))
        end
    end
end
redis.call('SET', KEYS[2], string.format('%.0f', math.max(newest, greatest)))
return #values / 2 + #removals
