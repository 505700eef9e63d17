-- Where do the sink functions' results go? Nowhere: a call whose result reaches no table is dropped.
CREATE TABLE acknowledged (row_written BOOLEAN) WITH ('connector' = 'blackhole')
