-- Below-cost sales by week: cn/no_below_cost_sales (of the purchase cost) and, as `_dominant`,
-- cn/no_predatory_pricing_by_dominant (of the average variable cost, by one with half of the category's turnover and of
-- its units in the eight weeks before).
-- Week w begins at w * 604800000000 - 288000000000 microseconds UTC: Monday 00:00 in Shanghai.
-- The window is getvariable('since') <= occurred_at < getvariable('until').
-- An order line of 1,000,000,000 or more overflows DECIMAL(18, 9) and stops the run rather than giving a wrong sum.

-- step: found
CREATE OR REPLACE TEMP TABLE costs_held AS
SELECT (row_number() OVER ())::INT AS held, platform, seller, product, currency, valid_from,
       purchase_cost, variable_cost,
       least(coalesce(valid_to, TIMESTAMP 'infinity'),
             coalesce(lead(valid_from) OVER series, TIMESTAMP 'infinity')) AS held_until
FROM (
    FROM costs
    QUALIFY row_number() OVER (PARTITION BY platform, seller, product, currency, valid_from
                               ORDER BY known_at DESC NULLS LAST, id DESC) = 1
)
WINDOW series AS (PARTITION BY platform, seller, product, currency ORDER BY valid_from);

-- The one pass over all sales, from 5 weeks before the window (overstock) or 53 before its end (season): both costs.
-- Grouped by the row of the costs that held, an integer, in place of four strings (kept only where no cost held);
-- the costs are then constants of the group, so cost * quantity need not be summed. What differs from line to line
-- is a column of the key, not a FILTER on each sum: below is 3 not known, or who brings the line below the purchase
-- cost (0 nobody, 1 the seller, 2 the platform), and 4 times the same of the variable cost.
CREATE OR REPLACE TEMP TABLE sold_groups AS
WITH priced AS (
    SELECT c.held,
           CASE WHEN c.held IS NULL THEN o.platform END AS platform,
           CASE WHEN c.held IS NULL THEN o.seller END AS seller,
           CASE WHEN c.held IS NULL THEN o.product END AS product,
           CASE WHEN c.held IS NULL THEN o.currency END AS currency,
           (epoch_us(o.occurred_at) + 288000000000) // 604800000000 AS week,
           o.occurred_at >= getvariable('since') AS judged,
           (o.gross_amount - o.seller_funded_amount)::DECIMAL(18, 9) AS net,
           (o.gross_amount - o.seller_funded_amount - o.platform_funded_amount)::DECIMAL(18, 9) AS after,
           c.purchase_cost * o.quantity AS purchase_value, c.variable_cost * o.quantity AS variable_value,
           o.quantity, o.gross_amount, o.seller_funded_amount, o.platform_funded_amount
    FROM orders o
    LEFT JOIN costs_held c
        ON o.platform = c.platform AND o.seller = c.seller AND o.product = c.product AND o.currency = c.currency
        AND o.occurred_at >= c.valid_from AND o.occurred_at < c.held_until
    WHERE o.occurred_at < getvariable('until')
      AND o.occurred_at >= least(getvariable('since') - INTERVAL 35 DAY, getvariable('until') - INTERVAL 371 DAY)
)
SELECT held, platform, seller, product, currency, week, judged,
       CASE WHEN after IS NULL THEN 3
            ELSE CASE WHEN net < purchase_value THEN 1 WHEN after < purchase_value THEN 2 ELSE 0 END
               + CASE WHEN net < variable_value THEN 4 WHEN after < variable_value THEN 8 ELSE 0 END
            END::TINYINT AS below,
       count(*) AS lines, sum(quantity) AS quantity, sum(gross_amount) AS gross,
       sum(seller_funded_amount) AS seller_cut, sum(platform_funded_amount) AS platform_cut
FROM priced
GROUP BY ALL;

