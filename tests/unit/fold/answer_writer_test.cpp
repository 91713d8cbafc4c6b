// Answers as PostgreSQL would have given them to this client, in each shape it may ask for.

#include "proxy/fold/answer_writer.hpp"

#include <gtest/gtest.h>

#include "unit/fold/looped_results.hpp"

namespace pgfold::fold {
namespace {

using namespace std::string_literals;
using test::bytes;
using test::operator+;
namespace frontend = test::frontend;
namespace backend = test::backend;

const std::vector<backend::column> columns = {{"id", 7, 1}, {"name", 7, 2, 25}};

kept_answer two_rows() {
    kept_answer answer;
    answer.state = answer_state::complete;
    answer.rows = 2;
    answer.bytes = backend::data_row({"1", std::nullopt}) + backend::data_row({"2", "b"});
    return answer;
}

bytes written(const kept_answer& answer, const answer_shape& shape) {
    bytes out = test::raw("before");
    append_answer(out, answer, body_of(backend::row_description(columns)), shape);
    EXPECT_EQ(bytes(out.begin(), out.begin() + 6), test::raw("before"));
    out.erase(out.begin(), out.begin() + 6);
    return out;
}

TEST(AnswerWriter, EachShape) {
    const bytes rows = backend::data_row({"1", std::nullopt}) + backend::data_row({"2", "b"});
    const bytes described = backend::row_description(columns);
    const bytes end = backend::complete("SELECT 2");
    const auto answer = two_rows();
    EXPECT_EQ(written(answer, {}), described + rows + end + backend::ready());
    EXPECT_EQ(written(answer, {.extended = true}),
              backend::bind_complete() + rows + end + backend::ready());
    EXPECT_EQ(written(answer, {.extended = true, .describe = true, .status = 'T'}),
              backend::bind_complete() + described + rows + end + backend::ready('T'));
    EXPECT_EQ(written(answer, {.extended = true, .parse = true, .describe = true}),
              backend::parse_complete() + backend::bind_complete() + described + rows + end +
                  backend::ready());
    EXPECT_EQ(written(answer, {.extended = true, .parse = true}),
              backend::parse_complete() + backend::bind_complete() + rows + end + backend::ready());
}

TEST(AnswerWriter, NoRows) {
    EXPECT_EQ(written({}, {}),
              backend::row_description(columns) + backend::complete("SELECT 0") + backend::ready());
}

lookup_form form_with(std::initializer_list<std::uint16_t> formats) {
    test::analyzed_lookup lookup("SELECT id, name FROM t WHERE id = $1",
                                 frontend::bind("", "s", {"\0\0\0\1"s}, {1}, formats), {23});
    const std::uint16_t key = 0;
    return *lookup_form::of(lookup.asked(), std::span(&key, 1));
}

TEST(AnswerWriter, FormatsAreThoseOfTheBind) {
    const auto described = body_of(backend::row_description(columns));
    auto binary = columns, mixed = columns;
    binary[0].format = binary[1].format = mixed[0].format = 1;
    EXPECT_EQ(with_formats(described, form_with({})), described);
    EXPECT_EQ(with_formats(described, form_with({0})), described);
    EXPECT_EQ(with_formats(described, form_with({1})), body_of(backend::row_description(binary)));
    EXPECT_EQ(with_formats(described, form_with({1, 0})), body_of(backend::row_description(mixed)));
}

TEST(AnswerWriter, AMalformedDescriptionIsNotPassedOn) {
    auto described = body_of(backend::row_description(columns));
    described.pop_back();
    EXPECT_TRUE(with_formats(described, form_with({1})).empty());
    EXPECT_TRUE(with_formats({}, form_with({1})).empty());
}

}  // namespace
}  // namespace pgfold::fold
