#include "tools/captures/capture_replayer.hpp"

#include <utility>

#include "tools/captures/conversation_feeder.hpp"

namespace pgfold::captures {
namespace {

// Decides which connections are worth following, by port or by their first bytes.
class conversation_finder final : public connection_listener {
public:
    explicit conversation_finder(replay_context& context) : context_(context) {}

    std::unique_ptr<stream_listener> on_connection(const tcp_connection& connection,
                                                   stream_side from,
                                                   std::span<const std::byte> first) override {
        bool sides_swapped = false;
        if (const std::uint16_t port = context_.options.port; port != 0) {
            // Without its beginning, the reader has only guessed who is the server.
            sides_swapped = !connection.from_start && connection.server.port != port &&
                            connection.client.port == port;
            if (connection.server.port != port && !sides_swapped) return nullptr;
        } else if (connection.from_start &&
                   (from == stream_side::server || !may_be_startup(first))) {
            return nullptr;
        }
        return std::make_unique<conversation_feeder>(context_, connection, sides_swapped);
    }

    void on_time(timestamp at) override {
        for (const auto& [number, feeder] : context_.open)
            feeder->on_time(at);
    }

private:
    static bool may_be_startup(std::span<const std::byte> first) {
        switch (protocol::parse_startup(first).kind) {
            case protocol::startup_kind::malformed:
            case protocol::startup_kind::direct_tls:  // any TLS client; with --port it is reported
                return false;
            default:
                return true;
        }
    }

    replay_context& context_;
};

}  // namespace

struct capture_replayer::implementation {
    replay_context context;
    conversation_finder finder;
    capture_reader reader;

    implementation(replay_options options, observer_factory factory, note_sink notes)
        : context(options, std::move(factory), std::move(notes)), finder(context), reader(finder) {}
};

capture_replayer::capture_replayer(replay_options options, observer_factory factory,
                                   note_sink notes)
    : implementation_(
          std::make_unique<implementation>(options, std::move(factory), std::move(notes))) {}

capture_replayer::~capture_replayer() = default;

void capture_replayer::on_progress(std::function<void(std::uint64_t)> callback) {
    implementation_->reader.on_progress(std::move(callback));
}

capture_result capture_replayer::replay_file(const std::string& path) {
    return implementation_->reader.read_file(path);
}

void capture_replayer::finish() {
    implementation_->reader.finish();
}

const replay_totals& capture_replayer::totals() const {
    return implementation_->context.totals;
}

}  // namespace pgfold::captures
