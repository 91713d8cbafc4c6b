# ruby-pg's loops. Variants: exec, with the keys in the text; exec_params; exec_prepared.
require 'pg'

def connect(variant, lookup)
  db = PG.connect(host: ENV.fetch('PGHOST'))
  db.prepare('lookup', lookup) if variant == 'exec_prepared'
  db
end

def look_up(db, variant, lookup, keys)
  case variant
  when 'exec' then db.exec(lookup.gsub(/\$(\d)/) { db.escape_literal(keys[$1.to_i - 1]) })
  when 'exec_params' then db.exec_params(lookup, keys)
  when 'exec_prepared' then db.exec_prepared('lookup', keys)
  end
end

def loop_over(db, variant, transaction, list, lookup, columns)
  whole = { 'read_committed' => 'BEGIN', 'repeatable_read' => 'BEGIN ISOLATION LEVEL REPEATABLE READ' }
  db.exec(whole[transaction]) if whole.key?(transaction)
  db.exec(list).values.each do |row|
    db.exec('BEGIN') if transaction == 'each_row'
    look_up(db, variant, lookup, row.values_at(*columns)).values.each { |found| puts found.inspect }
    puts '-'
    db.exec('COMMIT') if transaction == 'each_row'
  end
  db.exec('COMMIT') if whole.key?(transaction)
end

$stdin.each_line(chomp: true) do |line|
  variant, transaction, list, lookup, columns = line.split("\t")
  db = connect(variant, lookup)
  loop_over(db, variant, transaction, list, lookup, columns.split(',').map(&:to_i))
  db.close
  puts 'end'
  $stdout.flush
end
