-- Which columns has a row of a meter's period on its way?
meter_id STRING,
    `period` BIGINT,
    corrected_at BIGINT,
    geohash STRING,
    commodity STRING,
    ${figure_columns}
