<?php
// PDO's loops. Variants: a statement for each lookup (each: prepared under a new name, executed and
// deallocated), one for all of them (kept), and none at all (emulated: the keys in the text).
function connect(string $variant): PDO
{
    $dsn = sprintf('pgsql:host=%s;port=%s;dbname=%s;sslmode=%s', getenv('PGHOST'), getenv('PGPORT'),
                   getenv('PGDATABASE'), getenv('PGSSLMODE'));
    return new PDO($dsn, getenv('PGUSER'), null, [
        PDO::ATTR_ERRMODE => PDO::ERRMODE_EXCEPTION,
        PDO::ATTR_EMULATE_PREPARES => $variant == 'emulated',
        PDO::PGSQL_ATTR_DISABLE_PREPARES => $variant == 'unnamed',
    ]);
}

function loop_over(PDO $db, string $variant, string $transaction, string $list, string $lookup,
                   array $columns): void
{
    if ($transaction == 'read_committed') {
        $db->beginTransaction();
    } elseif ($transaction == 'repeatable_read') {
        $db->exec('BEGIN ISOLATION LEVEL REPEATABLE READ');
    }
    $text = preg_replace('/\$\d/', '?', $lookup);
    $rows = $db->query($list)->fetchAll(PDO::FETCH_NUM);
    $kept = $variant == 'kept' ? $db->prepare($text) : null;
    foreach ($rows as $row) {
        if ($transaction == 'each_row') {
            $db->beginTransaction();
        }
        $statement = $kept ?? $db->prepare($text);
        foreach ($columns as $number => $column) {
            $statement->bindValue($number + 1, $row[$column],
                                  is_int($row[$column]) ? PDO::PARAM_INT : PDO::PARAM_STR);
        }
        $statement->execute();
        foreach ($statement->fetchAll(PDO::FETCH_NUM) as $found) {
            echo json_encode($found), "\n";
        }
        echo "-\n";
        $statement = null;
        if ($transaction == 'each_row') {
            $db->commit();
        }
    }
    $kept = null;
    if ($transaction == 'read_committed') {
        $db->commit();
    } elseif ($transaction == 'repeatable_read') {
        $db->exec('COMMIT');
    }
}

$connections = [];
while (($line = fgets(STDIN)) !== false) {
    [$variant, $transaction, $list, $lookup, $columns] = explode("\t", rtrim($line, "\n"));
    $connections[$variant] ??= connect($variant);
    loop_over($connections[$variant], $variant, $transaction, $list, $lookup,
              array_map('intval', explode(',', $columns)));
    echo "end\n";
}
