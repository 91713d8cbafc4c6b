#include "unit/detect/conversation.hpp"

#include <algorithm>
#include <functional>

namespace pgfold::detect::testing {
namespace {

void put(std::vector<std::byte>& out, std::uint64_t value, std::size_t size) {
    for (std::size_t i = size; i-- > 0;)
        out.push_back(static_cast<std::byte>(value >> (8 * i)));
}

std::vector<std::byte> row_description(const std::vector<column>& columns) {
    std::vector<std::byte> out;
    put(out, columns.size(), 2);
    for (const auto& c : columns) {
        for (const char character : c.name)
            out.push_back(static_cast<std::byte>(character));
        put(out, 0, 1);
        put(out, c.table_oid, 4);
        put(out, static_cast<std::uint16_t>(c.attribute), 2);
        put(out, c.type_oid, 4);
        put(out, 4, 2);
        put(out, 0xffffffff, 4);
        put(out, 0, 2);
    }
    return out;
}

std::vector<std::byte> data_row(const std::vector<cell>& cells) {
    std::vector<std::byte> out;
    put(out, cells.size(), 2);
    for (const auto& c : cells) {
        put(out, c.is_null ? 0xffffffff : c.text.size(), 4);
        for (const char character : c.text)
            out.push_back(static_cast<std::byte>(character));
    }
    return out;
}

std::shared_ptr<sql::statement_template> named(sql::statement_kind kind, const std::string& text) {
    auto statement = std::make_shared<sql::statement_template>();
    statement->kind = kind;
    statement->normalized_text = text;
    statement->hash_low = std::hash<std::string>{}(text);
    statement->hash_high = ~statement->hash_low;
    statement->fingerprint = statement->hash_low;
    statement->fingerprint_hex = "00000000000000ff";
    return statement;
}

void add_keys(sql::statement_template& statement, const std::string& table,
              const std::vector<std::string>& keys) {
    for (const auto& key : keys) {
        statement.normalized_text += (statement.keys.empty() ? " WHERE " : " AND ") + key + " = $" +
                                     std::to_string(++statement.parameter_count);
        statement.keys.push_back({statement.parameter_count, table, "", key, "", false, false});
        statement.parameter_roles.push_back(sql::parameter_role::key);
    }
    statement.bound_parameters = statement.parameter_count;
    statement.hash_low = std::hash<std::string>{}(statement.normalized_text);
    statement.hash_high = ~statement.hash_low;
}

}  // namespace

sql::template_ptr select(const std::string& table, std::vector<std::string> keys,
                         const std::string& note) {
    auto statement = named(sql::statement_kind::select, "SELECT * FROM " + table + note);
    statement->tables_read = {{"", table, ""}};
    add_keys(*statement, table, keys);
    return statement;
}

sql::template_ptr write(sql::statement_kind kind, const std::string& table,
                        std::vector<std::string> keys, std::size_t values) {
    auto statement = named(kind, std::string(sql::to_string(kind)) + " " + table);
    statement->tables_written = {{"", table, ""}};
    for (std::size_t i = 0; i < values; ++i) {
        ++statement->parameter_count;
        statement->parameter_roles.push_back(kind == sql::statement_kind::insert
                                                 ? sql::parameter_role::insert_value
                                                 : sql::parameter_role::set_value);
    }
    add_keys(*statement, table, keys);
    return statement;
}

sql::template_ptr statement_of(sql::statement_kind kind) {
    return named(kind, std::string(sql::to_string(kind)));
}

result rows_of(std::uint32_t table_oid, std::vector<std::string> names,
               std::vector<std::vector<cell>> rows) {
    result r;
    for (auto& name : names)
        r.columns.push_back(
            {std::move(name), table_oid, static_cast<std::int16_t>(r.columns.size() + 1), 23});
    r.rows = std::move(rows);
    return r;
}

result ids(std::uint32_t table_oid, const std::string& name, const std::vector<int>& values) {
    std::vector<std::vector<cell>> rows;
    for (const int value : values)
        rows.push_back({value});
    return rows_of(table_oid, {name}, std::move(rows));
}

std::vector<int> sequence(int first, int last) {
    std::vector<int> values;
    for (int i = first; i <= last; ++i)
        values.push_back(i);
    return values;
}

collected::collected(detector_settings settings) : hub(std::move(settings)) {
    hub.on_attribution([this](const attribution& a) { attributions.push_back(a); });
    hub.on_new_finding([this](const finding& f) { announced.push_back(f); });
}

std::vector<finding> collected::of(finding_class kind) const {
    std::vector<finding> found = hub.findings();
    std::erase_if(found, [&](const finding& f) { return f.kind != kind; });
    return found;
}

std::size_t collected::attributed(const sql::template_ptr& child, const sql::template_ptr& parent,
                                  std::uint32_t table_oid, std::int16_t attribute) const {
    return static_cast<std::size_t>(
        std::count_if(attributions.begin(), attributions.end(), [&](const attribution& a) {
            return a.child_statement == child && a.parent_statement == parent &&
                   a.columns.size() == 1 && a.columns[0].table_oid == table_oid &&
                   a.columns[0].attribute == attribute;
        }));
}

conversation::conversation(collected& all, std::uint64_t connection_id,
                           const std::string& application)
    : observer_(all.hub.connect()), now_(std::chrono::hours(24 * 365 * 50)) {
    observer_->on_session_start({connection_id, "shop", "app", application, "127.0.0.1"}, now_);
}

conversation::~conversation() {
    end();
}

void conversation::end() {
    if (!ended_) observer_->on_session_end(now_);
    ended_ = true;
}

execution_id conversation::ask(const sql::template_ptr& statement,
                               const std::vector<cell>& arguments, const std::string& comment) {
    std::vector<argument> bound;
    for (const auto& a : arguments)
        bound.push_back({a.text, 0, argument_format::text, a.is_null});
    now_ += 100us;
    observer_->on_execution_start({next_, statement, bound, statement->normalized_text + comment,
                                   comment, now_, true, false,
                                   comment.find("pgfold:") == std::string::npos ? "" : comment});
    return next_++;
}

void conversation::send_rows(execution_id id, const result& answer) {
    if (!answer.columns.empty() &&
        observer_->on_row_shape(id, {row_description(answer.columns), {}})) {
        for (const auto& row : answer.rows) {
            if (!observer_->on_data_row(id, data_row(row), false)) break;
        }
    }
}

void conversation::answer(execution_id id, const result& answer, bool suspended) {
    now_ += 200us;
    send_rows(id, answer);
    observer_->on_execution_end(
        {id, now_, now_ - 200us, answer.rows.size(), 0, "SELECT", {}, suspended, false});
}

execution_id conversation::folded_query(const sql::template_ptr& statement,
                                        const std::vector<cell>& arguments, const result& answer) {
    const execution_id id = ask(statement, arguments);
    now_ += 1us;
    send_rows(id, answer);
    observer_->on_execution_end(
        {.id = id, .at = now_, .rows = answer.rows.size(), .command_tag = "SELECT", .local = true});
    ready(id, id);
    return id;
}

void conversation::ready(execution_id first, execution_id last) {
    observer_->on_ready(status_, first, last, now_);
}

execution_id conversation::query(const sql::template_ptr& statement,
                                 const std::vector<cell>& arguments, const result& rows,
                                 const std::string& comment) {
    const execution_id id = ask(statement, arguments, comment);
    answer(id, rows);
    ready(id, id);
    return id;
}

execution_id conversation::query(const sql::template_ptr& statement,
                                 const std::vector<cell>& arguments) {
    return query(statement, arguments, ids(999, "value", {7}));
}

execution_id conversation::fail(const sql::template_ptr& statement,
                                const std::vector<cell>& arguments) {
    const execution_id id = ask(statement, arguments);
    now_ += 200us;
    observer_->on_execution_end({id, now_, now_ - 200us, 0, 0, {}, "57014", false, false});
    ready(id, id);
    return id;
}

void conversation::begin() {
    const execution_id id = ask(statement_of(sql::statement_kind::begin), {});
    answer(id, {});
    status_ = 'T';
    ready(id, id);
}

void conversation::commit() {
    const execution_id id = ask(statement_of(sql::statement_kind::commit), {});
    answer(id, {});
    status_ = 'I';
    ready(id, id);
}

}  // namespace pgfold::detect::testing
