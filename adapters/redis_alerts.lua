-- Writes versions of alerts, each unless a higher one is known: whatever the order in which versions
-- are written, and however often, what is known in the end is the same.
-- KEYS[1]: alerts as JSON by id. KEYS[2]: ids of closed ones by when they were closed, those that
-- have left KEYS[1] among them, so that no lower version brings them back. KEYS[3]: the greatest
-- `at_ms` of all versions. KEYS[4]: a stream of the ids of what was written or has left. KEYS[5],
-- ...: a sorted set for each kind, named KEYS[1]:newest:<kind>, of subjects by when their newest
-- alert was opened.
-- ARGV[1]: for how many ms a closed alert stays. ARGV[2]: how many that have left are remembered,
-- those that were closed last. ARGV[3]: how many subjects a kind has. ARGV[4]: how many entries the
-- stream has. ARGV[5], ...: alerts as JSON.
local alerts, closed, time, changes = KEYS[1], KEYS[2], KEYS[3], KEYS[4]
local kept, most_left, most_newest = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
local most_changes = ARGV[4]

local function whole(number)
    return string.format('%.0f', number)
end

local function changed(id)
    redis.call('XADD', changes, 'MAXLEN', '~', most_changes, '*', 'id', id)
end

local given = {}
local before = tonumber(redis.call('GET', time) or '0')
local now = before
for i = 5, #ARGV do
    local alert = cjson.decode(ARGV[i])
    alert.json = ARGV[i]
    given[#given + 1] = alert
    now = math.max(now, alert.at_ms)
end
redis.call('SET', time, whole(now))

-- Closed at this time or before, an alert has left.
local limit = now - kept
local left = redis.call('ZRANGEBYSCORE', closed, '(' .. whole(before - kept), whole(limit))
for _, id in ipairs(left) do
    if redis.call('HDEL', alerts, id) == 1 then
        changed(id)
    end
end

for _, alert in ipairs(given) do
    redis.call('ZADD', alerts .. ':newest:' .. alert.kind, 'GT', whole(alert.opened_at_ms), alert.subject)
    local closed_at = tonumber(redis.call('ZSCORE', closed, alert.id) or '')
    local has_left = closed_at and closed_at <= limit
    local held = not has_left and redis.call('HGET', alerts, alert.id)
    if not has_left and not (held and cjson.decode(held).version >= alert.version) then
        local leaves = false
        if alert.state == 'closed' then
            redis.call('ZADD', closed, whole(alert.at_ms), alert.id)
            leaves = alert.at_ms <= limit
        end
        if leaves then
            redis.call('HDEL', alerts, alert.id)
        else
            redis.call('HSET', alerts, alert.id, alert.json)
        end
        changed(alert.id)
    end
end

local surplus = redis.call('ZCOUNT', closed, '-inf', whole(limit)) - most_left
if surplus > 0 then
    redis.call('ZREMRANGEBYRANK', closed, 0, surplus - 1)
end
for i = 5, #KEYS do
    redis.call('ZREMRANGEBYRANK', KEYS[i], 0, -most_newest - 1)
end
