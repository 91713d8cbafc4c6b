SELECT id, kind, body, at FROM event_log ORDER BY id
----
SELECT id, kind FROM event_log WHERE id > $1
