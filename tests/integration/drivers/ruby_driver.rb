# ruby-pg: libpq from Ruby, text both ways.
require 'pg'

# ruby-pg looks up hosts by itself, without the environment.
HOST = { host: ENV.fetch('PGHOST') }.freeze
connection = PG.connect(HOST)
connection.set_notice_receiver { |_| }

connection.prepare('plus', 'SELECT $1::int + 1')
total = 0
8.times { |i| total += connection.exec_prepared('plus', [i]).getvalue(0, 0).to_i }
puts "prepared: #{total}"

row = connection.exec_params(
  'SELECT $1::int8, $2::numeric, $3::text, $4::bytea, $5::bool, $6::text, $7::int[]',
  [2**40, '1.50', "ä'\\x", { value: "\x00\xff".b, format: 1 }, true, nil, '{1,2}']
).values.first
puts "types: #{row.inspect}"

states = []
connection.exec('BEGIN')
connection.exec('CREATE TEMP TABLE t (n int PRIMARY KEY)')
connection.exec_params('INSERT INTO t VALUES ($1)', [1])
connection.exec('SAVEPOINT s')
['INSERT INTO t VALUES (1)', 'SELECT 1'].each do |sql|
  connection.exec_params(sql, [])
rescue PG::Error => e
  states << e.result.error_field(PG::PG_DIAG_SQLSTATE)
end
connection.exec('ROLLBACK TO s')
connection.exec_params('INSERT INTO t VALUES ($1)', [2])
connection.exec('COMMIT')
puts "transaction: #{states.inspect} #{connection.exec('SELECT count(*) FROM t').getvalue(0, 0)}"

results = []
connection.enter_pipeline_mode
5.times { |i| connection.send_query_params('SELECT $1::int * 2', [i]) }
connection.pipeline_sync
connection.send_query_params('SELECT 1 / $1::int', [0])
connection.send_query_params('SELECT 7', [])
connection.pipeline_sync
syncs = 0
while syncs < 2
  result = connection.get_result
  next if result.nil?

  case result.result_status
  when PG::PGRES_PIPELINE_SYNC then syncs += 1
  when PG::PGRES_TUPLES_OK then results << result.getvalue(0, 0)
  when PG::PGRES_FATAL_ERROR then results << result.error_field(PG::PG_DIAG_SQLSTATE)
  when PG::PGRES_PIPELINE_ABORTED then results << 'aborted'
  end
end
connection.exit_pipeline_mode
puts "pipeline: #{results.inspect}"

total = 0
connection.send_query('SELECT generate_series(1, 100)')
connection.set_single_row_mode
connection.get_result.stream_each { |r| total += r['generate_series'].to_i }
puts "cursor: #{total}"
connection.get_last_result

connection.exec('CREATE TEMP TABLE c (n int, t text)')
connection.copy_data('COPY c FROM STDIN') { 1000.times { |i| connection.put_copy_data("#{i}\trow #{i}\n") } }
size = 0
connection.copy_data('COPY (SELECT * FROM c ORDER BY n) TO STDOUT') do
  while (data = connection.get_copy_data)
    size += data.bytesize
  end
end
puts "copy: #{size}"

other = PG.connect(HOST)
thread = Thread.new do
  other.exec_params('SELECT wait_for_sleeper($1::int)', [connection.backend_pid])
  connection.cancel
end
begin
  connection.exec('SELECT pg_sleep(60)')
rescue PG::QueryCanceled => e
  puts "cancel: #{e.result.error_field(PG::PG_DIAG_SQLSTATE)} #{connection.exec("SELECT 'alive'").getvalue(0, 0)}"
end
thread.join

connection.exec('LISTEN driver_ruby')
other.exec("NOTIFY driver_ruby, 'hello'")
connection.wait_for_notify(30) { |channel, _, payload| puts "notify: #{channel} #{payload}" }

puts "large: #{connection.exec_params('SELECT $1::text', ['x' * 5_000_000]).getvalue(0, 0).size}"

count = 0
connection.exec('SELECT id, name FROM driver_list ORDER BY id').each do |list|
  count += connection.exec_params('SELECT id, title FROM driver_item WHERE list_id = $1', [list['id']]).ntuples
end
puts "loop: #{count}"
