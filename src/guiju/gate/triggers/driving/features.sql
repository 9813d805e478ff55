-- Trips, decided on when the fare is settled: what the last 30 days say of this driver, rider, phone and city.
-- Times are UTC; EXTRACT(HOUR …) of a time + 8 hours is the hour in China.
SELECT
  -- The pair: how often this driver drove this rider, in how many areas, and how often from this area at this hour.
  COUNT(*) OVER pair AS pair_trips,
  COUNT(DISTINCT zone) OVER pair AS pair_zones,
  COUNT(*) OVER slot AS slot_trips,
  COUNT(*) OVER of_driver AS driver_trips,
  COUNT(*) OVER of_rider AS rider_trips,
  COUNT(*) OVER city AS city_trips,
  COUNT(*) OVER pair * COUNT(*) OVER city / (COUNT(*) OVER of_driver * COUNT(*) OVER of_rider) AS lift,

  -- The way to the rider: how far the driver was on accepting, and how soon the trip began.
  haversine_km(accepted_latitude, accepted_longitude, started_latitude, started_longitude) * 1000 AS approach_m,
  EXTRACT(EPOCH FROM started_at - accepted_at) AS approach_s,

  -- Vouchers, but for those an insurer gives with a policy: what they paid, of which fares, and from whose phones.
  k.funder_kind AS funder_kind,
  COALESCE(k.condition, '') = 'policy' AS with_policy,
  COUNT(*) FILTER (WHERE voucher_amount > 0 AND COALESCE(k.condition, '') <> 'policy') OVER of_driver AS voucher_trips,
  SUM(voucher_amount) FILTER (WHERE COALESCE(k.condition, '') <> 'policy') OVER of_driver AS vouchers_sum,
  SUM(fare_amount) FILTER (WHERE voucher_amount > 0 AND COALESCE(k.condition, '') <> 'policy') OVER of_driver
    AS voucher_fares,
  COUNT(*) FILTER (WHERE voucher_amount > 0 AND fare_amount < k.min_fare_amount + 2) OVER of_driver AS least_fare_trips,
  COALESCE(voucher_amount > 0 AND fare_amount < k.min_fare_amount + 2, FALSE) AS at_least_fare,
  k.min_fare_amount AS least_fare,
  COUNT(DISTINCT rider) OVER phone AS phone_riders,
  CASE WHEN rider_device = driver_device THEN '就是' ELSE '不是' END AS own_phone_zh,
  CASE WHEN rider_device = driver_device THEN 'is' ELSE 'is not' END AS own_phone_en,

  ROUND(TRY_CAST(driver_amount AS DECIMAL(9, 2)) * TRY_CAST(voucher_amount AS DECIMAL(9, 2)) / fare_amount, 2)
    AS voucher_disputed_amount,

  -- The end: how long the car stood there with the meter on, beyond what the rider asked for, and what that cost.
  stayed_s - waited_s AS idle_s,
  fare_amount - quoted_amount AS excess_amount,
  ROUND(TRY_CAST(driver_amount AS DECIMAL(9, 2)) * TRY_CAST(fare_amount - quoted_amount AS DECIMAL(9, 2)) / fare_amount, 2)
    AS late_disputed_amount,
  COUNT(*) FILTER (WHERE stayed_s - waited_s >= 480 AND fare_amount * 100 >= quoted_amount * 120) OVER of_driver
    AS late_trips
FROM trips
LEFT JOIN campaigns AS k ON k.platform = trips.platform AND k.campaign = trips.campaign
  AND decision_at >= k.valid_from AND (k.valid_to IS NULL OR decision_at < k.valid_to)
  AND (k.known_at IS NULL OR decision_at >= k.known_at)
WINDOW
  pair AS (PARTITION BY platform, driver, rider
    ORDER BY decision_at RANGE BETWEEN INTERVAL '30' DAY PRECEDING AND CURRENT ROW),
  slot AS (PARTITION BY platform, driver, rider, zone, EXTRACT(HOUR FROM started_at + INTERVAL '8' HOUR)
    ORDER BY decision_at RANGE BETWEEN INTERVAL '30' DAY PRECEDING AND CURRENT ROW),
  of_driver AS (PARTITION BY platform, driver
    ORDER BY decision_at RANGE BETWEEN INTERVAL '30' DAY PRECEDING AND CURRENT ROW),
  of_rider AS (PARTITION BY platform, rider
    ORDER BY decision_at RANGE BETWEEN INTERVAL '30' DAY PRECEDING AND CURRENT ROW),
  city AS (PARTITION BY platform, region
    ORDER BY decision_at RANGE BETWEEN INTERVAL '30' DAY PRECEDING AND CURRENT ROW),
  phone AS (PARTITION BY platform, COALESCE(rider_device, id)
    ORDER BY decision_at RANGE BETWEEN INTERVAL '30' DAY PRECEDING AND CURRENT ROW)
