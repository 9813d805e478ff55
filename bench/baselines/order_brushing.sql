-- Order brushing: cn/no_sham_orders. Every distinct one-hour window, both ends included.
-- First a filter that no flagged window can slip through, then the exact windows over what it lets by.
-- A flagged window has n >= 10 orders and n >= 3 * buyers, so at least 7 more orders than buyers. That surplus never
-- shrinks when orders are added, and a window with the moment before it lies within two neighbouring spans of 60 minutes
-- and 1 microsecond. So both spans are kept where lines - (a lower bound of their buyers) >= 7. The bound: bits set of 62.

-- step: found
CREATE OR REPLACE TEMP TABLE dense_spans AS
WITH spans AS (
    SELECT platform, seller, epoch_us(occurred_at) // 3600000001 AS span, count(*) AS lines,
           bit_or(1::BIGINT << (hash(buyer) % 62)::INT) FILTER (buyer IS NOT NULL) AS buyers
    FROM orders
    WHERE occurred_at >= getvariable('since') AND occurred_at < getvariable('until')
    GROUP BY ALL
),
pairs AS (
    SELECT platform, seller, span,
           lines - bit_count(coalesce(buyers, 0)) >= 7 AS alone,
           lead(span) OVER shop = span + 1
               AND lines + lead(lines) OVER shop
                   - bit_count(coalesce(buyers, 0) | coalesce(lead(buyers) OVER shop, 0)) >= 7 AS with_next
    FROM spans
    WINDOW shop AS (PARTITION BY platform, seller ORDER BY span)
)
SELECT platform, seller, span FROM pairs WHERE alone OR with_next
UNION
SELECT platform, seller, span + 1 FROM pairs WHERE with_next;

CREATE OR REPLACE TEMP TABLE dense_lines AS
SELECT platform, seller, coalesce(order_id, id) AS order_key, id, occurred_at, buyer, currency,
       gross_amount - seller_funded_amount - platform_funded_amount - third_party_funded_amount AS paid
FROM (SELECT *, epoch_us(occurred_at) // 3600000001 AS span FROM orders
      WHERE occurred_at >= getvariable('since') AND occurred_at < getvariable('until'))
SEMI JOIN dense_spans USING (platform, seller, span);

-- Lines of the same orders that were paid at other moments: an order is counted at its first line's.
CREATE OR REPLACE TEMP TABLE dense_orders AS
WITH lines AS (
    FROM dense_lines
    UNION ALL
    SELECT platform, seller, order_key, id, occurred_at, buyer, currency, paid
    FROM (
        SELECT platform, seller, coalesce(order_id, id) AS order_key, id, occurred_at, buyer, currency,
               gross_amount - seller_funded_amount - platform_funded_amount - third_party_funded_amount AS paid
        FROM orders
    ) SEMI JOIN (FROM dense_lines) d USING (platform, seller, order_key)
    ANTI JOIN dense_lines l USING (platform, id)
)
SELECT platform, seller, order_key, epoch_us(min(occurred_at)) AS paid_at,
       arg_min(buyer, (occurred_at, id)) AS buyer, sum(paid) AS paid, count(*) AS lines,
       CASE WHEN min(currency) = max(currency) THEN min(currency) END AS currency
FROM lines
GROUP BY platform, seller, order_key
HAVING min(occurred_at) >= getvariable('since') AND min(occurred_at) < getvariable('until') AND count(buyer) > 0;

CREATE OR REPLACE TEMP TABLE flagged_windows AS
WITH counted AS (
    SELECT platform, seller, paid_at,
           count(*) OVER up_to AS orders_up_to, count(DISTINCT buyer) OVER up_to AS buyers_up_to,
           count(*) OVER after AS orders_after, count(DISTINCT buyer) OVER after AS buyers_after
    FROM dense_orders
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
FROM episodes e JOIN dense_orders o
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
       CASE WHEN count(currency) = count(*) AND min(currency) = max(currency) THEN coalesce(sum(paid), 0)::DECIMAL(18, 2) END
           AS amount_at_stake,
       count(*) AS orders, any_value(s.buyers) AS buyers, any_value(windows) AS windows, any_value(most_orders) AS most_orders_in_window,
       any_value(s.suspicious_buyers) AS suspicious_buyers, any_value(s.most) AS orders_of_each_suspicious_buyer
FROM episode_orders JOIN suspicious s USING (finding)
GROUP BY finding, platform, seller;

-- step: evidence
CREATE OR REPLACE TEMP TABLE evidence_order_brushing AS
SELECT e.finding, o.*
FROM orders o JOIN episode_orders e
    ON o.platform = e.platform AND o.seller = e.seller AND coalesce(o.order_id, o.id) = e.order_key
QUALIFY row_number() OVER (PARTITION BY e.finding ORDER BY o.occurred_at, o.id) <= 10000;

-- step: unanswered
SELECT CASE WHEN NOT (occurred_at >= getvariable('since') AND occurred_at < getvariable('until')) THEN 'outside the window'
            WHEN buyer IS NULL THEN 'buyer not known' ELSE 'asked' END AS reason, count(*) AS rows
FROM orders
GROUP BY reason;
