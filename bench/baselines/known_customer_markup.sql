-- Known customers charged more: cn/no_undisclosed_personal_prices. The sums beta, its CRV1 error and p follow from.
-- Quantity is part of the cell and cancels: y = 100 * amount * n / (sum of gross) over the n rows of the cell.
-- Scores are rounded to 1e-9 a row and summed as integers, so the sums do not depend on the order of the rows.

-- step: found
CREATE OR REPLACE TEMP TABLE quarters AS
SELECT quarter, begins - INTERVAL 8 HOUR AS begins, begins + INTERVAL 3 MONTH - INTERVAL 8 HOUR AS ends
FROM (
    SELECT begins, strftime(begins, '%Y') || 'Q' || quarter(begins) AS quarter
    FROM range(date_trunc('quarter', getvariable('since') + INTERVAL 8 HOUR)::TIMESTAMP,
               getvariable('until') + INTERVAL 8 HOUR, INTERVAL 3 MONTH) AS r(begins)
)
WHERE begins - INTERVAL 8 HOUR >= getvariable('since')
  AND begins + INTERVAL 3 MONTH - INTERVAL 8 HOUR <= getvariable('until');

SET VARIABLE first_quarter = (SELECT coalesce(min(begins), getvariable('until')) FROM quarters);
SET VARIABLE last_quarter = (SELECT coalesce(max(ends), getvariable('until')) FROM quarters);

CREATE OR REPLACE TEMP TABLE customers AS
SELECT platform, id, epoch_us(registered_at) AS registered_us
FROM parties
WHERE kind = 'customer' AND registered_at IS NOT NULL;

CREATE OR REPLACE TEMP TABLE shops AS
SELECT DISTINCT platform, seller, currency FROM orders
WHERE occurred_at >= getvariable('first_quarter') AND occurred_at < getvariable('last_quarter');

-- The one pass: every row whose buyer is known turned into integers, so that nothing below touches a string.
-- cell is a hash of all that makes a cell; with shop and hour exact beside it, two cells that share it by chance
-- would have to be of one shop in one hour. known is null between 30 and 180 days: kept for the count alone.
CREATE OR REPLACE TEMP TABLE tenured_rows AS
SELECT hash(o.platform, o.seller, o.currency, o.product, o.region, o.channel, o.campaign, o.quantity, o.hour) AS cell,
       s.rowid::INT AS shop, o.hour::INT AS hour, c.rowid::INT AS customer,
       CASE WHEN o.undisclosed_amount IS NULL THEN NULL
            WHEN epoch_us(o.occurred_at) - c.registered_us >= 180 * 86400000000 THEN true
            WHEN epoch_us(o.occurred_at) - c.registered_us <= 30 * 86400000000 THEN false END AS known,
       o.gross_amount, o.undisclosed_amount, o.coupon_amount, o.newcomer_amount
FROM (SELECT *, (epoch_us(occurred_at) + 28800000000) // 3600000000 AS hour FROM orders
      WHERE occurred_at >= getvariable('first_quarter') AND occurred_at < getvariable('last_quarter')) o
JOIN shops s ON o.platform = s.platform AND o.seller = s.seller AND o.currency = s.currency
JOIN customers c ON o.platform = c.platform AND o.buyer = c.id;

-- Most cells hold one row. Those without a new customer go before anything is grouped.
CREATE OR REPLACE TEMP TABLE near_rows AS
FROM tenured_rows
SEMI JOIN (SELECT DISTINCT cell FROM tenured_rows WHERE NOT known) USING (cell)
WHERE known IS NOT NULL;

CREATE OR REPLACE TEMP TABLE cells AS
WITH counted AS (
    SELECT cell, shop, hour, count(*) AS n, count(*) FILTER (known) AS n_known,
           (sum(gross_amount) * 100)::BIGINT AS gross, (sum(undisclosed_amount) * 100)::BIGINT AS undisclosed
    FROM near_rows
    GROUP BY cell, shop, hour
    HAVING n_known > 0 AND n_known < n AND gross > 0
)
SELECT c.*, q.rowid::INT AS quarter
FROM counted c JOIN quarters q
    ON c.hour >= (epoch_us(q.begins) + 28800000000) // 3600000000
    AND c.hour < (epoch_us(q.ends) + 28800000000) // 3600000000;

CREATE OR REPLACE TEMP TABLE scores AS
WITH mixed AS (
    SELECT c.shop, c.quarter, r.customer, r.known, c.n, c.gross AS cell_gross, c.gross - c.undisclosed AS cell_amount,
           CASE WHEN r.known THEN c.n - c.n_known ELSE -c.n_known END AS x,  -- in 1/n
           (r.gross_amount * 100)::BIGINT AS gross, (r.undisclosed_amount * 100)::BIGINT AS undisclosed,
           (r.coupon_amount * 100)::BIGINT AS coupon, (r.newcomer_amount * 100)::BIGINT AS newcomer
    FROM near_rows r JOIN cells c USING (cell, shop, hour)
)
SELECT shop, quarter, customer, known, gross - undisclosed AS amount,
       round(1e9 * (x * x)::DOUBLE / (n * n)::DOUBLE)::BIGINT AS xx,
       round(1e11 * x::DOUBLE * (n * (gross - undisclosed) - cell_amount)::DOUBLE
             / (n::DOUBLE * cell_gross::DOUBLE))::BIGINT AS xy,
       round(1e11 * x::DOUBLE * gross::DOUBLE / cell_gross::DOUBLE)::BIGINT AS xy_list,
       round(1e11 * x::DOUBLE * undisclosed::DOUBLE / cell_gross::DOUBLE)::BIGINT AS xy_undisclosed,
       round(1e11 * x::DOUBLE * coupon::DOUBLE / cell_gross::DOUBLE)::BIGINT AS xy_coupon,
       round(1e11 * x::DOUBLE * newcomer::DOUBLE / cell_gross::DOUBLE)::BIGINT AS xy_newcomer
