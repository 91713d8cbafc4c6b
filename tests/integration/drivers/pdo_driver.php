<?php
// PDO pgsql: every prepare makes a named statement, with a new name each time.
function connection(): PDO
{
    $dsn = sprintf('pgsql:host=%s;port=%s;dbname=%s;sslmode=%s', getenv('PGHOST'), getenv('PGPORT'),
                   getenv('PGDATABASE'), getenv('PGSSLMODE'));
    if (getenv('PGSSLROOTCERT')) {
        $dsn .= ';sslrootcert=' . getenv('PGSSLROOTCERT');
    }
    return new PDO($dsn, getenv('PGUSER'), getenv('PGPASSWORD') ?: null,
                   [PDO::ATTR_ERRMODE => PDO::ERRMODE_EXCEPTION]);
}

$db = connection();

$plus = $db->prepare('SELECT ?::int + 1');
$total = 0;
for ($i = 0; $i < 8; $i++) {
    $plus->execute([$i]);
    $total += $plus->fetchColumn();
}
echo "prepared: $total\n";

$types = $db->prepare('SELECT ?::int8, ?::numeric, ?::text, ?::bytea, ?::bool, ?::text, ?::int[]');
foreach ([2 ** 40, '1.50', "ä'\\x", null, true, null, '{1,2}'] as $i => $value) {
    $types->bindValue($i + 1, $value, is_bool($value) ? PDO::PARAM_BOOL : PDO::PARAM_STR);
}
$types->bindValue(4, "\x00\xff", PDO::PARAM_LOB);
$types->execute();
$row = $types->fetch(PDO::FETCH_NUM);
$row[3] = bin2hex(stream_get_contents($row[3]));
echo 'types: ', json_encode($row), "\n";

$states = [];
$db->beginTransaction();
$db->exec('CREATE TEMP TABLE t (n int PRIMARY KEY)');
$db->prepare('INSERT INTO t VALUES (?)')->execute([1]);
$db->exec('SAVEPOINT s');
foreach (['INSERT INTO t VALUES (1)', 'SELECT 1'] as $sql) {
    try {
        $db->query($sql);
    } catch (PDOException $error) {
        $states[] = $error->getCode();
    }
}
$db->exec('ROLLBACK TO s');
$db->prepare('INSERT INTO t VALUES (?)')->execute([2]);
$db->commit();
echo 'transaction: ', implode(' ', $states), ' ', $db->query('SELECT count(*) FROM t')->fetchColumn(), "\n";

echo "pipeline: not offered\n";

$db->beginTransaction();
$cursor = $db->prepare('SELECT generate_series(1, 100)', [PDO::ATTR_CURSOR => PDO::CURSOR_SCROLL]);
$cursor->execute();
$sum = 0;
while (($row = $cursor->fetch(PDO::FETCH_NUM, PDO::FETCH_ORI_NEXT)) !== false) {
    $sum += $row[0];
}
$cursor = null;
$db->commit();
echo "cursor: $sum\n";

$db->exec('CREATE TEMP TABLE c (n int, t text)');
$db->pgsqlCopyFromArray('c', array_map(fn($i) => "$i\trow $i\n", range(0, 999)));
echo 'copy: ', strlen(implode('', $db->pgsqlCopyToArray('c'))), "\n";

echo "cancel: not offered\n";

$other = connection();
$db->exec('LISTEN driver_pdo');
$other->exec("NOTIFY driver_pdo, 'hello'");
$notify = $db->pgsqlGetNotify(PDO::FETCH_ASSOC, 30000);
echo "notify: {$notify['message']} {$notify['payload']}\n";

$large = $db->prepare('SELECT ?::text');
$large->execute([str_repeat('x', 5_000_000)]);
echo 'large: ', strlen($large->fetchColumn()), "\n";

$count = 0;
foreach ($db->query('SELECT id, name FROM driver_list ORDER BY id')->fetchAll() as $list) {
    $items = $db->prepare('SELECT id, title FROM driver_item WHERE list_id = ?');
    $items->execute([$list['id']]);
    $count += count($items->fetchAll());
}
echo "loop: $count\n";
