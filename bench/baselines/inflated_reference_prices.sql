-- Reference prices that were never charged: cn/true_reference_prices, then eu/true_prior_prices.
-- A promotion is judged where getvariable('since') <= its first row < getvariable('until').
-- A price paid is (gross - seller_funded) / quantity in whole millionths, half up: a unit price, as a listing's.

-- step: found
CREATE OR REPLACE TEMP TABLE offers AS
WITH marked AS (
    SELECT platform, seller, product, currency, id, occurred_at, ended_at, price, reference_price,
           coalesce(reference_price > price AND coalesce(reference_basis, 'own_price') = 'own_price', false) AS claims,
           lead(occurred_at) OVER shop AS next_at,
           row_number() OVER shop AS nth
    FROM listings
    WINDOW shop AS (PARTITION BY platform, seller, product, currency ORDER BY occurred_at, id)
)
SELECT *, sum((claims AND NOT coalesce(prior_claims AND prior_reference = reference_price
                                       AND (prior_ended IS NULL OR occurred_at <= prior_ended), false))::INT)
              OVER (PARTITION BY platform, seller, product, currency ORDER BY nth) AS run
FROM (
    SELECT *, lag(claims) OVER shop AS prior_claims, lag(reference_price) OVER shop AS prior_reference,
           lag(ended_at) OVER shop AS prior_ended
    FROM marked
    WINDOW shop AS (PARTITION BY platform, seller, product, currency ORDER BY nth)
);

CREATE OR REPLACE TEMP TABLE promotions AS
SELECT row_number() OVER (ORDER BY platform, seller, product, currency, run) AS promotion,
       platform, seller, product, currency, run, reference_price, t0, ends
FROM (
    SELECT platform, seller, product, currency, run, min(reference_price) AS reference_price, min(occurred_at) AS t0,
           coalesce(arg_max_null(next_at, nth), arg_max_null(ended_at, nth), getvariable('until')) AS ends
    FROM offers WHERE claims
    GROUP BY ALL
)
WHERE t0 >= getvariable('since') AND t0 < getvariable('until');

-- The one pass over all sales: those of the 7 days before each promotion and under it, kept as evidence too.
CREATE OR REPLACE TEMP TABLE promotion_sales AS
SELECT p.promotion, o.occurred_at >= p.t0 AS under, o.platform, o.id, o.occurred_at, o.quantity, o.gross_amount,
       o.seller_funded_amount
FROM orders o JOIN promotions p
    ON o.platform = p.platform AND o.seller = p.seller AND o.product = p.product AND o.currency = p.currency
    AND o.occurred_at >= p.t0 - INTERVAL 7 DAY AND o.occurred_at < p.ends;

