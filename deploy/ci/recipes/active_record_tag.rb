# Names the running test to pgfold, so that `pgfold guard -- bin/rails test` (or rspec) says which
# test loops. Without pgfold nothing happens.
#
# Minitest, in test/test_helper.rb:
#
#     require_relative "active_record_tag"
#     class ActiveSupport::TestCase
#       include PgfoldTag::Minitest
#     end
#
# RSpec, in spec/rails_helper.rb:
#
#     require_relative "active_record_tag"
#     RSpec.configure { |config| config.around { |example| PgfoldTag.around_rspec(example) } }
module PgfoldTag
  @running = ""

  class << self
    attr_accessor :running

    def during(name)
      self.running = name
      yield
    ensure
      self.running = ""
    end

    def around_rspec(example)
      metadata = example.metadata
      place = metadata[:location].delete_prefix("./")
      during("#{place} #{metadata[:full_description]}") { example.run }
    end

    def relative(path)
      path.delete_prefix("#{Dir.pwd}/")
    end
  end

  # Tells a connection about the test before its first statement; `log` is around each of them.
  module Connection
    def log(*arguments, **options, &block)
      if (@pgfold_told || "") != PgfoldTag.running
        @pgfold_told = PgfoldTag.running
        # The driver's own connection: Active Record 7.1 and later call it so, earlier ones not.
        driver = @raw_connection || @connection
        driver&.exec_params("SELECT set_config('pgfold.tag', $1, false)", [@pgfold_told])
      end
      super
    end
  end

  module Minitest
    def run
      file, line = method(name).source_location
      place = "#{PgfoldTag.relative(file)}:#{line}"
      PgfoldTag.during("#{place} #{self.class.name}##{name}") { super }
    end
  end
end

if ENV["PGFOLD_GUARD"]
  require "active_record"
  require "active_record/connection_adapters/postgresql_adapter"
  ActiveRecord::ConnectionAdapters::PostgreSQLAdapter.prepend(PgfoldTag::Connection)
end
