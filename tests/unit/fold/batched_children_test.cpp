// On a real PostgreSQL: what a batch brings for each key is what the lookup alone brings for it,
// byte for byte, by each strategy, in both protocols and both result formats; or the rewrite was
// refused, for the reason that is expected.

#include <algorithm>
#include <map>
#include <memory>
#include <set>

#include <gtest/gtest.h>

#include "proxy/fold/batch/batch_messages.hpp"
#include "proxy/fold/batch/batch_rows.hpp"
#include "proxy/fold/batch/key_value.hpp"
#include "proxy/fold/batch/rewrite.hpp"
#include "proxy/protocol/backend/error_response.hpp"
#include "unit/fold/analyzed_lookup.hpp"
#include "unit/fold/child_cases.hpp"
#include "unit/fold/raw_session.hpp"
#include "unit/suggestion/throwaway_postgres.hpp"

namespace pgfold::fold {
namespace {

using test::analyzed_lookup;
using test::bytes;
using test::child_case;
using test::raw_session;
using test::server_message;
using test::operator+;
namespace frontend = test::frontend;

using key_tuple = std::vector<std::string>;
using rows = std::vector<bytes>;  // bodies of DataRow messages

bytes single(const std::vector<server_message>& messages, char type) {
    for (const server_message& m : messages)
        if (m.type == type) return m.body;
    return {};
}

rows rows_in(const std::vector<server_message>& messages) {
    rows found;
    for (const server_message& m : messages)
        if (m.type == 'D') found.push_back(m.body);
    return found;
}

std::string error_in(const std::vector<server_message>& messages) {
    const bytes body = single(messages, 'E');
    return std::string(protocol::error_field(body, 'M'));
}

// Of ParameterDescription.
std::vector<std::uint32_t> types_in(const bytes& body) {
    std::vector<std::uint32_t> types;
    protocol::byte_reader reader(body);
    for (std::uint16_t left = reader.read_uint16(); left != 0; --left)
        types.push_back(reader.read_uint32());
    return types;
}

struct description {
    std::vector<std::uint32_t> parameters;
    bytes columns;
};

description describe(raw_session& server, const std::string& text,
                     const std::vector<std::uint32_t>& types) {
    bytes parse = test::message(frontend::type::parse, [&](auto& m) {
        m.write_string("child").write_string(text).write_uint16(
            static_cast<std::uint16_t>(types.size()));
        for (const std::uint32_t t : types)
            m.write_uint32(t);
    });
    const auto answer = server.ask(frontend::close_statement("child") + parse +
                                   frontend::describe_statement("child") + frontend::sync());
    EXPECT_EQ(error_in(answer), "") << text;
    return {types_in(single(answer, 't')), single(answer, 'T')};
}

// What the rows are for each key, by what the lookup says alone.
using answers = std::vector<rows>;

class BatchedChildren : public testing::Test {
protected:
    static void SetUpTestSuite() {
        postgres = std::make_unique<test::throwaway_postgres>();
        server = std::make_unique<raw_session>(postgres->socket_folder());
        server->execute(test::child_schema);
    }
    static void TearDownTestSuite() {
        server.reset();
        postgres.reset();
    }

