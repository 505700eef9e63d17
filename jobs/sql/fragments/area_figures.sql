-- What do its meters add up to? Each that reported counts with its mean demand of the window.
COUNT(*) AS meters,
    SUM(readings) AS readings,
    SUM(demand_sum / readings) AS demand
