-- Which meters did read, where, since when, and how late?
CREATE VIEW meters AS
SELECT
    meter_id,
    commodity,
    arg_max(geohash, ts) AS geohash,
    left(arg_max(geohash, ts), 5) AS area,
    make_timestamptz(min(ts) * 1000) AS first_at,
    make_timestamptz(max(ts) * 1000) AS last_at,
    count(*) AS messages,
    count(*) FILTER (WHERE late) AS late_messages,
    max(arrival_ms - ts) AS longest_delay_ms
FROM archive.messages
WHERE event_date >= ${from_day} AND event_date < ${to_day}
GROUP BY ALL;

COMMENT ON COLUMN meters.meter_id IS 'id of the meter; with commodity it is one meter';
COMMENT ON COLUMN meters.commodity IS 'electricity, gas, water or supply';
COMMENT ON COLUMN meters.geohash IS 'where it was at its latest reading';
COMMENT ON COLUMN meters.area IS 'first five characters of the geohash, some 5 km by 5 km';
COMMENT ON COLUMN meters.first_at IS 'its first reading';
COMMENT ON COLUMN meters.last_at IS 'its latest reading';
COMMENT ON COLUMN meters.messages IS 'how many came, repeats and revisions included';
COMMENT ON COLUMN meters.late_messages IS 'how many of them after their time';
COMMENT ON COLUMN meters.longest_delay_ms IS 'ms; from reading to arrival at most';
