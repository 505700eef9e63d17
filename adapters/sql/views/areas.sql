-- How much did the meters of each area use in each half-hour, late readings and corrections included?
CREATE VIEW areas AS
SELECT
    area,
    commodity,
    begins_at,
    day,
    count(*) AS meters,
    count(energy_wh) AS counted_meters,
    sum(energy_wh) AS energy_wh,
    CAST(2 * sum(energy_wh) AS DECIMAL(38, 3)) AS demand_mean_w,
    CAST(sum(falls) AS BIGINT) AS falls
FROM half_hours
GROUP BY ALL;

COMMENT ON COLUMN areas.area IS 'first five characters of the geohash, some 5 km by 5 km';
COMMENT ON COLUMN areas.commodity IS 'electricity, gas, water or supply';
COMMENT ON COLUMN areas.begins_at IS 'begin of the half-hour';
COMMENT ON COLUMN areas.day IS 'UTC day of begins_at; all days are read: give --from and --to';
COMMENT ON COLUMN areas.meters IS 'how many read in it';
COMMENT ON COLUMN areas.counted_meters IS 'of how many energy_wh is known';
COMMENT ON COLUMN areas.energy_wh IS 'Wh or litres; what they used, by their intervals or registers';
COMMENT ON COLUMN areas.demand_mean_w IS 'W, or litres per hour: energy_wh in an hour';
COMMENT ON COLUMN areas.falls IS 'how often a register fell';
