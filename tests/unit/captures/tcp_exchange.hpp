// One TCP connection of a capture under construction: keeps count of the sequence numbers.
#pragma once

#include <string>
#include <string_view>

#include "support/cpp/messages.hpp"
#include "unit/captures/capture_builder.hpp"

namespace pgfold::test {

class tcp_exchange {
public:
    explicit tcp_exchange(capture_builder& capture, host client = {"10.0.0.1", 40000},
                          host server = {"10.0.0.2", 5432})
        : capture_(capture), client_(client), server_(server) {}

    tcp_exchange& at(std::int64_t us) {
        now_us_ = us;
        return *this;
    }
    tcp_exchange& open() {
        add({client_, server_, client_next_ - 1, 0, "", {.syn = true, .ack = false}});
        return add({server_, client_, server_next_ - 1, client_next_, "", {.syn = true}});
    }
    tcp_exchange& client(const bytes& data) { return send(data, true, true); }
    tcp_exchange& server(const bytes& data) { return send(data, false, true); }
    // Sent, but not in the capture.
    tcp_exchange& lost_client(const bytes& data) { return send(data, true, false); }
    tcp_exchange& lost_server(const bytes& data) { return send(data, false, false); }

    tcp_exchange& close() {
        add({client_, server_, client_next_, server_next_, "", {.fin = true}});
        return add({server_, client_, server_next_, client_next_ + 1, "", {.fin = true}});
    }

private:
    tcp_exchange& send(const bytes& data, bool from_client, bool captured) {
        const std::string_view payload(reinterpret_cast<const char*>(data.data()), data.size());
        std::uint32_t& next = from_client ? client_next_ : server_next_;
        if (captured) {
            add({from_client ? client_ : server_, from_client ? server_ : client_, next,
                 from_client ? server_next_ : client_next_, payload});
        }
        next += static_cast<std::uint32_t>(data.size());
        return *this;
    }
    tcp_exchange& add(const packet_spec& spec) {
        capture_.add(now_us_, spec);
        now_us_ += 100;
        return *this;
    }

    capture_builder& capture_;
    host client_, server_;
    std::uint32_t client_next_ = 1000, server_next_ = 2000;
    std::int64_t now_us_ = 1'700'000'000'000'000;
};

}  // namespace pgfold::test
