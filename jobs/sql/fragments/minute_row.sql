-- Which columns has a row of a meter's history on its way?
meter_id STRING,
    `minute` BIGINT,
    corrected_at BIGINT,
    geohash STRING,
    commodity STRING,
    ${figure_columns}