CREATE OR REPLACE TEMP TABLE promotion_sums AS
WITH sales AS (
    SELECT promotion, under, quantity,
           ((gross_amount - seller_funded_amount) * 100)::BIGINT AS cents, (quantity * 1000)::BIGINT AS thousandths
    FROM promotion_sales
)
SELECT promotion, sum(quantity) FILTER (under) AS sold,
       min((20000000 * cents + thousandths) // (2 * thousandths)) FILTER (NOT under) AS lowest
FROM sales
GROUP BY promotion;

-- Where nothing was sold in the 7 days: the last sale, however long before.
CREATE OR REPLACE TEMP TABLE unsold AS
FROM promotions ANTI JOIN (FROM promotion_sums WHERE lowest IS NOT NULL) USING (promotion);

SET VARIABLE unsold_products = (SELECT coalesce(list(DISTINCT product), []) FROM unsold);

CREATE OR REPLACE TEMP TABLE earlier_sales AS
SELECT p.promotion, o.platform, o.id, o.occurred_at, o.quantity, o.gross_amount, o.seller_funded_amount
FROM orders o JOIN unsold p
    ON o.platform = p.platform AND o.seller = p.seller AND o.product = p.product AND o.currency = p.currency
    AND o.occurred_at < p.t0
WHERE list_contains(getvariable('unsold_products'), o.product) AND o.seller_funded_amount IS NOT NULL;

CREATE OR REPLACE TEMP TABLE last_sales AS
FROM earlier_sales
QUALIFY occurred_at = max(occurred_at) OVER (PARTITION BY promotion);

CREATE OR REPLACE TEMP TABLE last_prices AS
WITH sales AS (
    SELECT promotion,
           ((gross_amount - seller_funded_amount) * 100)::BIGINT AS cents, (quantity * 1000)::BIGINT AS thousandths
    FROM last_sales
)
SELECT promotion, min((20000000 * cents + thousandths) // (2 * thousandths)) AS lowest
FROM sales
GROUP BY promotion;

CREATE OR REPLACE TEMP TABLE priors AS
SELECT p.*, coalesce(s.sold, 0)::DECIMAL(18, 3) AS sold, s.lowest IS NULL AS fell_back,
       (coalesce(s.lowest, b.lowest) * 0.000001::DECIMAL(7, 6))::DECIMAL(18, 6) AS prior
FROM promotions p LEFT JOIN promotion_sums s USING (promotion) LEFT JOIN last_prices b USING (promotion);

CREATE OR REPLACE TEMP TABLE found_inflated_reference_prices AS
SELECT promotion AS finding, platform, seller AS subject, product AS object, currency,
       t0 AS episode_start, ends AS episode_end,
       round((reference_price - prior)::DECIMAL(20, 6) * sold, 2)::DECIMAL(18, 2) AS amount_at_stake,
       reference_price, prior, fell_back, sold, run
FROM priors
WHERE reference_price::DECIMAL(24, 6) * 1000 > prior::DECIMAL(24, 6) * 1005;

-- step: evidence
CREATE OR REPLACE TEMP TABLE evidence_inflated_reference_prices AS
SELECT * FROM (
    SELECT f.finding, 'offer' AS role, l.platform, l.id, l.occurred_at, l.price, l.reference_price,
           NULL::DECIMAL(18, 3) AS quantity, NULL::DECIMAL(18, 2) AS gross_amount,
           NULL::DECIMAL(18, 2) AS seller_funded_amount
    FROM found_inflated_reference_prices f JOIN offers l
        ON f.platform = l.platform AND f.subject = l.seller AND f.object = l.product AND f.currency = l.currency
        AND f.run = l.run AND l.claims
    UNION ALL
    SELECT promotion, CASE WHEN under THEN 'sale' ELSE 'prior sale' END, platform, id, occurred_at,
           NULL, NULL, quantity, gross_amount, seller_funded_amount
    FROM promotion_sales SEMI JOIN found_inflated_reference_prices f ON promotion = f.finding
    UNION ALL
    SELECT promotion, 'prior sale', platform, id, occurred_at, NULL, NULL, quantity, gross_amount, seller_funded_amount
    FROM last_sales SEMI JOIN found_inflated_reference_prices f ON promotion = f.finding
)
QUALIFY row_number() OVER (
    PARTITION BY finding ORDER BY list_position(['offer', 'prior sale', 'sale'], role), occurred_at, id
) <= 10000;

-- step: unanswered
SELECT reason, count(*) AS rows
FROM (
    SELECT CASE
        WHEN l.claims AND p.promotion IS NULL THEN 'outside the window'
        WHEN NOT l.claims AND NOT (l.occurred_at >= getvariable('since') AND l.occurred_at < getvariable('until'))
            THEN 'outside the window'
        WHEN l.claims AND p.prior IS NULL THEN 'no earlier sale in the records'
        ELSE 'asked' END AS reason
    FROM offers l LEFT JOIN priors p
        ON l.platform = p.platform AND l.seller = p.seller AND l.product = p.product AND l.currency = p.currency
        AND CASE WHEN l.claims THEN l.run END = p.run
)
GROUP BY reason;

-- step: found_offered
CREATE OR REPLACE TEMP TABLE priors_offered AS
WITH standing AS (
    SELECT platform, seller, product, currency, id, price, occurred_at,
           least(coalesce(ended_at, TIMESTAMP 'infinity'), coalesce(next_at, TIMESTAMP 'infinity')) AS stood_until
    FROM offers
),
spans AS (
    SELECT p.promotion, p.platform, p.seller, p.product, p.currency, p.t0, p.t0 - INTERVAL 30 DAY AS looked_from,
           greatest(p.t0 - INTERVAL 30 DAY, coalesce(d.listed_at, p.t0 - INTERVAL 30 DAY)) AS listed_from
    FROM promotions p LEFT JOIN products d ON p.platform = d.platform AND p.product = d.id
),
stood AS (
    SELECT s.promotion, s.t0, s.listed_from, min(l.price) AS lowest,
           sum(greatest(0, epoch_us(least(l.stood_until, s.t0)) - epoch_us(greatest(l.occurred_at, s.listed_from))))
               AS covered
    FROM spans s JOIN standing l
        ON s.platform = l.platform AND s.seller = l.seller AND s.product = l.product AND s.currency = l.currency
        AND l.occurred_at < s.t0 AND l.stood_until > s.looked_from AND l.stood_until > l.occurred_at
    GROUP BY ALL
)
SELECT p.*, s.lowest AS prior_offered,
       coalesce(s.covered > 0 AND s.covered * 100 >= 90 * (epoch_us(s.t0) - epoch_us(s.listed_from)), false) AS covers
FROM (SELECT * EXCLUDE (prior) FROM priors) p LEFT JOIN stood s USING (promotion);

CREATE OR REPLACE TEMP TABLE found_inflated_reference_prices_offered AS
SELECT promotion AS finding, platform, seller AS subject, product AS object, currency,
       t0 AS episode_start, ends AS episode_end,
       round((reference_price - prior_offered)::DECIMAL(20, 6) * sold, 2)::DECIMAL(18, 2) AS amount_at_stake,
       reference_price, prior_offered AS prior, sold, run
FROM priors_offered
WHERE covers AND reference_price::DECIMAL(24, 6) * 1000 > prior_offered::DECIMAL(24, 6) * 1005;

-- step: evidence_offered
CREATE OR REPLACE TEMP TABLE evidence_inflated_reference_prices_offered AS
SELECT * FROM (
    SELECT f.finding, CASE WHEN l.claims AND l.run = f.run THEN 'offer' ELSE 'prior offer' END AS role,
           l.platform, l.id, l.occurred_at, l.price, l.reference_price,
           NULL::DECIMAL(18, 3) AS quantity, NULL::DECIMAL(18, 2) AS gross_amount,
           NULL::DECIMAL(18, 2) AS seller_funded_amount
    FROM found_inflated_reference_prices_offered f JOIN offers l
        ON f.platform = l.platform AND f.subject = l.seller AND f.object = l.product AND f.currency = l.currency
        AND (l.claims AND l.run = f.run
             OR l.occurred_at < f.episode_start
             AND least(coalesce(l.ended_at, TIMESTAMP 'infinity'), coalesce(l.next_at, TIMESTAMP 'infinity'))
                 > greatest(l.occurred_at, f.episode_start - INTERVAL 30 DAY))
    UNION ALL
    SELECT promotion, 'sale', platform, id, occurred_at, NULL, NULL, quantity, gross_amount, seller_funded_amount
    FROM promotion_sales SEMI JOIN found_inflated_reference_prices_offered f ON promotion = f.finding
    WHERE under
)
QUALIFY row_number() OVER (
    PARTITION BY finding ORDER BY list_position(['offer', 'prior offer', 'sale'], role), occurred_at, id
) <= 10000;

-- step: unanswered_offered
SELECT reason, count(*) AS rows
FROM (
    SELECT CASE
        WHEN l.claims AND p.promotion IS NULL THEN 'outside the window'
        WHEN NOT l.claims AND NOT (l.occurred_at >= getvariable('since') AND l.occurred_at < getvariable('until'))
            THEN 'outside the window'
        WHEN l.claims AND NOT p.covers THEN 'too little of the time before is covered by offers'
        ELSE 'asked' END AS reason
    FROM offers l LEFT JOIN priors_offered p
        ON l.platform = p.platform AND l.seller = p.seller AND l.product = p.product AND l.currency = p.currency
        AND CASE WHEN l.claims THEN l.run END = p.run
)
GROUP BY reason;
