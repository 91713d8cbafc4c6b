require "minitest/autorun"
require "active_record"
require_relative "../../../../deploy/ci/recipes/active_record_tag"

ActiveRecord::Base.establish_connection(ENV.fetch("DATABASE_URL"))

class GuardAuthor < ActiveRecord::Base
  has_many :books, class_name: "GuardBook", foreign_key: :author_id
end

class GuardBook < ActiveRecord::Base
  belongs_to :author, class_name: "GuardAuthor"
end

class ShopTest < Minitest::Test
  include PgfoldTag::Minitest

  def test_list
    assert_equal 8, GuardBook.order(:id).map { |book| book.author.name }.size
  end

  def test_repaired_list
    assert_equal 8, GuardBook.includes(:author).order(:id).map { |book| book.author.name }.size
  end
end
