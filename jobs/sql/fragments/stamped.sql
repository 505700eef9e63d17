-- Which minute does a reading belong to, and how do its registers follow each other in it?
-- The millisecond of the minute is in the high 16 bits, the register (thousandths, below 2^47) in the
-- low 47. The smallest is the first register with its time, the largest the last: exact through a
-- register reset, and a repeated message changes nothing.
ts - MOD(ts, 60000) AS minute_ms,
    MOD(ts, 60000) * ${stamp_unit} + register AS stamped_register
