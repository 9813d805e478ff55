SELECT
  COUNT(*) OVER buyer_10m AS buyer_orders_10m,
  COUNT(DISTINCT seller) OVER buyer_1h AS buyer_shops_1h,
  SUM(gross_amount) OVER buyer_1d AS buyer_amount_1d,
  COUNT(*) OVER seller_10m AS seller_orders_10m,
  COUNT(DISTINCT COALESCE(buyer, id)) OVER seller_1h AS seller_buyers_1h,
  SUM(coupon_amount) OVER seller_1d AS seller_coupons_1d,
  AVG(quantity) OVER product_1h AS product_average_1h,
  MIN(gross_amount) OVER product_1d AS product_least_1d,
  MAX(gross_amount) OVER product_1d AS product_most_1d,
  COUNT(*) OVER pair_1h AS pair_orders_1h,
  LAG(occurred_at) OVER pair_1d AS pair_last_1d,
  SUM(gross_amount) OVER pair_1d AS pair_amount_1d
FROM orders
WINDOW
  buyer_10m AS (PARTITION BY platform, COALESCE(buyer, id) ORDER BY decision_at RANGE BETWEEN INTERVAL '10' MINUTE PRECEDING AND CURRENT ROW),
  buyer_1h AS (PARTITION BY platform, COALESCE(buyer, id) ORDER BY decision_at RANGE BETWEEN INTERVAL '1' HOUR PRECEDING AND CURRENT ROW),
  buyer_1d AS (PARTITION BY platform, COALESCE(buyer, id) ORDER BY decision_at RANGE BETWEEN INTERVAL '1' DAY PRECEDING AND CURRENT ROW),
  seller_10m AS (PARTITION BY platform, seller ORDER BY decision_at RANGE BETWEEN INTERVAL '10' MINUTE PRECEDING AND CURRENT ROW),
  seller_1h AS (PARTITION BY platform, seller ORDER BY decision_at RANGE BETWEEN INTERVAL '1' HOUR PRECEDING AND CURRENT ROW),
  seller_1d AS (PARTITION BY platform, seller ORDER BY decision_at RANGE BETWEEN INTERVAL '1' DAY PRECEDING AND CURRENT ROW),
  product_1h AS (PARTITION BY platform, product ORDER BY decision_at RANGE BETWEEN INTERVAL '1' HOUR PRECEDING AND CURRENT ROW),
  product_1d AS (PARTITION BY platform, product ORDER BY decision_at RANGE BETWEEN INTERVAL '1' DAY PRECEDING AND CURRENT ROW),
  pair_1h AS (PARTITION BY platform, seller, COALESCE(buyer, id) ORDER BY decision_at RANGE BETWEEN INTERVAL '1' HOUR PRECEDING AND CURRENT ROW),
  pair_1d AS (PARTITION BY platform, seller, COALESCE(buyer, id) ORDER BY decision_at RANGE BETWEEN INTERVAL '1' DAY PRECEDING AND CURRENT ROW)
