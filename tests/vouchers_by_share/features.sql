-- What a naive risk control looks at: how much of a driver's fares vouchers paid, whoever paid for the vouchers.
SELECT
  COUNT(*) FILTER (WHERE voucher_amount > 0) OVER of_driver AS voucher_trips,
  SUM(voucher_amount) OVER of_driver AS vouchers_sum,
  SUM(fare_amount) FILTER (WHERE voucher_amount > 0) OVER of_driver AS voucher_fares
FROM trips
WINDOW of_driver AS (PARTITION BY platform, driver
  ORDER BY decision_at RANGE BETWEEN INTERVAL '30' DAY PRECEDING AND CURRENT ROW)
