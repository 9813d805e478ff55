-- Known customers charged more: cn/no_undisclosed_personal_prices. Sums from which beta, its CRV1 error and p follow.
-- Quantity is part of the cell and cancels: y = 100 * amount * n / (sum of gross) over the n rows of the cell.
-- Scores are rounded to 1e-9 a row and summed as integers, so the sums do not depend on the order of rows.

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

-- A cell can say something only where it holds a new customer: its hash is looked for before anything is joined.
CREATE OR REPLACE TEMP TABLE new_cells AS
SELECT DISTINCT hash(o.platform, o.seller, o.product, o.currency, o.region, o.channel, o.campaign, o.quantity,
                     (epoch_us(o.occurred_at) + 28800000000) // 3600000000) AS cell_hash
FROM orders o
JOIN parties p ON o.platform = p.platform AND o.buyer = p.id AND p.kind = 'customer'
    AND p.registered_at >= getvariable('first_quarter') - INTERVAL 30 DAY
    AND o.occurred_at <= p.registered_at + INTERVAL 30 DAY
WHERE o.occurred_at >= getvariable('first_quarter') AND o.occurred_at < getvariable('last_quarter')
  AND o.undisclosed_amount IS NOT NULL;

CREATE OR REPLACE TEMP TABLE cell_rows AS
SELECT o.*, p.registered_at + INTERVAL 180 DAY <= o.occurred_at AS known
FROM (
    SELECT *, (epoch_us(occurred_at) + 28800000000) // 3600000000 AS hour,
           hash(platform, seller, product, currency, region, channel, campaign, quantity, hour) AS cell_hash
    FROM orders
    WHERE occurred_at >= getvariable('first_quarter') AND occurred_at < getvariable('last_quarter')
      AND undisclosed_amount IS NOT NULL
) o
SEMI JOIN new_cells n ON o.cell_hash = n.cell_hash
JOIN parties p ON o.platform = p.platform AND o.buyer = p.id AND p.kind = 'customer'
WHERE p.registered_at + INTERVAL 180 DAY <= o.occurred_at OR o.occurred_at <= p.registered_at + INTERVAL 30 DAY;

CREATE OR REPLACE TEMP TABLE mixed_rows AS
WITH counted AS (
    SELECT platform, seller, currency, buyer, id, occurred_at, known, (gross_amount * 100)::BIGINT AS gross,
           (undisclosed_amount * 100)::BIGINT AS undisclosed,
           (coupon_amount * 100)::BIGINT AS coupon, (newcomer_amount * 100)::BIGINT AS newcomer,
           min(rowid) OVER cell AS cell,
           count(*) OVER cell AS n, count(*) FILTER (known) OVER cell AS n_known,
           (sum(gross_amount * 100) OVER cell)::BIGINT AS cell_gross,
           (sum((gross_amount - undisclosed_amount) * 100) OVER cell)::BIGINT AS cell_amount
    FROM cell_rows
    WINDOW cell AS (PARTITION BY platform, seller, product, currency, region, channel, campaign, quantity, hour)
)
SELECT *, CASE WHEN known THEN n - n_known ELSE -n_known END AS x  -- in 1/n
FROM counted
WHERE n_known > 0 AND n_known < n AND cell_gross > 0;

CREATE OR REPLACE TEMP TABLE found_known_customer_markup AS
WITH scores AS (
    SELECT m.platform, m.seller, m.currency, q.quarter, q.begins, q.ends, m.buyer, m.cell, m.n, m.n_known, m.known, m.gross, m.undisclosed,
           round(1e9 * (x * x)::DOUBLE / (n * n)::DOUBLE)::BIGINT AS xx,
           round(1e11 * x::DOUBLE * (n * (gross - undisclosed) - cell_amount)::DOUBLE / (n::DOUBLE * cell_gross::DOUBLE))::BIGINT AS xy,
           round(1e11 * x::DOUBLE * gross::DOUBLE / cell_gross::DOUBLE)::BIGINT AS xy_list,
           round(1e11 * x::DOUBLE * undisclosed::DOUBLE / cell_gross::DOUBLE)::BIGINT AS xy_undisclosed,
           round(1e11 * x::DOUBLE * coupon::DOUBLE / cell_gross::DOUBLE)::BIGINT AS xy_coupon,
           round(1e11 * x::DOUBLE * newcomer::DOUBLE / cell_gross::DOUBLE)::BIGINT AS xy_newcomer
    FROM mixed_rows m JOIN quarters q ON m.occurred_at >= q.begins AND m.occurred_at < q.ends
),
buyers AS (
    SELECT platform, seller, currency, quarter, begins, ends, buyer, count(*) AS rows, count(*) FILTER (known) AS known_rows,
           sum(xx) AS xx, sum(xy) AS xy, sum(xy_list) AS xy_list, sum(xy_undisclosed) AS xy_undisclosed,
           sum(xy_coupon) AS xy_coupon, sum(xy_newcomer) AS xy_newcomer,
           count(xy_coupon) = count(*) AS has_coupon, count(xy_newcomer) = count(*) AS has_newcomer,
           coalesce(sum(gross - undisclosed) FILTER (known), 0) AS known_amount
    FROM scores
    GROUP BY ALL
),
cells AS (
    SELECT platform, seller, currency, quarter, count(DISTINCT cell) AS cells FROM scores GROUP BY ALL
),
sums AS (
    SELECT platform, seller, currency, quarter, begins, ends,
           sum(rows)::BIGINT AS rows, count(*) AS customers,
           count(*) FILTER (known_rows > 0) AS known_customers, count(*) FILTER (known_rows < rows) AS new_customers,
           sum(xx)::HUGEINT AS sxx, sum(xy)::HUGEINT AS sxy,
           sum(xy * xy) AS sum_sxy_sxy, sum(xy * xx) AS sum_sxy_sxx, sum(xx * xx) AS sum_sxx_sxx,
           sum(xy_list)::HUGEINT AS sxy_list, sum(xy_undisclosed)::HUGEINT AS sxy_undisclosed,
           CASE WHEN bool_and(has_coupon) THEN sum(xy_coupon)::HUGEINT END AS sxy_coupon,
           CASE WHEN bool_and(has_newcomer) THEN sum(xy_newcomer)::HUGEINT END AS sxy_newcomer,
           (sum(known_amount) * 0.01::DECIMAL(3, 2))::DECIMAL(18, 2) AS known_amount
    FROM buyers
    GROUP BY ALL
)
SELECT row_number() OVER (ORDER BY platform, seller, currency, quarter) AS finding,
       platform, seller AS subject, '' AS object, currency, begins AS episode_start, ends AS episode_end,
       round(sxy::DOUBLE / sxx::DOUBLE / 100 * known_amount::DOUBLE, 2) AS amount_at_stake,
       sxy::DOUBLE / sxx::DOUBLE AS beta_pct, cells,
       sxy >= sxx AND cells >= 200 AND known_customers >= 50 AND new_customers >= 50 AS within_limits,
       s.* EXCLUDE (platform, seller, currency, begins, ends)
FROM sums s JOIN cells USING (platform, seller, currency, quarter);

-- step: evidence
-- Of every seller and quarter that lacks only its p-value.
CREATE OR REPLACE TEMP TABLE evidence_known_customer_markup AS
SELECT f.finding, r.*
FROM cell_rows r
JOIN (
    SELECT f.finding, m.platform, m.id
    FROM mixed_rows m JOIN found_known_customer_markup f
        ON f.within_limits AND m.platform = f.platform AND m.seller = f.subject AND m.currency = f.currency
        AND m.occurred_at >= f.episode_start AND m.occurred_at < f.episode_end
    QUALIFY row_number() OVER (PARTITION BY f.finding ORDER BY m.occurred_at, m.id) <= 10000
) f ON r.platform = f.platform AND r.id = f.id;

-- step: unanswered
SELECT reason, count(*) AS rows
FROM (
    SELECT CASE
        WHEN NOT (o.occurred_at >= getvariable('first_quarter') AND o.occurred_at < getvariable('last_quarter'))
            THEN 'outside the complete quarters'
        WHEN o.buyer IS NULL THEN 'buyer not known'
        WHEN p.registered_at IS NULL THEN 'registration of the buyer not known'
        WHEN o.undisclosed_amount IS NULL THEN 'undisclosed reductions not known'
        WHEN o.occurred_at <= p.registered_at + INTERVAL 30 DAY OR o.occurred_at >= p.registered_at + INTERVAL 180 DAY THEN 'asked'
        ELSE 'neither new nor known' END AS reason
    FROM orders o LEFT JOIN parties p ON o.platform = p.platform AND o.buyer = p.id AND p.kind = 'customer'
)
GROUP BY reason;