    inline static std::unique_ptr<test::throwaway_postgres> postgres;
    inline static std::unique_ptr<raw_session> server;
};

// The values of $1, $2 … for one key.
frontend::values parameters_for(const child_case& c, const key_tuple& key) {
    frontend::values all(c.keys.size() + c.constants.size());
    for (std::size_t i = 0; i < c.keys.size(); ++i)
        all[c.keys[i] - 1u] = key[i];
    std::size_t constant = 0;
    for (auto& value : all)
        if (!value) value = c.constants[constant++];
    return all;
}

void expect_rows(const child_case& c, const rows& actual, const rows& expected,
                 const std::string& what) {
    if (c.in_order) {
        EXPECT_EQ(actual, expected) << what;
    } else {
        EXPECT_TRUE(
            std::is_permutation(actual.begin(), actual.end(), expected.begin(), expected.end()))
            << what;
    }
}

// Rewrites the child, asks the server for all keys at once and splits what comes.
void expect_batch(const child_case& c, raw_session& server, batch_strategy strategy,
                  const batched_child& child, const lookup_form& form,
                  const std::vector<std::uint32_t>& child_types, const answers& alone) {
    const bool is_any = strategy == batch_strategy::any;
    SCOPED_TRACE(is_any ? "any" : "lateral");
    const rewrite_result rewritten = is_any ? rewrite_any(child) : rewrite_lateral(child);
    const std::string& why_not = is_any ? c.no_any : c.no_lateral;
    if (!why_not.empty() && why_not != "described otherwise") {
        EXPECT_FALSE(rewritten.query) << rewritten.query->text;
        EXPECT_EQ(rewritten.refusal, why_not);
        return;
    }
    ASSERT_TRUE(rewritten.query) << rewritten.refusal;
    const batch_query& query = *rewritten.query;

    bytes prepare;
    append_parse_batch(prepare, "batch", query, child_types);
    append_describe_statement(prepare, "batch");
    append_sync(prepare);
    const auto prepared = server.ask(prepare);
    ASSERT_EQ(error_in(prepared), "") << query.text;
    const bytes description = single(prepared, 'T');
    ASSERT_EQ(same_description(query, child.row_description, description), why_not.empty())
        << query.text;
    if (!why_not.empty()) return;

    key_arrays arrays(query);
    std::vector<std::size_t> asked;          // indexes into c.values
    std::map<key_tuple, std::size_t> known;  // canonical
    for (std::size_t i = 0; i < c.values.size(); ++i) {
        if (!arrays.add(c.values[i])) continue;
        known[c.values[i]] = asked.size();
        asked.push_back(i);
    }
    ASSERT_GT(asked.size(), 1U);
    bytes ask;
    ASSERT_TRUE(append_batch(ask, "batch", query, arrays, form));
    append_sync(ask);
    const auto answer = server.ask(ask);
    ASSERT_EQ(error_in(answer), "") << query.text;

    const row_splitter splitter(query, description);
    answers split(asked.size());
    for (const bytes& body : rows_in(answer)) {
        split_row row;
        ASSERT_TRUE(splitter.split(body, row)) << query.text;
        std::size_t whose = row.number;
        if (is_any) {
            ASSERT_TRUE(known.contains(row.key)) << query.text;
            whose = known[row.key];
        }
        ASSERT_LT(whose, split.size());
        bytes message;
        append_row(message, row);
        message.erase(message.begin(), message.begin() + 5);
        split[whose].push_back(message);
    }
    for (std::size_t i = 0; i < asked.size(); ++i)
        expect_rows(c, split[i], alone[asked[i]], c.values[asked[i]][0] + " in " + query.text);
}

std::vector<child_key> keys_of(const std::vector<std::uint16_t>& parameters,
                               const std::vector<std::uint32_t>& types) {
    std::vector<child_key> keys;
    for (std::size_t i = 0; i < parameters.size(); ++i)
        keys.push_back({parameters[i], types[i], true});
    return keys;
}

void expect_rewrites(const child_case& c, raw_session& server, const analyzed_lookup& lookup,
                     const std::vector<std::uint16_t>& parameters,
                     const std::vector<std::uint32_t>& key_types, const bytes& columns,
                     const lookup_form& form, const std::vector<std::uint32_t>& child_types,
                     const answers& alone) {
    const auto keys = keys_of(parameters, key_types);
    const batched_child child{.text = lookup.text(),
                              .statement = *lookup.statement(),
                              .literals = lookup.literals(),
                              .settings = {},
                              .keys = keys,
                              .row_description = columns};
    expect_batch(c, server, batch_strategy::any, child, form, child_types, alone);
    expect_batch(c, server, batch_strategy::lateral, child, form, child_types, alone);
}

// The values of a Bind in the formats that asyncpg uses: binary wherever the type is followed.
frontend::values in_binary(const frontend::values& text, const std::vector<std::uint32_t>& types,
                           std::vector<std::uint16_t>& formats) {
    frontend::values values = text;
    formats.assign(text.size(), 0);
    for (std::size_t i = 0; i < text.size(); ++i) {
        bytes encoded;
        if (!append_bound_value(encoded, *text[i], types[i], true)) continue;
        values[i] = std::string(protocol::as_text(encoded).substr(4));
        formats[i] = 1;
    }
    return values;
}

bytes bind_of(const frontend::values& values, const std::vector<std::uint16_t>& formats,
              std::uint16_t result_format) {
    return test::message(frontend::type::bind, [&](auto& m) {
        m.write_string("").write_string("child");
        m.write_uint16(static_cast<std::uint16_t>(formats.size()));
        for (const auto f : formats)
            m.write_uint16(f);
        m.write_uint16(static_cast<std::uint16_t>(values.size()));
        for (const auto& v : values) {
            m.write_uint32(static_cast<std::uint32_t>(v->size()));
            m.write_bytes(test::raw(*v));
        }
        m.write_uint16(1).write_uint16(result_format);
    });
}

void run_extended(const child_case& c, raw_session& server, bool binary) {
    SCOPED_TRACE(binary ? "extended, binary" : "extended, text");
    const description child = describe(server, c.text, c.types);
    const auto messages_for = [&](const key_tuple& key) {
        frontend::values values = parameters_for(c, key);
        std::vector<std::uint16_t> formats;
        if (binary) values = in_binary(values, child.parameters, formats);
        return bind_of(values, formats, binary ? 1 : 0);
    };

    answers alone;
    std::vector<std::string> types;
    std::size_t found = 0;
    for (const key_tuple& key : c.values) {
        const auto answer = server.ask(messages_for(key) + frontend::execute() + frontend::sync());
        alone.push_back(rows_in(answer));
        types.push_back(test::types_of(answer));
        types.back().pop_back();  // ReadyForQuery
        found += error_in(answer).empty() ? alone.back().size() : 0;
    }
    ASSERT_GT(found, 0U) << "the lookup itself finds nothing";

    analyzed_lookup lookup(c.text, messages_for(c.values[0]), child.parameters);
    ASSERT_TRUE(lookup.statement()) << c.text;
    std::vector<std::uint16_t> key_arguments;
    for (const std::uint16_t parameter : c.keys)
        key_arguments.push_back(static_cast<std::uint16_t>(parameter - 1));
    const auto form = lookup_form::of(lookup.asked(), key_arguments);
    ASSERT_TRUE(form);

    // One after the other under one Sync.
    std::size_t followed = 0;
    for (std::size_t i = 0; i < c.values.size(); ++i) {
        bytes again;
        if (!append_lookup(again, *form, c.values[i])) continue;
        ++followed;
        append_sync(again);
        const auto answer = server.ask(again);
        std::string expected = types[i];
        EXPECT_EQ(test::types_of(answer), expected + "Z");
        expect_rows(c, rows_in(answer), alone[i], c.values[i][0]);
    }
    EXPECT_TRUE(followed > 1 || !c.no_lateral.empty());

    std::vector<std::uint32_t> key_types;
    for (const std::uint16_t parameter : c.keys)
        key_types.push_back(child.parameters[parameter - 1u]);
    expect_rewrites(c, server, lookup, c.keys, key_types, child.columns, *form, child.parameters,
                    alone);
}

std::string quoted_literal(const std::string& value) {
    std::string text = value.find('\\') != std::string::npos ? "E'" : "'";
    for (const char ch : value) {
        if (ch == '\'' || ch == '\\') text += ch;
        text += ch;
    }
    return text + "'";
}

// The text with its parameters inlined, and where the keys stand in it.
struct inlined_text {
    std::string text;
    std::map<std::uint16_t, std::size_t> key_offsets;  // by parameter
    bool repeats = false;
};

inlined_text inlined(const child_case& c, const key_tuple& key, bool numbers) {
    inlined_text result;
    const auto values = parameters_for(c, key);
    for (std::size_t i = 0; i < c.text.size(); ++i) {
        if (c.text[i] != '$') {
            result.text += c.text[i];
            continue;
        }
        const auto parameter = static_cast<std::uint16_t>(c.text[++i] - '0');
        const bool is_key = std::find(c.keys.begin(), c.keys.end(), parameter) != c.keys.end();
        if (is_key) {
            result.repeats = result.repeats || result.key_offsets.contains(parameter);
            result.key_offsets[parameter] = result.text.size();
        }
        const std::string& value = *values[parameter - 1u];
        result.text += is_key && numbers ? value : quoted_literal(value);
    }
    return result;
}

bool are_integers(const child_case& c) {
    return std::all_of(c.values.begin(), c.values.end(), [](const key_tuple& key) {
        return std::all_of(key.begin(), key.end(),
                           [](const std::string& v) { return canonical_key(v, 20, false) == v; });
    });
}

void run_simple(const child_case& c, raw_session& server, bool numbers) {
    SCOPED_TRACE(numbers ? "simple, numbers" : "simple, strings");
    const inlined_text first = inlined(c, c.values[0], numbers);
    if (first.repeats) return;  // every literal is a parameter of its own
    analyzed_lookup lookup(first.text);
    ASSERT_TRUE(lookup.statement()) << first.text;
    std::vector<std::uint16_t> key_arguments, key_parameters;
    for (const std::uint16_t parameter : c.keys) {
        const auto& literals = lookup.literals();
        const auto at = std::find_if(literals.begin(), literals.end(), [&](const auto& literal) {
            return literal.offset == first.key_offsets.at(parameter);
        });
        ASSERT_NE(at, literals.end());
        key_arguments.push_back(static_cast<std::uint16_t>(at - literals.begin()));
        key_parameters.push_back(static_cast<std::uint16_t>(at - literals.begin() + 1));
    }
    const auto form = lookup_form::of(lookup.asked(), key_arguments);
    ASSERT_TRUE(form) << first.text;

    answers alone;
    std::size_t followed = 0;
    std::size_t failed = 0;
    for (const key_tuple& key : c.values) {
        const auto answer = server.ask(frontend::query(inlined(c, key, numbers).text));
        failed += error_in(answer).empty() ? 0 : 1;
        alone.push_back(rows_in(answer));
        bytes again;
        if (!append_lookup(again, *form, key)) continue;
        ++followed;
        const auto repeated = server.ask(again);
        EXPECT_EQ(test::types_of(repeated), test::types_of(answer)) << first.text;
        EXPECT_EQ(single(repeated, 'T'), single(answer, 'T'));
        expect_rows(c, rows_in(repeated), alone.back(), key[0]);
    }
    EXPECT_GT(followed, 0U);

    const auto untyped = keys_of(key_parameters, std::vector<std::uint32_t>(c.keys.size()));
    const auto described = describable_text({.text = lookup.text(),
                                             .statement = *lookup.statement(),
                                             .literals = lookup.literals(),
                                             .settings = {},
                                             .keys = untyped,
                                             .row_description = {}});
    ASSERT_TRUE(described);
    const description child = describe(server, described->text, {});
    std::vector<std::uint32_t> key_types;
    for (const std::uint16_t parameter : described->key_parameters)
        key_types.push_back(child.parameters.at(parameter - 1u));
    if (failed != c.values.size()) {
        expect_rewrites(c, server, lookup, key_parameters, key_types, child.columns, *form, {},
                        alone);
        return;
    }
    // What the server would not take from the client must not be asked in another way.
    const auto keys = keys_of(key_parameters, key_types);
    const batched_child refused{.text = lookup.text(),
                                .statement = *lookup.statement(),
                                .literals = lookup.literals(),
                                .settings = {},
                                .keys = keys,
                                .row_description = child.columns};
    EXPECT_FALSE(rewrite_any(refused).query);
    EXPECT_FALSE(rewrite_lateral(refused).query);
}

TEST_F(BatchedChildren, BringWhatTheLookupsBring) {
    for (const child_case& c : test::child_cases()) {
        SCOPED_TRACE(c.name);
        run_extended(c, *server, false);
        run_extended(c, *server, true);
        if (!c.types.empty()) continue;  // a literal has none of the types that a client declares
        run_simple(c, *server, false);
        if (are_integers(c)) run_simple(c, *server, true);
    }
}

// The promise of a deterministic collation was wrong: the server finds rows that equal no key by
// their bytes. They are noticed, and the batch is of no use.
TEST_F(BatchedChildren, AWrongCollationShowsInTheRows) {
    server->execute(
        "CREATE COLLATION careless (provider = icu, locale = 'und-u-ks-level2', deterministic = "
        "false); CREATE TABLE tag (name text COLLATE careless, n int);"
        "INSERT INTO tag VALUES ('Red', 1), ('red', 2), ('blue', 3)");
    const std::string text = "SELECT n FROM tag WHERE name = $1";
    const description child = describe(*server, text, {});
    analyzed_lookup lookup(text, bind_of({"red"}, {}, 0), child.parameters);
    std::vector<child_key> keys = {{1, child.parameters.at(0), false}};
    batched_child batched{.text = lookup.text(),
                          .statement = *lookup.statement(),
                          .literals = lookup.literals(),
                          .settings = {},
                          .keys = keys,
                          .row_description = child.columns};
    EXPECT_FALSE(rewrite_any(batched).query);
    keys[0].deterministic_collation = true;
    const auto rewritten = rewrite_any(batched);
    ASSERT_TRUE(rewritten.query) << rewritten.refusal;
    const batch_query& query = *rewritten.query;
    const auto form = lookup_form::of(lookup.asked(), std::vector<std::uint16_t>{0});
    key_arrays arrays(query);
    ASSERT_TRUE(arrays.add(std::vector<std::string>{"red"}));
    bytes ask;
    append_parse_batch(ask, "batch", query, child.parameters);
    append_describe_statement(ask, "batch");
    ASSERT_TRUE(append_batch(ask, "batch", query, arrays, *form));
    append_sync(ask);
    const auto answer = server->ask(ask);
    ASSERT_EQ(error_in(answer), "");
    const row_splitter splitter(query, single(answer, 'T'));
    std::set<std::vector<std::string>> found;
    for (const bytes& body : rows_in(answer)) {
        split_row row;
        ASSERT_TRUE(splitter.split(body, row));
        found.insert(row.key);
    }
    EXPECT_EQ(found, (std::set<std::vector<std::string>>{{"Red"}, {"red"}}));
}

// SELECT * after ADD COLUMN: a batch prepared before must not go on with the old columns.
TEST_F(BatchedChildren, PreparedBatchesEndWhenTheColumnsChange) {
    for (const batch_strategy strategy : {batch_strategy::any, batch_strategy::lateral}) {
        server->execute(
            "DROP TABLE IF EXISTS growing; CREATE TABLE growing (id int, a text);"
            "INSERT INTO growing VALUES (1, 'x')");
        const std::string text = "SELECT * FROM growing WHERE id = $1";
        const description child = describe(*server, text, {});
        analyzed_lookup lookup(text, bind_of({"1"}, {}, 0), child.parameters);
        const std::vector<child_key> keys = {{1, child.parameters.at(0), false}};
        const batched_child batched{.text = lookup.text(),
                                    .statement = *lookup.statement(),
                                    .literals = lookup.literals(),
                                    .settings = {},
                                    .keys = keys,
                                    .row_description = child.columns};
        const auto rewritten =
            strategy == batch_strategy::any ? rewrite_any(batched) : rewrite_lateral(batched);
        ASSERT_TRUE(rewritten.query) << rewritten.refusal;
        const auto form = lookup_form::of(lookup.asked(), std::vector<std::uint16_t>{0});
        key_arrays arrays(*rewritten.query);
        ASSERT_TRUE(arrays.add(std::vector<std::string>{"1"}));
        bytes prepare, ask;
        append_parse_batch(prepare, "batch", *rewritten.query, child.parameters);
        append_sync(prepare);
        ASSERT_TRUE(append_batch(ask, "batch", *rewritten.query, arrays, *form));
        append_sync(ask);
        static_cast<void>(server->ask(prepare));
        EXPECT_EQ(test::types_of(server->ask(ask)), "2DCZ");
        server->execute("ALTER TABLE growing ADD COLUMN b int");
        EXPECT_EQ(error_in(server->ask(ask)), "cached plan must not change result type");
    }
}

}  // namespace
}  // namespace pgfold::fold