FROM mixed;

CREATE OR REPLACE TEMP TABLE found_known_customer_markup AS
WITH customers AS (
    SELECT shop, quarter, bool_or(known) AS known, bool_or(NOT known) AS new, sum(xx) AS xx, sum(xy) AS xy
    FROM scores
    GROUP BY shop, quarter, customer
),
squares AS (
    SELECT shop, quarter, count(*) AS customers,
           count(*) FILTER (known) AS known_customers, count(*) FILTER (new) AS new_customers,
           sum(xx)::HUGEINT AS sxx, sum(xy)::HUGEINT AS sxy,
           sum(xy * xy) AS sum_sxy_sxy, sum(xy * xx) AS sum_sxy_sxx, sum(xx * xx) AS sum_sxx_sxx
    FROM customers
    GROUP BY shop, quarter
),
parts AS (
    SELECT shop, quarter, count(*) AS rows, sum(xy_list) AS sxy_list, sum(xy_undisclosed) AS sxy_undisclosed,
           CASE WHEN count(xy_coupon) = count(*) THEN sum(xy_coupon) END AS sxy_coupon,
           CASE WHEN count(xy_newcomer) = count(*) THEN sum(xy_newcomer) END AS sxy_newcomer,
           (sum(CASE WHEN known THEN amount ELSE 0 END) * 0.01::DECIMAL(3, 2))::DECIMAL(18, 2) AS known_amount
    FROM scores
    GROUP BY shop, quarter
),
counts AS (
    SELECT shop, quarter, count(*) AS cells FROM cells GROUP BY shop, quarter
)
SELECT row_number() OVER (ORDER BY h.platform, h.seller, h.currency, q.begins) AS finding,
       h.platform, h.seller AS subject, '' AS object, h.currency, q.begins AS episode_start, q.ends AS episode_end,
       round(s.sxy::DOUBLE / s.sxx::DOUBLE / 100 * p.known_amount::DOUBLE, 2) AS amount_at_stake,
       s.sxy::DOUBLE / s.sxx::DOUBLE AS beta_pct, n.cells,
       s.sxy >= s.sxx AND n.cells >= 200 AND s.known_customers >= 50 AND s.new_customers >= 50 AS within_limits,
       q.quarter, s.* EXCLUDE (shop, quarter), p.* EXCLUDE (shop, quarter), s.shop, s.quarter AS nth_quarter
FROM squares s
JOIN parts p USING (shop, quarter)
JOIN counts n USING (shop, quarter)
JOIN shops h ON s.shop = h.rowid
JOIN quarters q ON s.quarter = q.rowid;

-- step: evidence
-- Of every seller and quarter that lacks only its p-value.
SET VARIABLE found_sellers = (
    SELECT coalesce(list(DISTINCT subject), []) FROM found_known_customer_markup WHERE within_limits
);

CREATE OR REPLACE TEMP TABLE cells_found AS
SELECT f.finding, f.platform, f.subject AS seller, f.currency, c.hour, c.cell
FROM cells c JOIN found_known_customer_markup f
    ON f.within_limits AND c.shop = f.shop AND c.quarter = f.nth_quarter;

CREATE OR REPLACE TEMP TABLE evidence_known_customer_markup AS
SELECT f.finding, o.platform, o.id, o.occurred_at, o.seller, o.buyer, o.product, o.region, o.channel, o.campaign,
       o.quantity, o.currency, o.gross_amount, o.undisclosed_amount, o.coupon_amount, o.newcomer_amount,
       make_timestamp(c.registered_us) AS registered_at
FROM (SELECT *, (epoch_us(occurred_at) + 28800000000) // 3600000000 AS hour FROM orders
      WHERE list_contains(getvariable('found_sellers'), seller)
        AND occurred_at >= getvariable('first_quarter') AND occurred_at < getvariable('last_quarter')
        AND undisclosed_amount IS NOT NULL) o
JOIN cells_found f
    ON f.cell = hash(o.platform, o.seller, o.currency, o.product, o.region, o.channel, o.campaign, o.quantity, o.hour)
    AND f.platform = o.platform AND f.seller = o.seller AND f.currency = o.currency AND f.hour = o.hour
JOIN customers c ON o.platform = c.platform AND o.buyer = c.id
WHERE epoch_us(o.occurred_at) - c.registered_us >= 180 * 86400000000
   OR epoch_us(o.occurred_at) - c.registered_us <= 30 * 86400000000
QUALIFY row_number() OVER (PARTITION BY f.finding ORDER BY o.occurred_at, o.id) <= 10000;

-- step: unanswered
WITH judged AS (
    SELECT count(*) AS rows, count(buyer) AS with_buyer FROM orders
    WHERE occurred_at >= getvariable('first_quarter') AND occurred_at < getvariable('last_quarter')
),
tenured AS (
    SELECT count(*) AS rows, count(undisclosed_amount) AS with_undisclosed, count(known) AS asked FROM tenured_rows
)
SELECT 'outside the complete quarters' AS reason, (SELECT count(*) FROM orders) - rows AS rows FROM judged
UNION ALL SELECT 'buyer not known', rows - with_buyer FROM judged
UNION ALL SELECT 'registration of the buyer not known', j.with_buyer - t.rows FROM judged j, tenured t
UNION ALL SELECT 'undisclosed reductions not known', rows - with_undisclosed FROM tenured
UNION ALL SELECT 'neither new nor known', with_undisclosed - asked FROM tenured
UNION ALL SELECT 'asked', asked FROM tenured;
