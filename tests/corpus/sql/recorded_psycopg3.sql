COPY event_log TO STDOUT
----
COPY audit_note (employee_id, note) FROM STDIN
