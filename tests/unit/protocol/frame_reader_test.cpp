#include "proxy/protocol/frame_reader.hpp"

#include <gtest/gtest.h>

#include <string>

#include "support/cpp/messages.hpp"

namespace pgfold::protocol {
namespace {

using namespace pgfold::test;

struct event {
    frame_state state;
    char type;
    std::uint32_t body_bytes;
    std::string body;
    friend bool operator==(const event&, const event&) = default;
    friend void PrintTo(const event& e, std::ostream* out) {
        *out << static_cast<int>(e.state) << " " << e.type << " " << e.body_bytes << " '" << e.body
             << "'";
    }
};

// Feeds the bytes cut into pieces and collects what comes out.
template <class Wanted>
std::vector<event> read_all(frame_reader& reader, const bytes& input, std::size_t piece,
                            Wanted wanted) {
    std::vector<event> events;
    for (std::size_t at = 0; at < input.size(); at += piece) {
        reader.feed(byte_span(input).subspan(at, std::min(piece, input.size() - at)));
        while (true) {
            const frame f = reader.next(wanted);
            if (f.state == frame_state::need_more) break;
            events.push_back(
                {f.state, static_cast<char>(f.type), f.body_bytes, std::string(as_text(f.body))});
            if (f.state == frame_state::malformed) return events;
        }
    }
    return events;
}

std::size_t everything(std::uint8_t, std::uint32_t body) {
    return body;
}

TEST(frame_reader, delivers_the_same_messages_however_the_bytes_are_cut) {
    const bytes input = frontend::parse("s", "SELECT $1", {23}) + frontend::bind("", "s", {"42"}) +
                        frontend::describe_portal("") + frontend::execute() + frontend::sync() +
                        frontend::query(std::string(5000, 'x')) + frontend::sync();
    frame_reader whole;
    const auto expected = read_all(whole, input, input.size(), everything);
    ASSERT_EQ(expected.size(), 7u);
    EXPECT_EQ(expected[4], (event{frame_state::message, 'S', 0, ""}));
    for (std::size_t piece = 1; piece <= 300; ++piece) {
        frame_reader reader;
        EXPECT_EQ(read_all(reader, input, piece, everything), expected) << "pieces of " << piece;
        EXPECT_TRUE(reader.at_boundary());
    }
}

TEST(frame_reader, passes_over_what_is_not_wanted_in_pieces_of_any_size) {
    const bytes input =
        backend::copy_data(std::string(1000, 'd')) + backend::complete("COPY 1") + backend::ready();
    const auto wanted = [](std::uint8_t type, std::uint32_t body) {
        return type == 'd' ? std::size_t{10} : std::size_t{body};
    };
    const std::vector<event> expected = {
        {frame_state::prefix, 'd', 1000, std::string(10, 'd')},
        {frame_state::message, 'C', 7, std::string("COPY 1\0", 7)},
        {frame_state::message, 'Z', 1, "I"},
    };
    for (const std::size_t piece : {1, 2, 3, 5, 7, 14, 15, 16, 100, 1004, 1005, 1006, 2000}) {
        frame_reader reader;
        EXPECT_EQ(read_all(reader, input, piece, wanted), expected) << "pieces of " << piece;
    }
}

TEST(frame_reader, delivers_bodies_in_place_where_they_lie_whole_in_the_chunk) {
    const bytes input = frontend::query("SELECT 1");
    frame_reader reader;
    reader.feed(input);
    const frame f = reader.next(everything);
    EXPECT_EQ(f.body.data(), input.data() + frame_reader::header_bytes);
}

TEST(frame_reader, refuses_impossible_lengths) {
    for (const std::uint32_t length :
         {0u, 1u, 2u, 3u, 0x4000'0000u, 0x7fff'ffffu, 0x8000'0000u, 0xffff'ffffu}) {
        bytes input = raw("Q");
        byte_writer(input).write_uint32(length);
        for (const std::size_t piece : {std::size_t{1}, input.size()}) {
            frame_reader reader;
            const auto events = read_all(reader, input, piece, everything);
            ASSERT_EQ(events.size(), 1u) << length;
            EXPECT_EQ(events[0].state, frame_state::malformed);
            reader.feed(input);  // and stays there
            EXPECT_EQ(reader.next(everything).state, frame_state::malformed);
        }
    }
}

TEST(frame_reader, accepts_the_longest_message_without_holding_it) {
    bytes input = raw("d");
    byte_writer(input).write_uint32(message_bytes_max);
    frame_reader reader;
    reader.feed(input);
    const frame f = reader.next([](auto, auto) { return std::size_t{0}; });
    EXPECT_EQ(f.state, frame_state::prefix);
    EXPECT_EQ(f.body_bytes, message_bytes_max - 4);
    const bytes block(1 << 16);
    for (std::uint64_t left = message_bytes_max - 4; left > 0;) {
        EXPECT_FALSE(reader.at_boundary());
        const auto n = std::min<std::uint64_t>(left, block.size());
        reader.feed(byte_span(block).first(n));
        EXPECT_EQ(reader.next([](auto, auto) { return std::size_t{0}; }).state,
                  frame_state::need_more);
        left -= n;
    }
    EXPECT_TRUE(reader.at_boundary());
}

}  // namespace
}  // namespace pgfold::protocol
