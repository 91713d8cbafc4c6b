begin
----
commit
