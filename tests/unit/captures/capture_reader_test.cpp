#include "tools/captures/capture_reader.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "unit/captures/capture_builder.hpp"
#include "unit/captures/transcript_listener.hpp"

namespace pgfold::captures {
namespace {

using test::capture_builder;
using test::host;
using test::packet_spec;
using test::temporary_file;
using test::transcript_listener;
using testing::ElementsAre;
using testing::HasSubstr;

constexpr host client{"10.0.0.1", 40000};
constexpr host server{"10.0.0.2", 5432};

packet_spec up(std::uint32_t sequence, std::uint32_t ack, std::string_view payload) {
    return {client, server, sequence, ack, payload};
}
packet_spec down(std::uint32_t sequence, std::uint32_t ack, std::string_view payload) {
    return {server, client, sequence, ack, payload};
}
packet_spec with(packet_spec spec, test::tcp_flags flags) {
    spec.flags = flags;
    return spec;
}

// SYN, SYN-ACK; the streams then start at 101 and 501.
capture_builder& handshake(capture_builder& capture, host c = client, host s = server) {
    return capture.add(1'000'000, {c, s, 100, 0, "", {.syn = true, .ack = false}})
        .add(1'000'100, {s, c, 500, 101, "", {.syn = true, .ack = true}});
}

class CaptureReader : public testing::Test {
protected:
    capture_result read(const capture_builder& built, capture_limits limits = {}) {
        return read_bytes(built.content(), limits);
    }
    capture_result read_bytes(std::string_view bytes, capture_limits limits = {}) {
        const temporary_file file(bytes);
        capture_reader reader(listener, limits);
        capture_result result = reader.read_file(file.path());
        reader.finish();
        return result;
    }
    transcript_listener listener;
    capture_builder capture;
};

TEST_F(CaptureReader, DeliversBothSidesInOrder) {
    handshake(capture)
        .add(1'000'200, up(101, 501, "one"))
        .add(1'000'300, down(501, 104, "two"))
        .add(1'000'400, up(104, 504, "three"));
    const capture_result result = read(capture);
    EXPECT_EQ(result.status, capture_status::complete);
    EXPECT_EQ(result.packets, 5U);
    EXPECT_THAT(listener.lines,
                ElementsAre("1 client: one", "1 server: two", "1 client: three", "1 end"));
    EXPECT_EQ(listener.times[1], timestamp(std::chrono::microseconds(1'000'300)));
    ASSERT_EQ(listener.connections.size(), 1U);
    EXPECT_TRUE(listener.connections[0].from_start);
    EXPECT_EQ(to_string(listener.connections[0]), "10.0.0.1:40000 -> 10.0.0.2:5432");
}

TEST_F(CaptureReader, ReadsEveryLinkTypeInBothFormatsAndFamilies) {
    constexpr std::pair<host, host> families[] = {{client, server},
                                                  {{"fd00::1", 40000}, {"fd00::2", 5432}}};
    for (const auto type : {test::link::ethernet, test::link::cooked, test::link::cooked2,
                            test::link::null, test::link::raw}) {
        for (const auto format : {capture_builder::format::pcap, capture_builder::format::pcapng}) {
            for (const auto& [c, s] : families) {
                SCOPED_TRACE(std::to_string(static_cast<int>(type)) + " " + std::string(c.address));
                listener = {};
                capture_builder other(type, format);
                handshake(other, c, s)
                    .add(1'000'200, {c, s, 101, 501, "ping"})
                    .add(1'000'300, {s, c, 501, 105, "pong"});
                EXPECT_EQ(read(other).status, capture_status::complete);
                EXPECT_THAT(listener.lines,
                            ElementsAre("1 client: ping", "1 server: pong", "1 end"));
            }
        }
    }
}

TEST_F(CaptureReader, ReadsVlanTaggedFrames) {
    packet_spec spec = up(101, 501, "tagged");
    spec.vlan = true;
    handshake(capture).add(1'000'200, spec);
    EXPECT_EQ(read(capture).status, capture_status::complete);
    EXPECT_EQ(listener.joined("1 client: "), "tagged");
}

TEST_F(CaptureReader, KeepsNanoseconds) {
    handshake(capture).add(1'000'300, up(101, 501, "x"));
    std::string bytes = capture.content();
    bytes.replace(0, 4, "\x4d\x3c\xb2\xa1");  // the fractions are nanoseconds now
    EXPECT_EQ(read_bytes(bytes).status, capture_status::complete);
    ASSERT_FALSE(listener.times.empty());
    EXPECT_EQ(listener.times[0], timestamp(std::chrono::nanoseconds(1'000'000'300)));
}

TEST_F(CaptureReader, JoinsIpFragments) {
    handshake(capture);
    const std::string ip =
        test::build_packet(test::link::raw, up(101, 501, "a segment cut by a router"));
    const std::size_t header = 20;
    const std::size_t first_part = 32;  // of the IP payload, a multiple of eight
    const auto fragment = [&](std::size_t offset, std::size_t size, bool more) {
        std::string packet = ip.substr(0, header) + ip.substr(header + offset, size);
        packet[2] = 0;
        packet[3] = static_cast<char>(packet.size());
        packet[5] = 7;  // identification
        packet[6] = more ? '\x20' : '\0';
        packet[7] = static_cast<char>(offset / 8);
        const std::string ethernet = std::string(12, '\x02') + std::string("\x08\0", 2);
        capture.add_raw(1'000'200, ethernet + packet, ethernet.size() + packet.size());
    };
    fragment(0, first_part, true);
    fragment(first_part, ip.size() - header - first_part, false);
    capture.add(1'000'300, up(126, 501, ", and the next"));
    EXPECT_EQ(read(capture).status, capture_status::complete);
    EXPECT_EQ(listener.joined("1 client: "), "a segment cut by a router, and the next");
}

TEST_F(CaptureReader, IgnoresEthernetPadding) {
    const std::string packet = test::build_packet(test::link::ethernet, up(101, 501, "x"));
    handshake(capture).add_raw(1'000'200, packet + std::string(6, '\0'), packet.size() + 6);
    handshake(capture).add(1'000'300, up(102, 501, "y"));
    EXPECT_EQ(read(capture).status, capture_status::complete);
    EXPECT_EQ(listener.joined("1 client: "), "xy");
}

TEST_F(CaptureReader, PutsSegmentsInOrderAndDropsRepeats) {
    handshake(capture)
        .add(1'000'200, up(107, 501, "ghi"))
        .add(1'000'210, up(104, 501, "def"))
        .add(1'000'220, up(104, 501, "def"))
        .add(1'000'230, up(101, 501, "abc"))
        .add(1'000'240, up(101, 501, "abc"))
        .add(1'000'250, up(110, 501, "jkl"));
    EXPECT_EQ(read(capture).status, capture_status::complete);
    EXPECT_EQ(listener.joined("1 client: "), "abcdefghijkl");
    EXPECT_EQ(listener.lines.back(), "1 end");
}

TEST_F(CaptureReader, JoinsOverlappingSegments) {
    handshake(capture)
        .add(1'000'200, up(103, 501, "cdef"))    // buffered
        .add(1'000'210, up(105, 501, "efghij"))  // overlaps it, and goes further
        .add(1'000'220, up(101, 501, "abcd"))    // fills the hole and overlaps
        .add(1'000'230, up(109, 501, "ijkl"));   // overlaps what was delivered
    EXPECT_EQ(read(capture).status, capture_status::complete);
    EXPECT_EQ(listener.joined("1 client: "), "abcdefghijkl");
}

TEST_F(CaptureReader, SequenceNumbersWrapAround) {
    constexpr std::uint32_t first = 0xffff'fffeU;
    capture.add(1'000'000, {client, server, first - 1, 0, "", {.syn = true, .ack = false}})
        .add(1'000'100, {server, client, 500, first, "", {.syn = true, .ack = true}})
        .add(1'000'200, up(1, 501, "def"))
        .add(1'000'300, up(first, 501, "abc"))
        .add(1'000'400, down(501, 4, "ok"));
    EXPECT_EQ(read(capture).status, capture_status::complete);
    EXPECT_EQ(listener.joined("1 client: "), "abcdef");
    EXPECT_EQ(listener.joined("1 server: "), "ok");
}

TEST_F(CaptureReader, AReplyWaitsForItsRequest) {
    handshake(capture)
        .add(1'000'200, down(501, 104, "reply"))  // captured before what it answers
        .add(1'000'201, up(101, 501, "ask"));
    EXPECT_EQ(read(capture).status, capture_status::complete);
    EXPECT_THAT(listener.lines, ElementsAre("1 client: ask", "1 server: reply", "1 end"));
}

TEST_F(CaptureReader, BytesThatOnlyThePeerSawAreAGap) {
    handshake(capture)
        .add(1'000'200, up(101, 501, "ask"))
        // The request "lost" (104…107) is not in the capture, but its answer is.
        .add(1'000'400, down(501, 108, "reply"))
        .add(1'000'500, up(108, 506, "next"))
        .add(2'000'000, down(506, 112, "later"));
    EXPECT_EQ(read(capture).status, capture_status::complete);
    EXPECT_THAT(listener.lines, ElementsAre("1 client: ask", "1 gap client: 4", "1 server: reply",
                                            "1 client: next", "1 server: later", "1 end"));
}

TEST_F(CaptureReader, ALostSegmentOfALongDownloadIsAGap) {
    handshake(capture).add(1'000'200, up(101, 501, "ask"));
    capture.add(1'000'300, down(501, 104, "aaaa"));
    capture.add(1'000'400, down(509, 104, "cccc"));  // 505…508 missing
    capture.add(1'000'500, up(104, 513, ""));        // yet acknowledged
    capture.add(1'200'000, down(513, 104, "dddd"));
    EXPECT_EQ(read(capture).status, capture_status::complete);
    EXPECT_THAT(listener.lines, ElementsAre("1 client: ask", "1 server: aaaa", "1 gap server: 4",
                                            "1 server: ccccdddd", "1 end"));
}

TEST_F(CaptureReader, ARetransmissionAfterALongTimeIsNoGap) {
    handshake(capture)
        .add(1'000'200, up(104, 501, "def"))
        .add(4'000'000, up(101, 501, "abc"))  // nobody acknowledged it meanwhile
        .add(4'000'100, down(501, 107, "ok"));
    EXPECT_EQ(read(capture).status, capture_status::complete);
    EXPECT_THAT(listener.lines, ElementsAre("1 client: abcdef", "1 server: ok", "1 end"));
}

TEST_F(CaptureReader, WhatIsHeldIsBounded) {
    capture_limits limits;
    limits.held_segments_max = 8;
    handshake(capture);
    for (std::uint32_t i = 0; i < 100; ++i) {
        capture.add(1'000'200 + i, up(201 + i, 501, "x"));  // 101…200 never come
    }
    EXPECT_EQ(read(capture, limits).status, capture_status::complete);
    EXPECT_EQ(listener.lines.front(), "1 gap client: 100");
    EXPECT_EQ(listener.joined("1 client: "), std::string(100, 'x'));
}

TEST_F(CaptureReader, PacketsCutBySnaplenLeaveAGapOfTheirOwnSize) {
    handshake(capture)
        .add(1'000'200, up(101, 501, "visible-hidden"), 7)
        .add(1'000'300, down(501, 115, "reply"))
        .add(1'000'400, up(115, 506, "whole"));
    const capture_result result = read(capture);
    EXPECT_EQ(result.cut, 1U);
    EXPECT_THAT(listener.lines, ElementsAre("1 client: visible", "1 gap client: 7",
                                            "1 server: reply", "1 client: whole", "1 end"));
}

TEST_F(CaptureReader, ALossInOneConnectionHarmsNoOther) {
    constexpr host second{"10.0.0.3", 40001};
    handshake(capture);
    handshake(capture, second);
    capture.add(1'000'200, up(101, 501, "a"))
        .add(1'000'300, {second, server, 101, 501, "b"})
        .add(1'000'400, up(200, 501, "c"))
        .add(1'000'500, {second, server, 102, 501, "d"});
    EXPECT_EQ(read(capture).status, capture_status::complete);
    EXPECT_EQ(listener.joined("2 client: "), "bd");
    EXPECT_THAT(listener.lines, testing::Contains("1 gap client: 98"));
}

TEST_F(CaptureReader, MidwayConnectionStartsAtItsFirstSegment) {
    capture.add(1'000'000, down(9001, 7001, "tail"))
        .add(1'000'100, up(7001, 9005, "ask"))
        .add(1'000'200, down(9005, 7004, "reply"));
    EXPECT_EQ(read(capture).status, capture_status::complete);
    ASSERT_EQ(listener.connections.size(), 1U);
    EXPECT_FALSE(listener.connections[0].from_start);
    EXPECT_EQ(listener.connections[0].server.port, 5432);  // the lower port
    EXPECT_THAT(listener.lines,
                ElementsAre("1 server: tail", "1 client: ask", "1 server: reply", "1 end"));
}

TEST_F(CaptureReader, FinEndsAndPortsAreReused) {
    handshake(capture).add(1'000'200, up(101, 501, "first"));
    capture.add(1'000'300, with(up(106, 501, ""), {.fin = true}))
        .add(1'000'400, with(down(501, 107, ""), {.fin = true}))
        .add(1'000'500, up(101, 501, "first"));  // retransmitted after the end: no new connection
    handshake(capture);
    capture.add(1'000'600, up(101, 501, "second"));
    EXPECT_EQ(read(capture).status, capture_status::complete);
    EXPECT_THAT(listener.lines,
                ElementsAre("1 client: first", "1 end", "2 client: second", "2 end"));
}

TEST_F(CaptureReader, ASynSentAgainIsTheSameConnection) {
    handshake(handshake(capture)).add(1'000'200, up(101, 501, "only"));
    EXPECT_EQ(read(capture).status, capture_status::complete);
    EXPECT_THAT(listener.lines, ElementsAre("1 client: only", "1 end"));
}

TEST_F(CaptureReader, ResetEnds) {
    handshake(capture)
        .add(1'000'200, up(101, 501, "ask"))
        .add(1'000'300, with(down(501, 104, ""), {.rst = true}));
    EXPECT_EQ(read(capture).status, capture_status::complete);
    EXPECT_THAT(listener.lines, ElementsAre("1 client: ask", "1 end"));
    EXPECT_EQ(listener.times.back(), timestamp(std::chrono::microseconds(1'000'300)));
}

TEST_F(CaptureReader, ConnectionsAreBounded) {
    capture_limits limits;
    limits.connections_max = 3;
    for (std::uint16_t i = 0; i < 10; ++i) {
        const host c{"10.0.0.1", static_cast<std::uint16_t>(40000 + i)};
        handshake(capture, c).add(1'000'200, {c, server, 101, 501, "x"});
    }
    EXPECT_EQ(read(capture, limits).status, capture_status::complete);
    ASSERT_EQ(listener.connections.size(), 10U);
    // The first ended when the fourth came.
    const auto at = [&](std::string_view line) {
        return std::find(listener.lines.begin(), listener.lines.end(), line);
    };
    EXPECT_LT(at("1 end"), at("4 client: x"));
    EXPECT_GT(at("1 end"), at("3 client: x"));
}

TEST_F(CaptureReader, TruncatedFileIsUsedUpToTheFault) {
    handshake(capture).add(1'000'200, up(101, 501, "used"));
    const std::size_t whole = capture.content().size();
    capture.add(1'000'300, up(105, 501, "lost"));
    // Every cut inside the last record: header or data.
    for (std::size_t size = whole + 1; size < capture.content().size(); ++size) {
        SCOPED_TRACE(size);
        listener = {};
        const capture_result result =
            read_bytes(std::string_view(capture.content()).substr(0, size));
        EXPECT_EQ(result.status, capture_status::damaged);
        EXPECT_EQ(result.fault_offset, whole);
        EXPECT_THAT(result.message, HasSubstr("damaged at byte " + std::to_string(whole)));
        EXPECT_THAT(result.message, HasSubstr("truncated"));
        EXPECT_THAT(listener.lines, ElementsAre("1 client: used", "1 end"));
    }
}

TEST_F(CaptureReader, CorruptRecordLengthIsAFault) {
    for (const auto format : {capture_builder::format::pcap, capture_builder::format::pcapng}) {
        listener = {};
        capture_builder bad(test::link::ethernet, format);
        handshake(bad).add(1'000'200, up(101, 501, "used"));
        const std::size_t whole = bad.content().size();
        std::string bytes = bad.content() + std::string(64, '\xff');
        const capture_result result = read_bytes(bytes);
        EXPECT_EQ(result.status, capture_status::damaged);
        EXPECT_EQ(result.fault_offset, whole);
        EXPECT_THAT(listener.lines, ElementsAre("1 client: used", "1 end"));
    }
}

TEST_F(CaptureReader, MalformedPacketsAreCountedAndSkipped) {
    const std::string packet = test::build_packet(test::link::ethernet, up(101, 501, "broken"));
    const host other{"10.0.0.9", 40009};
    handshake(capture);
    handshake(capture, other);
    for (std::size_t size = 0; size < packet.size(); ++size) {  // cut in every header
        capture.add_raw(1'000'200, std::string_view(packet).substr(0, size), size);
    }
    for (std::size_t i = 12; i < 54; ++i) {  // every byte of the headers made nonsense
        std::string broken = packet;
        broken[i] = '\xff';
        capture.add_raw(1'000'250, broken, broken.size());
    }
    capture.add(1'000'300, {other, server, 101, 501, "unharmed"});
    const capture_result result = read(capture);
    EXPECT_EQ(result.status, capture_status::complete);
    EXPECT_GT(result.malformed, 30U);
    EXPECT_THAT(listener.lines, testing::Contains(HasSubstr("client: unharmed")));
}

TEST_F(CaptureReader, SaysWhatAnUnreadableFileIs) {
    const std::pair<std::string_view, std::string_view> cases[] = {
        {"", "empty"},
        {"\x1f\x8b\x08 gzip data", "gunzip"},
        {"\x28\xb5\x2f\xfd zstd data", "unzstd"},
        {"SELECT 1; this is not a capture", "pcap or pcapng"},
    };
    for (const auto& [bytes, expected] : cases) {
        const capture_result result = read_bytes(bytes);
        EXPECT_EQ(result.status, capture_status::unreadable);
        EXPECT_THAT(result.message, HasSubstr(std::string(expected)));
    }
    capture_reader reader(listener);
    EXPECT_THAT(reader.read_file("/nonexistent/x.pcap").message,
                HasSubstr("/nonexistent/x.pcap: No such file"));
    EXPECT_THAT(reader.read_file("/tmp").message, HasSubstr("is a directory"));
}

TEST_F(CaptureReader, SaysWhenALinkTypeIsNotSupported) {
    std::string bytes = capture_builder().content();
    bytes[20] = 105;  // IEEE 802.11
    const capture_result result = read_bytes(bytes);
    EXPECT_EQ(result.status, capture_status::unreadable);
    EXPECT_THAT(result.message, HasSubstr("IEEE802_11"));
}

TEST_F(CaptureReader, RotatedFilesContinueTheirConnections) {
    handshake(capture).add(1'000'200, up(101, 501, "one "));
    const temporary_file first(capture.content());
    const temporary_file second(capture_builder().add(2'000'000, up(105, 501, "two")).content());
    const temporary_file unrelated(
        capture_builder().add(500'000'000, up(9000, 8000, "other")).content());
    capture_reader reader(listener);
    for (const auto* file : {&first, &second, &unrelated}) {
        EXPECT_EQ(reader.read_file(file->path()).status, capture_status::complete);
    }
    reader.finish();
    EXPECT_THAT(listener.lines, ElementsAre("1 client: one ", "1 client: two", "1 end",
                                            "2 client: other", "2 end"));
}

}  // namespace
}  // namespace pgfold::captures
