# ActiveRecord's loops over lazy relations. Variants: prepared (the default) and unprepared, which
# sends unnamed statements with the values in their text.
require 'active_record'

def connect(variant)
  ActiveRecord::Base.establish_connection(
    adapter: 'postgresql', host: ENV.fetch('PGHOST'), port: ENV.fetch('PGPORT'),
    username: ENV.fetch('PGUSER'), database: ENV.fetch('PGDATABASE'),
    schema_search_path: 'loops', prepared_statements: variant == 'prepared'
  )
end

class Customer < ActiveRecord::Base
  self.table_name = 'customer'
  has_many :orders, -> { order(:id) }
end

class Product < ActiveRecord::Base
  self.table_name = 'product'
end

class Purchase < ActiveRecord::Base
  self.table_name = 'purchase'
  belongs_to :order
  belongs_to :product
end

class Order < ActiveRecord::Base
  belongs_to :customer
  has_many :purchases
  has_many :products, -> { order(:id) }, through: :purchases
end

def customers = Customer.order(:id)
def orders = Order.order(:id).limit(40)

LOOPS = {
  'has_many' => lambda { |around|
    customers.each { |c| around.call { puts c.orders.map { |o| [o.id, o.placed] }.inspect } }
  },
  'belongs_to' => ->(around) { orders.each { |o| around.call { puts o.customer.name } } },
  'many_to_many' => lambda { |around|
    orders.each { |o| around.call { puts o.products.map(&:name).inspect } }
  },
  'nested' => lambda { |around|
    customers.limit(12).each do |customer|
      around.call do
        customer.orders.each { |o| puts "#{o.id} #{o.products.map(&:name).inspect}" }
      end
    end
  },
  # What is written and goes again, an error between.
  'save' => lambda { |around|
    around.call do
      Customer.create!(id: 1000, name: 'a new one', code: 'c-1000')
      orders = (1..3).map { |i| Order.create!(id: 1000 + i, customer_id: 1000, placed: Date.new(2024, 5, i)) }
      orders.each { |o| Purchase.create!(id: 1000 + o.id, order: o, product: Product.find(o.id % 30 + 1)) }
    end
    begin
      Customer.transaction(requires_new: true) { Customer.create!(id: 1000, name: 'twice') }
    rescue ActiveRecord::RecordNotUnique
      puts 'refused'
    end
    around.call do
      customer = Customer.find(1000)
      customer.update!(name: 'renamed')
      customer.orders.each { |o| puts [o.id, o.products.map(&:name)].inspect }
      Purchase.where('id > 1000').destroy_all
      Order.where('id > 1000').destroy_all
      customer.reload.destroy!
    end
    puts 'saved'
  },
  'count' => ->(around) { customers.each { |c| around.call { puts c.orders.count } } }
}.freeze

PLAIN = ->(&body) { body.call }
EACH = ->(&body) { ActiveRecord::Base.transaction(&body) }

connected = nil
$stdin.each_line(chomp: true) do |line|
  variant, transaction, name = line.split("\t")
  connect(variant) if connected != variant
  connected = variant
  run = -> { LOOPS[name].call(transaction == 'each_row' ? EACH : PLAIN) }
  case transaction
  when 'read_committed' then ActiveRecord::Base.transaction(&run)
  when 'repeatable_read' then ActiveRecord::Base.transaction(isolation: :repeatable_read, &run)
  else run.call
  end
  puts 'end'
  $stdout.flush
end
