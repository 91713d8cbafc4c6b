# DBD::Pg: unnamed at first, named from the second execution on.
use strict;
use warnings;
use DBI;
use DBD::Pg qw(:pg_types);
$| = 1;

sub connection { return DBI->connect('dbi:Pg:', undef, undef, { RaiseError => 1, PrintError => 0, AutoCommit => 1, pg_enable_utf8 => 1 }) }
my $db = connection();

my $plus = $db->prepare('SELECT ?::int + 1');
my $total = 0;
for my $i (0 .. 7) { $plus->execute($i); $total += ($plus->fetchrow_array)[0]; }
print "prepared: $total\n";

my $types = $db->prepare('SELECT ?::int8, ?::numeric, length(?::text), ?::bytea, ?::bool, ?::text, ?::int[]');
$types->bind_param(4, undef, { pg_type => PG_BYTEA });
$types->execute(2**40, '1.50', "\x{e4}'\\x", "\x00\xff", 1, undef, [1, 2]);
my @row = $types->fetchrow_array;
printf "types: %s %s %s %s %s %s %s\n", @row[0 .. 2], unpack('H*', $row[3]), $row[4], $row[5] // 'NULL', join('|', @{ $row[6] });

my @states;
$db->begin_work;
$db->do('CREATE TEMP TABLE t (n int PRIMARY KEY)');
$db->do('INSERT INTO t VALUES (?)', undef, 1);
$db->pg_savepoint('s');
for my $sql ('INSERT INTO t VALUES (1)', 'SELECT 1') {
    eval { $db->do($sql); 1 } or push @states, $db->state;
}
$db->pg_rollback_to('s');
$db->do('INSERT INTO t VALUES (?)', undef, 2);
$db->commit;
print "transaction: @states ", $db->selectrow_array('SELECT count(*) FROM t'), "\n";

print "pipeline: not offered\n";

$db->begin_work;
$db->do('DECLARE c CURSOR FOR SELECT generate_series(1, 100)');
my $sum = 0;
while (1) {
    my $rows = $db->selectcol_arrayref('FETCH 7 FROM c');
    last unless @$rows;
    $sum += $_ for @$rows;
}
$db->commit;
print "cursor: $sum\n";

$db->do('CREATE TEMP TABLE c (n int, t text)');
$db->do('COPY c FROM STDIN');
$db->pg_putcopydata("$_\trow $_\n") for 0 .. 999;
$db->pg_putcopyend;
$db->do('COPY (SELECT * FROM c ORDER BY n) TO STDOUT');
my ($data, $size) = ('', 0);
$size += length $data while $db->pg_getcopydata($data) >= 0;
print "copy: $size\n";

# DBD::Pg cancels an asynchronous statement of the same thread.
my $other = connection();
my $sleep = $db->prepare('SELECT pg_sleep(60)', { pg_async => 1 });
$sleep->execute;
$other->do('SELECT wait_for_sleeper(?)', undef, $db->{pg_pid});
$db->pg_cancel;
print 'cancel: ', $db->state || 'done', ' ', $db->selectrow_array("SELECT 'alive'"), "\n";

$db->do('LISTEN driver_dbd');
$other->do("NOTIFY driver_dbd, 'hello'");
my $notify;
until ($notify = $db->pg_notifies) { $db->do('SELECT 1') }
print "notify: $notify->[0] $notify->[2]\n";

print 'large: ', length(($db->selectrow_array('SELECT ?::text', undef, 'x' x 5_000_000))[0]), "\n";

my $count = 0;
my $items = $db->prepare('SELECT id, title FROM driver_item WHERE list_id = ?');
for my $list (@{ $db->selectall_arrayref('SELECT id, name FROM driver_list ORDER BY id') }) {
    $items->execute($list->[0]);
    $count += @{ $items->fetchall_arrayref };
}
print "loop: $count\n";
$_->disconnect for $db, $other;
