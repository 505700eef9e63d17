-- Which columns has a row of an area's history on its way?
area STRING,
    commodity STRING,
    `minute` BIGINT,
    readings BIGINT,
    meters BIGINT,
    silent BIGINT,
    demand DOUBLE