-- `sold` counts every sale, the rest only the window's; `units` and below only what the rule can be asked of.
CREATE OR REPLACE TEMP TABLE sold_weeks AS
WITH named AS (
    SELECT coalesce(g.platform, c.platform) AS platform, coalesce(g.seller, c.seller) AS seller,
           coalesce(g.product, c.product) AS product, coalesce(g.currency, c.currency) AS currency,
           g.week, g.judged, g.below, g.lines, g.quantity, g.gross, g.gross - g.seller_cut AS net, g.platform_cut,
           CASE g.below WHEN 3 THEN 3 ELSE g.below % 4 END AS purchase,
           CASE g.below WHEN 3 THEN 3 ELSE g.below // 4 END AS variable,
           c.purchase_cost, c.purchase_cost::DECIMAL(38, 6) * g.quantity::DECIMAL(38, 3) AS purchase_value,
           c.variable_cost, c.variable_cost::DECIMAL(38, 6) * g.quantity::DECIMAL(38, 3) AS variable_value
    FROM sold_groups g LEFT JOIN costs_held c USING (held)
)
SELECT platform, seller, product, currency, week,
       sum(quantity) AS sold,
       sum(gross) AS gross,
       coalesce(sum(lines) FILTER (judged), 0) AS judged_rows,
       coalesce(sum(lines) FILTER (judged AND purchase_cost IS NULL), 0) AS purchase_no_cost_rows,
       coalesce(sum(lines) FILTER (judged AND purchase_cost IS NOT NULL AND below = 3), 0) AS purchase_no_funding_rows,
       sum(quantity) FILTER (judged AND purchase_cost IS NOT NULL AND below <> 3) AS purchase_units,
       sum(purchase_value) FILTER (judged AND below <> 3) AS purchase_value,
       sum(quantity) FILTER (judged AND purchase = 1) AS purchase_seller_units,
       sum(purchase_value - net) FILTER (judged AND purchase = 1) AS purchase_seller_shortfall,
       sum(quantity) FILTER (judged AND purchase = 2) AS purchase_platform_units,
       sum(purchase_value - net + platform_cut) FILTER (judged AND purchase = 2) AS purchase_platform_shortfall,
       coalesce(sum(lines) FILTER (judged AND variable_cost IS NULL), 0) AS variable_no_cost_rows,
       coalesce(sum(lines) FILTER (judged AND variable_cost IS NOT NULL AND below = 3), 0) AS variable_no_funding_rows,
       sum(quantity) FILTER (judged AND variable_cost IS NOT NULL AND below <> 3) AS variable_units,
       sum(variable_value) FILTER (judged AND below <> 3) AS variable_value,
       sum(quantity) FILTER (judged AND variable = 1) AS variable_seller_units,
       sum(variable_value - net) FILTER (judged AND variable = 1) AS variable_seller_shortfall,
       sum(quantity) FILTER (judged AND variable = 2) AS variable_platform_units,
       sum(variable_value - net + platform_cut) FILTER (judged AND variable = 2) AS variable_platform_shortfall
FROM named
GROUP BY ALL;

-- Weeks that would be flagged if nothing were exempt: exemptions are worked out for these only.
-- Quantities are integers of 1/1000 unit, money of 1e-9, so that every comparison is exact.
CREATE OR REPLACE TEMP TABLE low_weeks AS
FROM (
    SELECT 'purchase' AS basis, 'seller' AS payer, platform, seller, product, currency, week,
           (purchase_units * 1000)::HUGEINT AS units, (purchase_seller_units * 1000)::HUGEINT AS below_units,
           (purchase_seller_shortfall * 1000000000)::HUGEINT AS shortfall,
           (purchase_value * 1000000000)::HUGEINT AS cost_value
    FROM sold_weeks WHERE purchase_seller_units > 0
    UNION ALL
    SELECT 'purchase', 'platform', platform, seller, product, currency, week,
           (purchase_units * 1000)::HUGEINT, (purchase_platform_units * 1000)::HUGEINT,
           (purchase_platform_shortfall * 1000000000)::HUGEINT, (purchase_value * 1000000000)::HUGEINT
    FROM sold_weeks WHERE purchase_platform_units > 0
    UNION ALL
    SELECT 'variable', 'seller', platform, seller, product, currency, week,
           (variable_units * 1000)::HUGEINT, (variable_seller_units * 1000)::HUGEINT,
           (variable_seller_shortfall * 1000000000)::HUGEINT, (variable_value * 1000000000)::HUGEINT
    FROM sold_weeks WHERE variable_seller_units > 0
    UNION ALL
    SELECT 'variable', 'platform', platform, seller, product, currency, week,
           (variable_units * 1000)::HUGEINT, (variable_platform_units * 1000)::HUGEINT,
           (variable_platform_shortfall * 1000000000)::HUGEINT, (variable_value * 1000000000)::HUGEINT
    FROM sold_weeks WHERE variable_platform_units > 0
)
WHERE units >= 30 * 1000 AND below_units * 100 >= 20 * units AND shortfall * 100 >= 3 * cost_value;

