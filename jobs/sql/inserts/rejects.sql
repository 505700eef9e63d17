-- Which messages could not be counted, and why?
INSERT INTO rejects (payload, headers)
SELECT
    payload,
    MAP[
        'reason', ENCODE(reject_reason, 'UTF-8'),
        'detail', ENCODE(
            CASE reject_reason
                WHEN 'arrival_went_back' THEN
                    'arrival_ms is ' || CAST(arrival_ms AS STRING) || ', but the partition already held '
                    || CAST(partition_arrival_ms AS STRING) || '; it may go back by ${slack_ms} ms'
                WHEN 'clock_ahead' THEN
                    'ts is ' || CAST(ts AS STRING) || ', ' || CAST(ts - arrival_ms AS STRING)
                    || ' ms ahead of the arrival; it may be ${clock_skew_ms} ms'
                WHEN 'clock_behind' THEN
                    'ts is ' || CAST(ts AS STRING) || ', ' || CAST(arrival_ms - ts AS STRING)
                    || ' ms behind the arrival; it may be ${clock_behind_ms} ms; ts is in milliseconds'
                ELSE detail
            END,
            'UTF-8'
        ),
        'topic', ENCODE('${readings_topic}', 'UTF-8'),
        'partition', ENCODE(CAST(kafka_partition AS STRING), 'UTF-8'),
        'offset', ENCODE(CAST(kafka_offset AS STRING), 'UTF-8'),
        'arrival_ms', ENCODE(CAST(arrival_ms AS STRING), 'UTF-8')
    ]
FROM judged_readings
WHERE verdict = 'rejected'
