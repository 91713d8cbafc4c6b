// Writes down what a capture_reader reports, one line per event: "1 client: bytes", "1 gap server
// 5".
#pragma once

#include <string>
#include <vector>

#include "tools/captures/capture_reader.hpp"

namespace pgfold::test {

class transcript_listener final : public captures::connection_listener {
public:
    std::vector<std::string> lines;
    std::vector<captures::tcp_connection> connections;
    std::vector<captures::timestamp> times;  // of the lines

    std::unique_ptr<captures::stream_listener> on_connection(
        const captures::tcp_connection& connection, captures::stream_side,
        std::span<const std::byte>) override {
        connections.push_back(connection);
        return std::make_unique<stream>(*this, std::to_string(connection.number));
    }

    // All bytes of one side, however they were split.
    [[nodiscard]] std::string joined(const std::string& prefix) const {
        std::string all;
        for (const std::string& line : lines) {
            if (line.starts_with(prefix)) all += line.substr(prefix.size());
        }
        return all;
    }

private:
    class stream final : public captures::stream_listener {
    public:
        stream(transcript_listener& to, std::string name) : to_(to), name_(std::move(name)) {}
        void on_bytes(captures::stream_side from, std::span<const std::byte> bytes,
                      captures::timestamp at) override {
            add(name_ + side(from) +
                    std::string(reinterpret_cast<const char*>(bytes.data()), bytes.size()),
                at);
        }
        void on_gap(captures::stream_side from, std::uint64_t missing,
                    captures::timestamp at) override {
            add(name_ + " gap" + side(from) + std::to_string(missing), at);
        }
        void on_end(captures::timestamp at) override { add(name_ + " end", at); }

    private:
        static std::string side(captures::stream_side from) {
            return from == captures::stream_side::client ? " client: " : " server: ";
        }
        void add(std::string line, captures::timestamp at) {
            to_.lines.push_back(std::move(line));
            to_.times.push_back(at);
        }
        transcript_listener& to_;
        std::string name_;
    };
};

}  // namespace pgfold::test
