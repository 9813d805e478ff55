-- Order brushing: cn/no_sham_orders. Every distinct one-hour window, both ends included.
-- First a filter that no flagged window slips through, then the exact windows over what it lets by.
-- A flagged window has n >= 10 orders and n >= 3 * buyers, so at least 7 more orders than buyers. That surplus never
-- shrinks when orders are added, and a window with the microsecond before it lies within two neighbouring spans of
-- 60 minutes and 1 microsecond. So a pair of spans is kept where lines - (a lower bound of its buyers) >= 7.
-- The bound is the number of bits set in two masks of 62.

-- step: found
-- 42 bits of the shop's hash, then the span: neighbours differ by 1. Two shops that share a key only add to it.
CREATE OR REPLACE MACRO span_of(platform, seller, occurred_at) AS
    (hash(platform, seller) >> 22)::BIGINT * 1048576 + epoch_us(occurred_at) // 3600000001;

CREATE OR REPLACE TEMP TABLE spans AS
SELECT span_of(platform, seller, occurred_at) AS span, count(*)::INT AS lines,
       bit_or(CASE WHEN hash(buyer) & 1 = 0 THEN 1::BIGINT << (hash(buyer) // 2 % 62)::INT END) AS even,
       bit_or(CASE WHEN hash(buyer) & 1 = 1 THEN 1::BIGINT << (hash(buyer) // 2 % 62)::INT END) AS odd
FROM orders
WHERE occurred_at >= getvariable('since') AND occurred_at < getvariable('until')
GROUP BY ALL;

-- Of a pair with 10 lines one span has 5: the others need not be sorted.
CREATE OR REPLACE TEMP TABLE dense_spans AS
WITH near AS (
    FROM spans SEMI JOIN (SELECT unnest([span - 1, span, span + 1]) AS span FROM spans WHERE lines >= 5) USING (span)
),
pairs AS (
    SELECT span, lines - bit_count(coalesce(even, 0)) - bit_count(coalesce(odd, 0)) >= 7 AS alone,
           lead(span) OVER by_span = span + 1
               AND lines + lead(lines) OVER by_span
                   - bit_count(coalesce(even, 0) | coalesce(lead(even) OVER by_span, 0))
                   - bit_count(coalesce(odd, 0) | coalesce(lead(odd) OVER by_span, 0)) >= 7 AS with_next
    FROM near
    WINDOW by_span AS (ORDER BY span)
)
SELECT span FROM pairs WHERE alone OR with_next
UNION
SELECT span + 1 FROM pairs WHERE with_next;

CREATE OR REPLACE TEMP TABLE dense_lines AS
SELECT * FROM (
    SELECT platform, seller, coalesce(order_id, id) AS order_key, buyer,
           span_of(platform, seller, occurred_at) AS span
    FROM orders
    WHERE occurred_at >= getvariable('since') AND occurred_at < getvariable('until')
)
SEMI JOIN dense_spans USING (span);

-- Now buyer by buyer. In a flagged window the buyers of 3 orders and more outweigh the others: the sum of (orders - 3)
-- over the first is at least the number of the others, who have at most 2 orders each. So its orders, 10 or more, are
-- at most the sum of (3 * orders - 6) over the first. A line without a buyer may belong to anyone: then by surplus.
CREATE OR REPLACE TEMP TABLE suspect_keys AS
WITH per_buyer AS (
    SELECT pair, buyer, count(*) AS lines
    FROM (SELECT unnest([span - 1, span]) AS pair, buyer FROM dense_lines)
    GROUP BY pair, buyer
),
suspect_pairs AS (
    SELECT pair FROM per_buyer GROUP BY pair
    HAVING sum(3 * lines - 6) FILTER (lines >= 3) >= 10 OR count(*) > count(buyer) AND sum(lines) - count(buyer) >= 7
)
SELECT DISTINCT platform, seller, order_key
FROM dense_lines SEMI JOIN (SELECT unnest([pair, pair + 1]) AS span FROM suspect_pairs) USING (span);

SET VARIABLE suspect_sellers = (SELECT coalesce(list(DISTINCT seller), []) FROM suspect_keys);

-- All lines of the suspect orders, whenever paid: an order is counted at its first line's moment.
CREATE OR REPLACE TEMP TABLE suspect_lines AS
SELECT * FROM (SELECT *, coalesce(order_id, id) AS order_key FROM orders
               WHERE list_contains(getvariable('suspect_sellers'), seller))
SEMI JOIN suspect_keys USING (platform, seller, order_key);

CREATE OR REPLACE TEMP TABLE suspect_orders AS
SELECT platform, seller, order_key, epoch_us(min(occurred_at)) AS paid_at, arg_min(buyer, (occurred_at, id)) AS buyer,
       sum(gross_amount - seller_funded_amount - platform_funded_amount - third_party_funded_amount) AS paid,
       bool_and(seller_funded_amount + platform_funded_amount + third_party_funded_amount IS NOT NULL) AS paid_known,
       CASE WHEN min(currency) = max(currency) THEN min(currency) END AS currency
FROM suspect_lines
GROUP BY platform, seller, order_key
HAVING min(occurred_at) >= getvariable('since') AND min(occurred_at) < getvariable('until') AND count(buyer) > 0;

CREATE OR REPLACE TEMP TABLE flagged_windows AS
WITH counted AS (
    SELECT platform, seller, paid_at,
           count(*) OVER up_to AS orders_up_to, count(DISTINCT buyer) OVER up_to AS buyers_up_to,
           count(*) OVER after AS orders_after, count(DISTINCT buyer) OVER after AS buyers_after
    FROM suspect_orders
    WINDOW up_to AS (PARTITION BY platform, seller ORDER BY paid_at RANGE BETWEEN 3600000000 PRECEDING AND CURRENT ROW),
           after AS (PARTITION BY platform, seller ORDER BY paid_at RANGE BETWEEN 1 FOLLOWING AND 3600000001 FOLLOWING)
)
SELECT DISTINCT platform, seller, starts, orders, buyers
FROM (
    SELECT platform, seller, paid_at - 3600000000 AS starts, orders_up_to AS orders, buyers_up_to AS buyers FROM counted
    UNION ALL
    SELECT platform, seller, paid_at + 1, orders_after, buyers_after FROM counted
)
WHERE orders >= 10 AND orders >= 3 * buyers;

CREATE OR REPLACE TEMP TABLE episodes AS
WITH marked AS (
    SELECT *, coalesce(starts > lag(starts) OVER shop + 3600000000, true) AS begins
    FROM flagged_windows
    WINDOW shop AS (PARTITION BY platform, seller ORDER BY starts)
),
numbered AS (
    SELECT *, sum(begins::INT) OVER (ORDER BY platform, seller, starts) AS finding FROM marked
)
SELECT finding, platform, seller, min(starts) AS opens, max(starts) + 3600000000 AS closes, count(*) AS windows,
       max(orders) AS most_orders
FROM numbered
GROUP BY finding, platform, seller;

CREATE OR REPLACE TEMP TABLE episode_orders AS
SELECT e.finding, e.windows, e.most_orders, o.*
FROM episodes e JOIN suspect_orders o
    ON e.platform = o.platform AND e.seller = o.seller AND o.paid_at >= e.opens AND o.paid_at <= e.closes;

CREATE OR REPLACE TEMP TABLE found_order_brushing AS
WITH per_buyer AS (
    SELECT finding, buyer, count(*) AS orders, max(count(*)) OVER (PARTITION BY finding) AS most
    FROM episode_orders GROUP BY finding, buyer
),
suspicious AS (
    SELECT finding, count(*) AS buyers, max(most) AS most,
           list(buyer ORDER BY buyer) FILTER (orders = most) AS suspicious_buyers
    FROM per_buyer GROUP BY finding
)
SELECT finding, platform, seller AS subject, '' AS object,
       CASE WHEN count(currency) = count(*) AND min(currency) = max(currency) THEN min(currency) END AS currency,
       make_timestamp(min(paid_at)) AS episode_start, make_timestamp(max(paid_at)) AS episode_end,
       CASE WHEN count(currency) = count(*) AND min(currency) = max(currency) AND bool_and(paid_known)
            THEN sum(paid)::DECIMAL(18, 2) END AS amount_at_stake,
       count(*) AS orders, any_value(s.buyers) AS buyers, any_value(windows) AS windows,
       any_value(most_orders) AS most_orders_in_window,
       any_value(s.suspicious_buyers) AS suspicious_buyers, any_value(s.most) AS orders_of_each_suspicious_buyer
FROM episode_orders JOIN suspicious s USING (finding)
GROUP BY finding, platform, seller;

-- step: evidence
CREATE OR REPLACE TEMP TABLE evidence_order_brushing AS
SELECT e.finding, l.* EXCLUDE (order_key)
FROM suspect_lines l JOIN episode_orders e USING (platform, seller, order_key)
QUALIFY row_number() OVER (PARTITION BY e.finding ORDER BY l.occurred_at, l.id) <= 10000;

-- step: unanswered
WITH judged AS (
    SELECT count(*) AS rows, count(buyer) AS with_buyer FROM orders
    WHERE occurred_at >= getvariable('since') AND occurred_at < getvariable('until')
)
SELECT 'outside the window' AS reason, (SELECT count(*) FROM orders) - rows AS rows FROM judged
UNION ALL SELECT 'buyer not known', rows - with_buyer FROM judged
UNION ALL SELECT 'asked', with_buyer FROM judged;
