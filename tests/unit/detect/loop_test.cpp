// Loops over the rows of a result, and what only looks like one.
#include <gtest/gtest.h>

#include <algorithm>
#include <numeric>
#include <random>

#include "analyzer/detect/foreign_keys.hpp"
#include "unit/detect/conversation.hpp"

namespace pgfold::detect::testing {
namespace {

constexpr std::uint32_t organization_oid = 101, employee_oid = 102, order_oid = 103, item_oid = 104,
                        product_oid = 105, category_oid = 106;

const auto organizations = select("organization");
const auto employees_of = select("employee", {"organization_id"});
const auto organization_by_id = select("organization", {"id"});
const auto employees = select("employee");
const auto employee_by_id = select("employee", {"id"});
const auto orders = select("orders");
const auto items_of = select("order_item", {"order_id"});
const auto product_by_id = select("product", {"id"});
const auto event_log = select("event_log");

class loops : public ::testing::Test {
protected:
    collected all_;
    conversation c_{all_};

    // What is found once the connection has idled for long enough.
    void settle() {
        c_.wait(2s);
        c_.tick();
    }
    [[nodiscard]] std::size_t proven(const sql::template_ptr& child,
                                     const sql::template_ptr& parent, std::uint32_t oid) const {
        return all_.attributed(child, parent, oid, 1);
    }
    [[nodiscard]] std::size_t claims() const { return all_.of(finding_class::n_plus_one).size(); }
};

TEST_F(loops, children_of_every_row) {
    c_.query(organizations, {}, ids(organization_oid, "id", sequence(1, 50)));
    for (int id = 1; id <= 50; ++id)
        c_.query(employees_of, {id}, ids(employee_oid, "id", {id * 10, id * 10 + 1}));
    settle();
    ASSERT_EQ(claims(), 1U);
    const finding f = all_.of(finding_class::n_plus_one)[0];
    EXPECT_EQ(f.statement, employees_of);
    EXPECT_EQ(f.parent.statement, organizations);
    EXPECT_EQ(f.parent.columns, std::vector<std::string>{"id"});
    EXPECT_EQ(f.key_columns, std::vector<std::string>{"organization_id"});
    EXPECT_EQ(f.runs, 1U);
    EXPECT_EQ(f.lookups, 50U);
    EXPECT_EQ(f.distinct_arguments, 50U);
    EXPECT_EQ(f.rows, 100U);
    EXPECT_EQ(f.round_trips_avoidable, 49U);
    EXPECT_NEAR(f.total_ms, 50 * 0.2, 0.01);
    EXPECT_GT(f.window_share, 0.5);
    EXPECT_LE(f.window_share, 1.0);
    EXPECT_EQ(f.database, "shop");
    EXPECT_FALSE(f.example.empty());
    EXPECT_EQ(proven(employees_of, organizations, organization_oid), 50U);
    EXPECT_EQ(all_.hub.findings().size(), 1U) << "nothing else is reported";
}

TEST_F(loops, are_reported_while_they_run) {
    c_.query(organizations, {}, ids(organization_oid, "id", sequence(1, 50)));
    for (int id = 1; id <= 25; ++id)
        c_.query(employees_of, {id});
    EXPECT_EQ(all_.announced.size(), 1U) << "halfway through";
    for (int id = 26; id <= 50; ++id)
        c_.query(employees_of, {id});
    settle();
    EXPECT_EQ(all_.announced.size(), 1U) << "once only";
    EXPECT_EQ(all_.of(finding_class::n_plus_one)[0].lookups, 50U);
    EXPECT_EQ(all_.of(finding_class::n_plus_one)[0].runs, 1U);
}

TEST_F(loops, are_reported_when_their_transaction_ends) {
    c_.begin();
    c_.query(organizations, {}, ids(organization_oid, "id", sequence(1, 6)));
    for (int id = 1; id <= 6; ++id)
        c_.query(employees_of, {id});
    c_.commit();
    EXPECT_EQ(claims(), 1U);
}

TEST_F(loops, of_four_rows_are_no_finding) {
    c_.query(organizations, {}, ids(organization_oid, "id", sequence(1, 4)));
    for (int id = 1; id <= 4; ++id)
        c_.query(employees_of, {id});
    settle();
    EXPECT_TRUE(all_.hub.findings().empty());
}

TEST_F(loops, parents_asked_for_again_and_again) {
    // Belongs-to without an identity map: one lookup per row, keys repeat.
    std::vector<std::vector<cell>> rows;
    for (int i = 1; i <= 60; ++i)
        rows.push_back({i, i * 7 % 20 + 1});
    c_.query(employees, {}, rows_of(employee_oid, {"id", "organization_id"}, rows));
    for (int i = 1; i <= 60; ++i)
        c_.query(organization_by_id, {i * 7 % 20 + 1});
    settle();
    EXPECT_EQ(all_.attributed(organization_by_id, employees, employee_oid, 2), 60U);
    EXPECT_EQ(all_.attributions[0].columns[0].index, 1U);
    EXPECT_EQ(all_.of(finding_class::n_plus_one)[0].distinct_arguments, 20U);
    EXPECT_EQ(all_.hub.findings().size(), 1U);
}

TEST_F(loops, parents_behind_an_identity_map_with_nulls) {
    std::vector<std::vector<cell>> rows;
    std::vector<bool> seen(21, false);
    for (int i = 1; i <= 60; ++i)
        rows.push_back({i, i % 5 == 0 ? null_cell : cell(i * 7 % 20 + 1)});
    c_.query(employees, {}, rows_of(employee_oid, {"id", "organization_id"}, rows));
    std::size_t asked = 0;
    for (int i = 1; i <= 60; ++i) {
        const int id = i * 7 % 20 + 1;
        if (i % 5 == 0 || seen[static_cast<std::size_t>(id)]) continue;
        seen[static_cast<std::size_t>(id)] = true;
        c_.query(organization_by_id, {id});
        ++asked;
    }
    settle();
    EXPECT_EQ(all_.attributed(organization_by_id, employees, employee_oid, 2), asked);
}

TEST_F(loops, that_break_early) {
    c_.query(organizations, {}, ids(organization_oid, "id", sequence(1, 200)));
    for (int id = 1; id <= 7; ++id)
        c_.query(employees_of, {id});
    settle();
    EXPECT_EQ(proven(employees_of, organizations, organization_oid), 7U);
}

TEST_F(loops, that_leave_rows_out) {
    std::mt19937 random(3);
    c_.query(organizations, {}, ids(organization_oid, "id", sequence(1, 100)));
    std::size_t asked = 0;
    for (int id = 1; id <= 100; ++id) {
        if (random() % 3 != 0) continue;
        c_.query(employees_of, {id});
        ++asked;
    }
    settle();
    EXPECT_EQ(proven(employees_of, organizations, organization_oid), asked);
}

TEST_F(loops, in_reverse) {
    c_.query(organizations, {}, ids(organization_oid, "id", sequence(1, 40)));
    for (int id = 40; id >= 1; --id)
        c_.query(employees_of, {id});
    settle();
    EXPECT_EQ(proven(employees_of, organizations, organization_oid), 40U);
}

TEST_F(loops, sorted_by_the_application) {
    std::vector<int> order = sequence(1, 30);
    std::mt19937 random(5);
    for (std::size_t i = order.size(); i > 1; --i)
        std::swap(order[i - 1], order[random() % i]);
    c_.query(organizations, {}, ids(organization_oid, "id", sequence(1, 30)));
    for (const int id : order)
        c_.query(employees_of, {id});
    settle();
    EXPECT_EQ(proven(employees_of, organizations, organization_oid), 30U);
}

TEST_F(loops, over_two_thousand_dense_ids) {
    c_.query(organizations, {}, ids(organization_oid, "id", sequence(1, 2000)));
    for (int id = 1; id <= 2000; ++id)
        c_.query(employees_of, {id});
    settle();
    EXPECT_GE(proven(employees_of, organizations, organization_oid), 1980U);
    ASSERT_EQ(all_.hub.findings().size(), 1U)
        << "what lies past the rows that are kept is the same loop";
    EXPECT_EQ(all_.of(finding_class::n_plus_one)[0].runs, 1U);
}

TEST_F(loops, beside_two_thousand_dense_ids_are_not_its_loops) {
    std::mt19937 random(7);
    c_.query(event_log, {}, ids(901, "id", sequence(1, 2000)));
    for (int i = 0; i < 200; ++i)
        c_.query(employee_by_id, {static_cast<int>(random() % 2000) + 1});
    settle();
    EXPECT_EQ(claims(), 0U);
    EXPECT_EQ(all_.of(finding_class::suspected).size(), 1U);
}

TEST_F(loops, of_one_row_each_in_a_transaction_of_its_own) {
    c_.query(organizations, {}, ids(organization_oid, "id", sequence(1, 20)));
    for (int id = 1; id <= 20; ++id) {
        c_.begin();
        c_.query(employees_of, {id});
        c_.commit();
    }
    settle();
    EXPECT_EQ(proven(employees_of, organizations, organization_oid), 20U);
}

TEST_F(loops, with_errors_inside) {
    c_.query(organizations, {}, ids(organization_oid, "id", sequence(1, 30)));
    for (int id = 1; id <= 30; ++id) {
        if (id % 7 == 0) c_.fail(employees_of, {id});
        c_.query(employees_of, {id});
    }
    settle();
    EXPECT_EQ(proven(employees_of, organizations, organization_oid), 34U);
    EXPECT_EQ(all_.of(finding_class::n_plus_one)[0].distinct_arguments, 30U);
}

TEST_F(loops, of_two_children_per_row) {
    const auto projects_of = select("project", {"organization_id"});
    c_.query(organizations, {}, ids(organization_oid, "id", sequence(1, 20)));
    for (int id = 1; id <= 20; ++id) {
        c_.query(employees_of, {id}, ids(employee_oid, "id", {id * 3, id * 3 + 1}));
        c_.query(projects_of, {id});
    }
    settle();
    EXPECT_EQ(proven(employees_of, organizations, organization_oid), 20U);
    EXPECT_EQ(proven(projects_of, organizations, organization_oid), 20U);
    EXPECT_EQ(claims(), 2U);
}

TEST_F(loops, nested) {
    c_.query(orders, {}, ids(order_oid, "id", sequence(1, 12)));
    std::size_t products = 0;
    for (int order = 1; order <= 12; ++order) {
        std::vector<std::vector<cell>> rows;
        for (int i = 0; i <= order % 4; ++i)
            rows.push_back({order * 10 + i, order, (order * 17 + i * 23) % 60 + 1});
        c_.query(items_of, {order}, rows_of(item_oid, {"id", "order_id", "product_id"}, rows));
        for (const auto& row : rows) {
            c_.query(product_by_id, {row[2]});
            ++products;
        }
    }
    settle();
    EXPECT_EQ(proven(items_of, orders, order_oid), 12U);
    EXPECT_GE(all_.attributed(product_by_id, items_of, item_oid, 3), products - 1);
    EXPECT_EQ(claims(), 2U);
}

TEST_F(loops, down_a_tree) {
    const auto roots = select("category", {}, " roots");
    const auto children = select("category", {"parent_id"});
    c_.query(roots, {}, ids(category_oid, "id", {1, 2, 3}));
    int next = 4;
    std::size_t asked = 0;
    const auto descend = [&](auto&& self, int id, int depth) -> void {
        std::vector<int> found;
        if (depth < 4) {
            for (int i = 0; i < 3; ++i)
                found.push_back(next++);
        }
        c_.query(children, {id}, ids(category_oid, "id", found));
        ++asked;
        for (const int child : found)
            self(self, child, depth + 1);
    };
    for (int root = 1; root <= 3; ++root)
        descend(descend, root, 1);
    settle();
    EXPECT_EQ(all_.attributions.size(), asked);
    for (const auto& a : all_.attributions)
        EXPECT_EQ(a.columns.at(0).table_oid, category_oid);
}

TEST_F(loops, along_a_chain_are_none) {
    // A linked list: each row names the next. No result feeds more than one lookup.
    const auto next_of = select("page", {"previous_id"});
    for (int id = 1; id <= 40; ++id)
        c_.query(next_of, {id * 3},
                 rows_of(110, {"id", "other"}, {{id * 3 + 3, 7}, {900 + id, 8}}));
    settle();
    EXPECT_EQ(claims(), 0U);
}

TEST_F(loops, by_composite_key) {
    const auto lines = select("shipment_line");
    const auto stock = select("stock_level", {"warehouse_no", "product_id"});
    std::vector<std::vector<cell>> rows;
    for (int i = 1; i <= 30; ++i)
        rows.push_back({i, i * 3 % 5 + 1, i * 19 % 60 + 1});
    c_.query(lines, {}, rows_of(120, {"id", "warehouse_no", "product_id"}, rows));
    for (const auto& row : rows)
        c_.query(stock, {row[1], row[2]});
    settle();
    ASSERT_EQ(claims(), 1U);
    const finding f = all_.of(finding_class::n_plus_one)[0];
    EXPECT_EQ(f.lookups, 30U);
    EXPECT_EQ(f.key_columns, (std::vector<std::string>{"warehouse_no", "product_id"}));
    EXPECT_EQ(f.parent.columns, (std::vector<std::string>{"warehouse_no", "product_id"}));
}

TEST_F(loops, with_a_key_that_stays_the_same) {
    const auto of_tenant = select("employee", {"tenant_id", "organization_id"});
    c_.query(organizations, {}, ids(organization_oid, "id", sequence(11, 40)));
    for (int id = 11; id <= 40; ++id)
        c_.query(of_tenant, {5, id});
    settle();
    ASSERT_EQ(claims(), 1U);
    EXPECT_EQ(all_.of(finding_class::n_plus_one)[0].key_columns,
              std::vector<std::string>{"organization_id"});
}

TEST_F(loops, sent_as_one_pipeline) {
    c_.query(organizations, {}, ids(organization_oid, "id", sequence(1, 50)));
    std::vector<execution_id> asked;
    for (int id = 1; id <= 50; ++id)
        asked.push_back(c_.ask(employees_of, {id}));
    for (const execution_id id : asked)
        c_.answer(id, ids(employee_oid, "id", {1, 2}));
    c_.ready(asked.front(), asked.back());
    settle();
    EXPECT_EQ(proven(employees_of, organizations, organization_oid), 50U);
}

TEST_F(loops, cannot_be_fed_by_rows_that_come_later) {
    std::vector<execution_id> asked;
    for (int id = 1; id <= 9; ++id)
        asked.push_back(c_.ask(employees_of, {id}));
    const execution_id list = c_.ask(organizations, {});
    for (const execution_id id : asked)
        c_.answer(id, ids(employee_oid, "id", {1000, 1001}));
    c_.answer(list, ids(organization_oid, "id", sequence(1, 9)));
    c_.ready(asked.front(), list);
    settle();
    EXPECT_EQ(claims(), 0U);
}

TEST_F(loops, over_a_portal_read_in_pieces) {
    const execution_id list = c_.ask(organizations, {});
    c_.answer(list, ids(organization_oid, "id", sequence(1, 10)), true);
    for (int id = 1; id <= 10; ++id)
        c_.query(employees_of, {id});
    settle();
    EXPECT_EQ(proven(employees_of, organizations, organization_oid), 10U);
}

TEST_F(loops, echoed_arguments_are_no_source) {
    // Each answer repeats the key that it was asked with; the list is where the keys come from.
    c_.query(organizations, {}, ids(organization_oid, "id", sequence(1, 20)));
    const auto budget_of = select("budget", {"organization_id"});
    for (int id = 1; id <= 20; ++id) {
        c_.query(
            employees_of, {id},
            rows_of(employee_oid, {"organization_id", "id"}, {{id, id * 100}, {id, id * 100 + 1}}));
        c_.query(budget_of, {id});
    }
    settle();
    EXPECT_EQ(proven(budget_of, organizations, organization_oid), 20U);
}

TEST_F(loops, a_list_page_and_its_detail_page_are_none) {
    std::mt19937 random(11);
    for (int request = 0; request < 40; ++request) {
        c_.query(employees, {}, ids(employee_oid, "id", sequence(1, 20)));
        c_.query(employee_by_id, {static_cast<int>(random() % 20) + 1});
    }
    settle();
    EXPECT_EQ(claims(), 0U);
}

TEST_F(loops, keyset_pages_are_none) {
    auto page = std::make_shared<sql::statement_template>(
        *select("event_log", {}, " WHERE id > $1 LIMIT 20"));
    page->parameter_count = page->bound_parameters = 1;
    page->parameter_roles = {sql::parameter_role::range};
    for (int i = 0; i < 30; ++i)
        c_.query(page, {i * 20}, ids(901, "id", sequence(i * 20 + 1, i * 20 + 20)));
    settle();
    EXPECT_TRUE(all_.hub.findings().empty());
}

TEST_F(loops, in_ten_requests_are_ten_runs) {
    for (int request = 0; request < 10; ++request) {
        c_.begin();
        c_.query(organizations, {},
                 ids(organization_oid, "id", sequence(request * 8 + 1, request * 8 + 8)));
        for (int id = request * 8 + 1; id <= request * 8 + 8; ++id)
            c_.query(employees_of, {id});
        c_.commit();
    }
    settle();
    ASSERT_EQ(claims(), 1U);
    EXPECT_EQ(all_.of(finding_class::n_plus_one)[0].runs, 10U);
    EXPECT_EQ(all_.of(finding_class::n_plus_one)[0].lookups, 80U);
    EXPECT_EQ(all_.of(finding_class::n_plus_one)[0].round_trips_avoidable, 70U);
}

TEST_F(loops, of_requests_that_take_turns_on_one_connection) {
    c_.query(organizations, {}, ids(organization_oid, "id", sequence(1, 20)));
    c_.query(organizations, {}, ids(organization_oid, "id", sequence(101, 120)));
    for (int i = 0; i < 20; ++i) {
        c_.query(employees_of, {1 + i});
        c_.query(employees_of, {101 + i});
    }
    settle();
    EXPECT_EQ(proven(employees_of, organizations, organization_oid), 40U);
}

TEST_F(loops, of_requests_told_apart_by_their_traces) {
    const std::string first =
        "/*traceparent='00-11111111111111111111111111111111-2222222222222222-01'*/";
    const std::string second =
        "/*traceparent='00-33333333333333333333333333333333-4444444444444444-01'*/";
    c_.query(organizations, {}, ids(organization_oid, "id", sequence(1, 20)), first);
    c_.query(organizations, {}, ids(organization_oid, "id", sequence(1, 20)), second);
    std::vector<execution_id> of_second;
    for (int i = 0; i < 20; ++i) {
        c_.query(employees_of, {1 + i}, {}, first);
        of_second.push_back(c_.query(employees_of, {1 + i}, {}, second));
    }
    settle();
    EXPECT_EQ(proven(employees_of, organizations, organization_oid), 40U);
    for (const auto& a : all_.attributions) {
        const bool second_request =
            std::find(of_second.begin(), of_second.end(), a.lookup) != of_second.end();
        EXPECT_EQ(a.parent, second_request ? 2U : 1U);
    }
}

TEST_F(loops, are_cut_by_an_idle_gap) {
    c_.query(organizations, {}, ids(organization_oid, "id", sequence(1, 20)));
    for (int id = 1; id <= 20; ++id) {
        c_.wait(1500ms);
        c_.query(employees_of, {id});
    }
    settle();
    EXPECT_TRUE(all_.hub.findings().empty());
}

TEST_F(loops, are_cut_by_a_session_reset) {
    c_.query(organizations, {}, ids(organization_oid, "id", sequence(1, 20)));
    c_.reset();
    for (int id = 1; id <= 20; ++id)
        c_.query(employees_of, {id});
    settle();
    EXPECT_EQ(claims(), 0U);
}

TEST_F(loops, of_updates_are_write_loops_with_a_parent) {
    const auto update = write(sql::statement_kind::update, "employee", {"id"}, 1);
    c_.query(employees, {}, ids(employee_oid, "id", sequence(1, 30)));
    for (int id = 1; id <= 30; ++id)
        c_.query(update, {"title " + std::to_string(id), id}, {});
    settle();
    ASSERT_EQ(all_.of(finding_class::write_loop).size(), 1U);
    EXPECT_EQ(all_.of(finding_class::write_loop)[0].parent.statement, employees);
    EXPECT_EQ(claims(), 0U);
}

class knows_keys final : public foreign_keys {
public:
    explicit knows_keys(key_relation answer) : answer_(answer) {}
    [[nodiscard]] key_relation relation(const std::string_view database, std::uint32_t,
                                        std::int16_t, const sql::key_comparison&) const override {
        return database == "shop" ? answer_ : key_relation::unknown;
    }

private:
    key_relation answer_;
};

TEST(catalog, vetoes_columns_that_it_knows_to_be_unrelated) {
    for (const auto answer :
         {key_relation::unknown, key_relation::related, key_relation::unrelated}) {
        collected all;
        all.hub.use_foreign_keys(std::make_shared<knows_keys>(answer));
        conversation c(all);
        c.query(organizations, {}, ids(organization_oid, "id", sequence(1, 20)));
        for (int id = 1; id <= 20; ++id)
            c.query(employees_of, {id});
        c.end();
        EXPECT_EQ(all.of(finding_class::n_plus_one).size(),
                  answer == key_relation::unrelated ? 0U : 1U);
    }
}

TEST(cursors, of_a_server_feed_loops_by_the_name_of_their_statement) {
    collected all;
    conversation c(all);
    auto declare = std::make_shared<sql::statement_template>(
        *statement_of(sql::statement_kind::declare_cursor));
    declare->normalized_text =
        "DECLARE \"names\" NO SCROLL CURSOR WITH HOLD FOR SELECT id FROM organization";
    declare->tables_read = {{"", "organization", ""}};
    auto fetch =
        std::make_shared<sql::statement_template>(*statement_of(sql::statement_kind::fetch));
    fetch->normalized_text = "FETCH FORWARD 20 FROM \"names\"";
    c.query(declare, {}, {});
    c.query(fetch, {}, ids(organization_oid, "id", sequence(1, 20)));
    for (int id = 1; id <= 20; ++id)
        c.query(employees_of, {id});
    c.end();
    EXPECT_EQ(all.attributed(employees_of, declare, organization_oid, 1), 20U);
}

}  // namespace
}  // namespace pgfold::detect::testing
