-- Where do decoded records go when nothing is done with them? Nowhere.
CREATE TABLE discarded_records WITH ('connector' = 'blackhole') LIKE readings (EXCLUDING ALL)
