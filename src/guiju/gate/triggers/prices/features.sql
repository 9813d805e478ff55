-- Listings, decided on when a price is announced: against the cost that holds then, and against earlier listings.
-- Sales are not in this stream: what is struck through is compared with what was asked of anyone before.
SELECT
  c.purchase_cost AS purchase_cost,
  (c.purchase_cost - price) * 100 / c.purchase_cost AS shortfall_pct,
  MIN(price) FILTER (WHERE reference_price IS NULL) OVER offer AS lowest_price
FROM listings
LEFT JOIN costs AS c ON c.platform = listings.platform AND c.seller = listings.seller AND c.product = listings.product
  AND decision_at >= c.valid_from AND (c.valid_to IS NULL OR decision_at < c.valid_to)
  AND (c.known_at IS NULL OR decision_at >= c.known_at)
WINDOW offer AS (PARTITION BY platform, seller, product
  ORDER BY decision_at RANGE BETWEEN INTERVAL '7' DAY PRECEDING AND CURRENT ROW)
