-- Credits by pieces of a bundle, and accounts by operator and day.

-- Who was credited with which pieces of a bundle at an operation: a credit that was voided is gone
-- from here and stays in the events. Money and minutes are exact fractions, such as 27/5.
CREATE TABLE credit (
    bundle    TEXT NOT NULL,
    operation TEXT NOT NULL,
    first     INTEGER NOT NULL,
    operator  TEXT NOT NULL,
    pieces    INTEGER NOT NULL,
    at        TEXT NOT NULL,
    seq       INTEGER NOT NULL,
    log       TEXT NOT NULL,
    earned    TEXT NOT NULL,
    minutes   TEXT NOT NULL,
    shares    TEXT NOT NULL,
    disputed  INTEGER NOT NULL,
    contested INTEGER NOT NULL,
    PRIMARY KEY (bundle, operation, first)
) STRICT, WITHOUT ROWID;

-- What an operator did and earned here on a day of the factory, one JSON row each.
CREATE TABLE account (
    operator TEXT NOT NULL,
    date     TEXT NOT NULL,
    sums     TEXT NOT NULL,
    PRIMARY KEY (operator, date)
) STRICT, WITHOUT ROWID;
