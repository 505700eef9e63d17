-- Is a usable reading late? A property of the record, by its arrival and its own time.
arrival_ms - ts > ${on_time_limit_ms}
