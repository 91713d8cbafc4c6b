// GETs JSON from the admin server of a running pgfold.
#pragma once

#include <boost/json/object.hpp>
#include <chrono>
#include <cstdint>
#include <string>

namespace pgfold::top {

struct admin_answer {
    boost::json::object body;
    std::string error;  // empty: it has answered
};

class admin_client {
public:
    static constexpr std::size_t body_bytes_max = 64 << 20;

    admin_client(std::string host, std::uint16_t port) : host_(std::move(host)), port_(port) {}

    // On a connection of its own, all of it within `timeout`.
    [[nodiscard]] admin_answer get(const std::string& target, std::chrono::milliseconds timeout =
                                                                  std::chrono::seconds(5)) const;

private:
    std::string host_;
    std::uint16_t port_;
};

}  // namespace pgfold::top
