SELECT
  COUNT(*) OVER hour AS orders_of_buyer,
  SUM(gross_amount) OVER day AS sum_of_buyer,
  COUNT(DISTINCT seller) OVER day AS sellers_of_buyer
FROM orders
WINDOW
  hour AS (PARTITION BY COALESCE(buyer, '') ORDER BY decision_at RANGE BETWEEN INTERVAL '1' HOUR PRECEDING AND CURRENT ROW),
  day AS (PARTITION BY COALESCE(buyer, '') ORDER BY decision_at RANGE BETWEEN INTERVAL '24' HOUR PRECEDING AND CURRENT ROW)
