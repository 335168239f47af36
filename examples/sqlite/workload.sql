-- Work for a database: a table is filled, searched, joined with itself, changed, and written anew.
CREATE TABLE t(a INTEGER PRIMARY KEY, b TEXT, c INT);
BEGIN;
WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i+1 FROM n WHERE i<20000) INSERT INTO t SELECT i, 'row '||i||hex(i*7919), i%97 FROM n;
COMMIT;
SELECT count(*) FROM t;
SELECT c, count(*) FROM t GROUP BY c ORDER BY 2 DESC LIMIT 3;
SELECT count(*) FROM t x JOIN t y ON x.c=y.c WHERE x.a < 300;
UPDATE t SET b=b||'x' WHERE c=5;
SELECT max(length(b)) FROM t;
DELETE FROM t WHERE c<10;
VACUUM;
