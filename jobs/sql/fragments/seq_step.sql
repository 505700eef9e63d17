-- How many readings lie between two neighbours, the later one included? As many as their numbers
-- say, through a wrap of 16 or 32 bits if few are missing; else the meter began again.
CASE
            WHEN seq > seq_before THEN seq - seq_before
            WHEN seq_before < 65536 AND 65536 - seq_before + seq <= 64 THEN 65536 - seq_before + seq
            WHEN seq_before < 4294967296 AND 4294967296 - seq_before + seq <= 64
                THEN 4294967296 - seq_before + seq
            ELSE 1
        END