-- Exempt quantities are in 1/28000 unit: the overstock threshold is a 28-day average.
CREATE OR REPLACE TEMP TABLE flagged_weeks AS
WITH asked AS (
    SELECT DISTINCT platform, seller, product, week,
           make_timestamp(week * 604800000000 - 288000000000) AS week_start
    FROM low_weeks
),
before AS (
    SELECT a.platform, a.seller, a.product, a.week, (sum(s.sold) * 1000)::HUGEINT AS sold
    FROM asked a JOIN sold_weeks s
        ON a.platform = s.platform AND a.seller = s.seller AND a.product = s.product
        AND s.week >= a.week - 4 AND s.week <= a.week - 1
    GROUP BY ALL
),
snapshots AS (
    SELECT platform, seller, product, occurred_at, (sum(quantity) * 1000)::HUGEINT AS on_hand
    FROM stocks SEMI JOIN asked USING (platform, seller, product)
    GROUP BY ALL
),
opening AS (
    SELECT a.platform, a.seller, a.product, a.week, s.on_hand
    FROM asked a ASOF JOIN snapshots s
        ON a.platform = s.platform AND a.seller = s.seller AND a.product = s.product AND a.week_start >= s.occurred_at
    WHERE s.occurred_at > a.week_start - INTERVAL 7 DAY
),
fresh AS (
    SELECT platform, seller, product, week, sum(quantity) AS exempt
    FROM (
        SELECT a.platform, a.seller, a.product, a.week, s.expires_at, (max(s.quantity) * 1000)::HUGEINT AS quantity
        FROM asked a
        JOIN products p ON a.platform = p.platform AND a.product = p.id AND p.shelf_life_days <= 30
        JOIN stocks s
            ON a.platform = s.platform AND a.seller = s.seller AND a.product = s.product
            AND s.occurred_at >= a.week_start AND s.occurred_at < a.week_start + INTERVAL 7 DAY
            AND s.expires_at >= s.occurred_at
            AND 100 * (epoch_us(s.expires_at) - epoch_us(s.occurred_at)) <= 33 * p.shelf_life_days * 86400000000
        GROUP BY ALL
    )
    GROUP BY ALL
),
category_weeks AS (
    SELECT s.platform, p.category, s.week, sum(s.sold) AS sold
    FROM sold_weeks s JOIN products p ON s.platform = p.platform AND s.product = p.id
    WHERE p.category IS NOT NULL
      AND s.week > (epoch_us(getvariable('until')) - 1 + 288000000000) // 604800000000 - 52
    GROUP BY ALL
),
season_end AS (
    SELECT platform, category, min(week) FILTER (sold_so_far * 100 >= 80 * sold_all) AS week
    FROM (
        SELECT platform, category, week, sold,
               sum(sold) OVER (PARTITION BY platform, category ORDER BY week) AS sold_so_far,
               sum(sold) OVER (PARTITION BY platform, category) AS sold_all,
               row_number() OVER (PARTITION BY platform, category ORDER BY sold DESC, week) AS busiest
        FROM category_weeks
    )
    GROUP BY platform, category, sold_all
    HAVING sum(sold) FILTER (busiest <= 13) * 100 >= 60 * sold_all
),
exempt AS (
    SELECT a.platform, a.seller, a.product, a.week,
           coalesce(28 * f.exempt, 0) AS fresh,
           greatest(0, coalesce(28 * h.on_hand - 90 * coalesce(b.sold, 0), 0)) AS overstock,
           CASE WHEN a.week > e.week THEN coalesce(28 * h.on_hand, 0) ELSE 0 END AS season,
           CASE WHEN a.week_start < p.listed_at + INTERVAL 14 DAY THEN 28 * 200 * 1000 ELSE 0 END AS new_item
    FROM asked a
    LEFT JOIN before b USING (platform, seller, product, week)
    LEFT JOIN opening h USING (platform, seller, product, week)
    LEFT JOIN fresh f USING (platform, seller, product, week)
    LEFT JOIN products p ON a.platform = p.platform AND a.product = p.id
    LEFT JOIN season_end e ON p.platform = e.platform AND p.category = e.category
),
counted AS (
    SELECT l.*, greatest(e.fresh, e.overstock, e.season, e.new_item) AS exempt,
           greatest(0, 28 * l.below_units - greatest(e.fresh, e.overstock, e.season, e.new_item)) AS counted
    FROM low_weeks l JOIN exempt e USING (platform, seller, product, week)
)
SELECT *, shortfall * counted // (28 * below_units) AS at_stake,
       week - row_number() OVER (PARTITION BY basis, payer, platform, seller, product, currency ORDER BY week) AS run
FROM counted
WHERE counted * 100 >= 28 * 20 * units AND shortfall * counted * 100 >= 3 * 28 * cost_value * below_units;

CREATE OR REPLACE TEMP TABLE runs AS
SELECT basis, payer, platform, seller, product, currency, min(week) AS first_week, count(*) AS weeks,
       sum(units) AS units, sum(below_units) AS below_units, sum(counted) AS counted, sum(exempt) AS exempt,
       sum(shortfall) AS shortfall, sum(cost_value) AS cost_value, sum(at_stake) AS at_stake
