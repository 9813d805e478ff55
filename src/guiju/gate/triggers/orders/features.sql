-- Order lines, decided on when they are paid: what the last hour says of the shop, and the last days of the device.
-- An order whose device or buyer is not known stands for itself.
SELECT
  COUNT(DISTINCT COALESCE(order_id, id)) OVER shop_hour AS hour_orders,
  COUNT(DISTINCT COALESCE(buyer, id)) OVER shop_hour AS hour_buyers,

  COUNT(DISTINCT COALESCE(order_id, id)) OVER device_shop AS device_shop_orders,
  COUNT(DISTINCT COALESCE(buyer, id)) OVER device_shop AS device_shop_buyers,
  COUNT(DISTINCT COALESCE(order_id, id)) OVER of_device AS device_orders,

  COUNT(DISTINCT CASE WHEN newcomer_amount > 0 THEN COALESCE(buyer, id) END) OVER of_device AS device_newcomers,
  COUNT(DISTINCT COALESCE(buyer, id)) OVER of_device AS device_buyers,
  COALESCE(gross_amount - seller_funded_amount - platform_funded_amount - third_party_funded_amount, gross_amount)
    AS paid_amount
FROM orders
WINDOW
  shop_hour AS (PARTITION BY platform, seller
    ORDER BY decision_at RANGE BETWEEN INTERVAL '60' MINUTE PRECEDING AND CURRENT ROW),
  device_shop AS (PARTITION BY platform, seller, COALESCE(device, id)
    ORDER BY decision_at RANGE BETWEEN INTERVAL '30' DAY PRECEDING AND CURRENT ROW),
  of_device AS (PARTITION BY platform, COALESCE(device, id)
    ORDER BY decision_at RANGE BETWEEN INTERVAL '30' DAY PRECEDING AND CURRENT ROW)
