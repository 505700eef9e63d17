-- Which columns has a row of an area's history on its way?
area STRING,
    commodity STRING,
    `minute` BIGINT,
    meters BIGINT,
    readings BIGINT,
    demand DOUBLE