FROM flagged_weeks
GROUP BY basis, payer, platform, seller, product, currency, run;

CREATE OR REPLACE TEMP TABLE found_below_cost_sales AS
SELECT row_number() OVER (ORDER BY platform, payer, seller, product, currency, first_week) AS finding,
       platform, CASE payer WHEN 'seller' THEN seller ELSE platform END AS subject,
       seller || '/' || product AS object, currency,
       make_timestamp(first_week * 604800000000 - 288000000000) AS episode_start,
       make_timestamp((first_week + weeks) * 604800000000 - 288000000000) AS episode_end,
       (round(at_stake * 0.000000001::DECIMAL(10, 9), 2))::DECIMAL(18, 2) AS amount_at_stake,
       payer, seller, product, weeks,
       (units * 0.001::DECIMAL(4, 3))::DECIMAL(18, 3) AS units,
       (below_units * 0.001::DECIMAL(4, 3))::DECIMAL(18, 3) AS below_units,
       (counted // 28 * 0.001::DECIMAL(4, 3))::DECIMAL(18, 3) AS counted_units,
       (shortfall * 0.000000001::DECIMAL(10, 9))::DECIMAL(38, 9) AS shortfall,
       (cost_value * 0.000000001::DECIMAL(10, 9))::DECIMAL(38, 9) AS cost_value
FROM runs
WHERE basis = 'purchase' AND weeks >= 1;

-- step: unanswered
WITH judged AS (
    SELECT sum(judged_rows) AS judged, sum(purchase_no_cost_rows) AS no_cost,
           sum(purchase_no_funding_rows) AS no_funding
    FROM sold_weeks
)
SELECT 'outside the window' AS reason, (SELECT count(*) FROM orders) - coalesce(judged, 0) AS rows FROM judged
UNION ALL SELECT 'no cost known', coalesce(no_cost, 0) FROM judged
UNION ALL SELECT 'not known who funded the reductions', coalesce(no_funding, 0) FROM judged
UNION ALL SELECT 'asked', coalesce(judged - no_cost - no_funding, 0) FROM judged;

-- step: found_dominant
CREATE OR REPLACE TEMP TABLE found_below_cost_sales_dominant AS
WITH long AS (
    SELECT r.*, p.category, CASE r.payer WHEN 'seller' THEN r.seller ELSE r.platform END AS subject
    FROM runs r JOIN products p ON r.platform = p.platform AND r.product = p.id
    WHERE r.basis = 'variable' AND r.weeks >= 4 AND p.category IS NOT NULL
),
shares AS (
    SELECT l.payer, l.platform, l.subject, l.seller, l.product, l.currency, l.first_week,
           sum(s.gross) AS gross, sum(s.sold) AS sold,
           sum(s.gross) FILTER (s.platform = l.platform AND (l.payer = 'platform' OR s.seller = l.subject)) AS own_gross,
           sum(s.sold) FILTER (s.platform = l.platform AND (l.payer = 'platform' OR s.seller = l.subject)) AS own_sold
    FROM long l
    JOIN products p ON p.category = l.category
    JOIN sold_weeks s
        ON s.platform = p.platform AND s.product = p.id AND s.currency = l.currency
        AND s.week >= l.first_week - 8 AND s.week < l.first_week
    GROUP BY ALL
    HAVING count(DISTINCT s.platform) >= 2
)
SELECT row_number() OVER (ORDER BY r.platform, r.payer, r.seller, r.product, r.currency, r.first_week) AS finding,
       r.platform, r.subject, r.seller || '/' || r.product AS object, r.currency,
       make_timestamp(r.first_week * 604800000000 - 288000000000) AS episode_start,
       make_timestamp((r.first_week + r.weeks) * 604800000000 - 288000000000) AS episode_end,
       (round(r.at_stake * 0.000000001::DECIMAL(10, 9), 2))::DECIMAL(18, 2) AS amount_at_stake,
       r.payer, r.seller, r.product, r.weeks, r.category, y.own_gross AS category_gross, y.gross AS category_gross_all,
       (r.units * 0.001::DECIMAL(4, 3))::DECIMAL(18, 3) AS units,
       (r.below_units * 0.001::DECIMAL(4, 3))::DECIMAL(18, 3) AS below_units,
       (r.counted // 28 * 0.001::DECIMAL(4, 3))::DECIMAL(18, 3) AS counted_units,
       (r.shortfall * 0.000000001::DECIMAL(10, 9))::DECIMAL(38, 9) AS shortfall,
       (r.cost_value * 0.000000001::DECIMAL(10, 9))::DECIMAL(38, 9) AS cost_value
FROM long r JOIN shares y USING (payer, platform, subject, seller, product, currency, first_week)
WHERE y.own_gross * 100 >= 50 * y.gross AND y.own_sold * 100 >= 50 * y.sold;

-- step: evidence
-- Of both rules in one scan. The few products are first sought in the scan itself: a test of one column is made on its
-- dictionary.
CREATE OR REPLACE TEMP TABLE found_both AS
SELECT 'purchase' AS basis, finding, platform, payer, seller, product, currency, episode_start, episode_end
FROM found_below_cost_sales
UNION ALL
SELECT 'variable', finding, platform, payer, seller, product, currency, episode_start, episode_end
FROM found_below_cost_sales_dominant;
SET VARIABLE found_products = (SELECT list(DISTINCT product) FROM found_both);

CREATE OR REPLACE TEMP TABLE evidence_both AS
WITH sales AS (
    SELECT f.basis, f.finding, f.payer, o.platform, o.id, o.occurred_at, o.seller, o.product, o.quantity, o.currency,
           o.gross_amount, o.seller_funded_amount, o.platform_funded_amount,
           CASE f.basis WHEN 'variable' THEN c.variable_cost ELSE c.purchase_cost END AS cost
    FROM orders o
    JOIN found_both f
        ON o.platform = f.platform AND o.seller = f.seller AND o.product = f.product AND o.currency = f.currency
        AND o.occurred_at >= f.episode_start AND o.occurred_at < f.episode_end
    JOIN costs_held c
        ON o.platform = c.platform AND o.seller = c.seller AND o.product = c.product AND o.currency = c.currency
        AND o.occurred_at >= c.valid_from AND o.occurred_at < c.held_until
    WHERE list_contains(getvariable('found_products'), o.product)
      AND o.occurred_at >= getvariable('since') AND o.occurred_at < getvariable('until')
      AND o.platform_funded_amount IS NOT NULL
)
SELECT * EXCLUDE (payer)
FROM sales
WHERE CASE payer
      WHEN 'seller' THEN (gross_amount - seller_funded_amount)::DECIMAL(18, 9) < cost * quantity
      ELSE (gross_amount - seller_funded_amount)::DECIMAL(18, 9) >= cost * quantity
          AND (gross_amount - seller_funded_amount - platform_funded_amount)::DECIMAL(18, 9) < cost * quantity
      END
QUALIFY row_number() OVER (PARTITION BY basis, finding ORDER BY occurred_at, id) <= 10000;

CREATE OR REPLACE TEMP TABLE evidence_below_cost_sales AS
SELECT * EXCLUDE (basis) FROM evidence_both WHERE basis = 'purchase';

CREATE OR REPLACE TEMP TABLE evidence_below_cost_sales_dominant AS
SELECT * EXCLUDE (basis) FROM evidence_both WHERE basis = 'variable';

-- step: unanswered_dominant
WITH contested AS (
    SELECT p.category
    FROM sold_weeks s JOIN products p ON s.platform = p.platform AND s.product = p.id
    WHERE s.judged_rows > 0 AND p.category IS NOT NULL
    GROUP BY p.category HAVING count(DISTINCT s.platform) >= 2
),
judged AS (
    SELECT sum(judged_rows) AS judged, sum(known) AS known, sum(variable_no_cost_rows) AS no_cost,
           sum(variable_no_funding_rows) AS no_funding,
           sum(known) FILTER (p.category IS NULL) AS no_category,
           sum(known) FILTER (p.category IS NOT NULL AND c.category IS NULL) AS uncontested
    FROM (SELECT *, judged_rows - variable_no_cost_rows - variable_no_funding_rows AS known FROM sold_weeks) s
    LEFT JOIN products p ON s.platform = p.platform AND s.product = p.id
    LEFT JOIN contested c ON p.category = c.category
)
SELECT 'outside the window' AS reason, (SELECT count(*) FROM orders) - coalesce(judged, 0) AS rows FROM judged
UNION ALL SELECT 'no cost known', coalesce(no_cost, 0) FROM judged
UNION ALL SELECT 'not known who funded the reductions', coalesce(no_funding, 0) FROM judged
UNION ALL SELECT 'category not known', coalesce(no_category, 0) FROM judged
UNION ALL SELECT 'category sold on one platform only', coalesce(uncontested, 0) FROM judged
UNION ALL SELECT 'asked', coalesce(known, 0) - coalesce(no_category, 0) - coalesce(uncontested, 0) FROM judged;
