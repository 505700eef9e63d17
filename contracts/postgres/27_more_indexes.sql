-- What is looked for by whom? Each of these was a scan of a table that grows with every month.
-- Bills of a month, for clerks; the key has the customer first.
CREATE INDEX ON document (month);
-- What refers to a run, each time that an interim one takes another's place.
CREATE INDEX ON vee_exception (opened_by_run);
CREATE INDEX ON vee_exception (closed_by_run);
-- Until when a plan was billed, for who loads a version of it.
CREATE INDEX ON ledger_line (split_part(component, '/', 1), month) WHERE customer_id > 0;
