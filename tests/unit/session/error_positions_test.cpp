#include "proxy/session/error_positions.hpp"

#include <gtest/gtest.h>

#include "support/cpp/conversation.hpp"

namespace pgfold::session {
namespace {

using namespace pgfold::test;

bytes error_at(std::string_view position, std::string_view text = "wrong") {
    return message(protocol::backend_message::error_response, [&](protocol::byte_writer& w) {
        w.write_uint8('S').write_string("ERROR").write_uint8('M').write_string(text);
        if (!position.empty()) w.write_uint8('P').write_string(position);
        w.write_uint8('p').write_string("3").write_uint8(0);
    });
}

text_cuts cut(std::uint32_t at, std::uint32_t removed) {
    text_cuts cuts;
    cuts.add(at, removed);
    return cuts;
}

// What a filter lets through, with the input in pieces of this size. Not to be called on halves of
// a conversation: the filter must find everything that it was told to expect.
bytes filter(const std::vector<text_cuts>& expected, const bytes& input, std::size_t piece) {
    error_positions positions;
    for (const auto& cuts : expected)
        positions.expect(cuts);
    bytes out;
    for (std::size_t at = 0; at < input.size(); at += piece) {
        const auto end = std::min(at + piece, input.size());
        const bytes part(input.begin() + static_cast<std::ptrdiff_t>(at),
                         input.begin() + static_cast<std::ptrdiff_t>(end));
        const auto sent = positions.filter(part);
        out.insert(out.end(), sent.begin(), sent.end());
    }
    return out;
}

TEST(error_positions, are_moved_however_the_messages_are_cut) {
    const bytes input = backend::data_row({"EN"}) + error_at("8") + backend::ready('E') +
                        backend::notice() + error_at("8") + error_at("3") + backend::ready('E');
    const bytes expected = backend::data_row({"EN"}) + error_at("108") + backend::ready('E') +
                           backend::notice() + error_at("8") + error_at("3") + backend::ready('E');
    const std::vector<text_cuts> cuts = {cut(5, 100), {}, {}, cut(5, 100)};
    for (std::size_t piece = 1; piece <= input.size(); ++piece)
        EXPECT_EQ(filter(cuts, input, piece), expected) << piece;
}

TEST(error_positions, what_cannot_be_moved_stays) {
    const std::vector<text_cuts> cuts(4, cut(0, 100));
    for (const bytes& input :
         {error_at(""), error_at("x"), error_at("3x"), error_at("-3"),
          error_at("99999999999999999999999999"),
          message(protocol::backend_message::error_response,
                  [](protocol::byte_writer& w) { w.write_uint8('P').write_string("3"); }),
          message(protocol::backend_message::error_response,
                  [](protocol::byte_writer& w) { w.write_uint8('P').write_uint8('3'); }),
          error_at("3", std::string(70'000, 'x')) + backend::ready(),
          raw(std::string("E\0\0\0\1 broken", 12))}) {
        for (const std::size_t piece : {std::size_t{1}, std::size_t{4}, input.size()})
            EXPECT_EQ(filter(cuts, input, piece), input);
    }
    EXPECT_EQ(filter({}, error_at("3"), 100), error_at("3")) << "a session that went blind";
}

TEST(error_positions, nothing_is_copied_where_nothing_changes) {
    error_positions positions;
    const bytes input = backend::data_row({"a"}) + backend::ready();
    EXPECT_EQ(positions.filter(input).data(), input.data());
}

class stripping : public ::testing::Test {
protected:
    test::conversation c_{{.strip_comments = true}};

    // What the client gets when the server answers this.
    bytes answer(const bytes& input) {
        const auto before = c_.to_client().size();
        c_.server(input);
        return {c_.to_client().begin() + static_cast<std::ptrdiff_t>(before), c_.to_client().end()};
    }
};

TEST_F(stripping, an_error_of_a_simple_query_points_into_the_clients_text) {
    c_.client(frontend::query("/*route='x'*/ SELECT nothing FROM t"));
    EXPECT_EQ(answer(error_at("8") + backend::ready()), error_at("22") + backend::ready());
    c_.client(frontend::query("SELECT nothing FROM t /*route='x'*/"));
    EXPECT_EQ(answer(error_at("8") + backend::ready()), error_at("8") + backend::ready());
    c_.client(frontend::query("SELECT nothing FROM t"));
    EXPECT_EQ(answer(error_at("8") + backend::ready()), error_at("8") + backend::ready());
}

TEST_F(stripping, so_do_those_of_a_prepared_statement) {
    c_.client(frontend::parse("s", "/*route='x'*/ SELECT nothing FROM t") + frontend::sync());
    EXPECT_EQ(answer(error_at("8") + backend::ready()), error_at("22") + backend::ready());

    c_.client(frontend::parse("s", "/*route='x'*/ SELECT a FROM t WHERE b = $1") +
              frontend::sync());
    (void)answer(backend::parse_complete() + backend::ready());
    c_.client(frontend::bind("", "s", {"1"}) + frontend::execute() + frontend::sync());
    EXPECT_EQ(answer(error_at("8") + backend::ready()), error_at("22") + backend::ready())
        << "the plan is made anew, and a column is gone";

    c_.client(frontend::bind("", "s", {"1"}) + frontend::execute() + frontend::sync());
    EXPECT_EQ(answer(backend::bind_complete() + error_at("8") + backend::ready()),
              backend::bind_complete() + error_at("22") + backend::ready());
}

TEST_F(stripping, errors_that_belong_to_no_request_pass) {
    EXPECT_EQ(answer(error_at("8")), error_at("8"));
    c_.client(frontend::query("/*route='x'*/ SELECT nothing FROM t"));
    EXPECT_EQ(answer(backend::notice() + error_at("8") + backend::ready()),
              backend::notice() + error_at("22") + backend::ready());
}

}  // namespace
}  // namespace pgfold::session
