// A client of well-formed messages, in any order and cut anywhere, and a server that keeps
// PostgreSQL's rules: through a session that folds the client gets the same bytes as directly.
#include <cstdint>
#include <cstdlib>
#include <iterator>
#include <string>
#include <utility>

#include "fuzz/session/folding_surroundings.hpp"
#include "support/cpp/messages.hpp"

namespace {

using namespace pgfold;
using test::bytes;
using test::operator+;
namespace frontend = test::frontend;
namespace backend = test::backend;

class program {
public:
    program(const std::uint8_t* data, std::size_t size) : data_(data), size_(size) {}
    [[nodiscard]] bool done() const { return at_ >= size_; }
    std::uint8_t byte() { return done() ? 0 : data_[at_++]; }

    // Mostly the next of a loop, so that there is one.
    std::string key() {
        const auto b = byte();
        if (b < 160) return std::to_string(++key_);
        if (b < 200) key_ = 0;
        return std::to_string(b % 50);
    }
    std::string name() { return std::string(byte() % 2, 's'); }
    std::string portal() { return byte() % 8 == 0 ? "p" : ""; }

    std::string list() {
        key_ = 0;
        return "SELECT id FROM parent";
    }

    bytes message() {
        static const char* const texts[] = {"BEGIN",
                                            "COMMIT",
                                            "ROLLBACK",
                                            "SAVEPOINT a",
                                            "ROLLBACK TO a",
                                            "BEGIN ISOLATION LEVEL REPEATABLE READ",
                                            "UPDATE child SET n = 1",
                                            "UPDATE other SET n = 1",
                                            "SET search_path = a",
                                            "SELECT 1",
                                            "DISCARD ALL",
                                            "SET pgfold.other = on",
                                            "/*pgfold:off*/ SELECT name, n FROM child WHERE"
                                            " parent_id = 7",
                                            ""};
        static const std::string lookup = "SELECT name, n FROM child WHERE parent_id = ";
        const std::uint16_t format = byte() % 4 == 0 ? 1 : 0;
        switch (byte() % 20) {
            case 0:
                return frontend::query(list());
            case 1:
            case 2:
                return frontend::query(lookup + key());
            case 3:
                return frontend::query(texts[byte() % std::size(texts)]);
            case 4:
                return frontend::query(lookup + key() + "; " + lookup + key());
            case 5:
                return cycle(list(), {}, format);
            case 6:
            case 7:
                return cycle(lookup + "$1", {key()}, format);
            case 8:
                return frontend::parse("", lookup + "$1", {23}) + frontend::sync();
            case 9:
                return frontend::parse("s", lookup + "$1", {23}) + frontend::sync();
            case 10:
            case 11:
            case 12: {
                const auto on = name();
                return frontend::bind("", on, {key()}, {format}) + frontend::describe_portal("") +
                       frontend::execute("", 0) + frontend::sync();
            }
            case 13:
                return frontend::bind("", "s", {key()}, {format}) + frontend::execute("", 0) +
                       frontend::sync();
            case 14:
                return frontend::parse(name(), byte() % 2 ? lookup + "$1" : list());
            case 15: {
                const auto at = portal();
                return frontend::bind(at, name(), {key()}, {format}) + frontend::execute(at, 0);
            }
            case 16:
                // The unnamed portal may have been a batch's since: see proxy/fold/README.md.
                return byte() % 2 ? frontend::describe_statement(name())
                                  : frontend::describe_portal("p");
            case 17:
                return byte() % 4 ? frontend::sync() : frontend::flush();
            case 18:
                return byte() % 2 ? frontend::close_statement(name())
                                  : frontend::close_portal(portal());
            default:
                return cycle(texts[byte() % 7], {}, 0);
        }
    }

private:
    static bytes cycle(const std::string& text, const std::vector<std::string>& values,
                       std::uint16_t format) {
        bytes bind = values.empty() ? frontend::bind("", "", {}, {format})
                                    : frontend::bind("", "", {values.front()}, {format});
        return frontend::parse("", text) + bind + frontend::describe_portal("") +
               frontend::execute("", 0) + frontend::sync();
    }

    const std::uint8_t* data_;
    std::size_t size_;
    std::size_t at_ = 0;
    int key_ = 0;
};

// The folding session between the client and its server.
class folded_client {
public:
    folded_client(test::folding_surroundings& shared, sql::statement_analyzer& analyzer,
                  telemetry::thread_counters& counters)
        : detector_(hub_.connect_detector()),
          session_({}, {.connection_id = 1, .database = shared.name, .user = "app"}, analyzer,
                   detector_.get(), counters, now_) {
        shared.fold(session_, *detector_);
        from_server(backend::authentication_ok() +
                    backend::parameter_status("standard_conforming_strings", "on") +
                    backend::backend_key_data(42, "keys") + backend::ready());
        to_client_.clear();
    }

    [[nodiscard]] test::shop_server& server() { return server_; }
    [[nodiscard]] const bytes& got() const { return to_client_; }

    void send(bytes part) {
        if (!session_.wants_client_bytes()) listen();
        step();
        session_.on_client_bytes(part, now_, actions_);
        take();
        std::fill(part.begin(), part.end(), std::byte{0xEE});  // whoever looks later is wrong
    }
    void listen() {
        while (!to_server_.empty()) {
            const bytes sent = std::exchange(to_server_, {});
            from_server(server_.answer(sent));
        }
    }
    void tick(std::chrono::milliseconds later) {
        now_ += later;
        session_.on_tick(now_);
    }

private:
    void from_server(const bytes& part) {
        step();
        session_.on_server_bytes(part, now_, actions_);
        take();
    }
    void step() {
        now_ += std::chrono::microseconds(10);
        actions_.clear();
    }
    void take() {
        for (const auto& a : actions_) {
            auto& out = a.kind == session::action_kind::send_to_client   ? to_client_
                        : a.kind == session::action_kind::send_to_server ? to_server_
                                                                         : nowhere_;
            out.insert(out.end(), a.bytes.begin(), a.bytes.end());
            if (&out == &nowhere_) std::abort();  // nothing here is a reason to close
        }
    }

    detect::detector_hub hub_{{}};
    detect::timestamp now_{std::chrono::seconds(1'700'000'000)};
    std::unique_ptr<detect::connection_detector> detector_;
    session::session session_;
    test::shop_server server_;
    session::action_list actions_;
    bytes to_client_, to_server_, nowhere_;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    static const auto templates = sql::make_template_table(1000);
    static sql::statement_analyzer analyzer(templates);
    if (size > 4096) return 0;
    telemetry::thread_counters counters;
    test::folding_surroundings shared("shop");
    if (!shared.published) std::abort();
    folded_client folded(shared, analyzer, counters);
    test::shop_server direct;
    bytes expected;

    program p(data, size);
    for (int i = p.byte() % 4; i > 0; --i) {
        const int key = p.byte() % 41;
        for (auto* server : {&direct, &folded.server()})
            (i % 2 ? server->failing : server->noticed).insert(key);
    }
    while (!p.done()) {
        const auto control = p.byte();
        const bytes message = p.message();
        const bytes answer = direct.answer(message);
        expected.insert(expected.end(), answer.begin(), answer.end());
        const std::size_t cut =
            control % 4 == 0 ? (std::size_t{control} >> 2U) % (message.size() + 1) : message.size();
        const auto middle = message.begin() + static_cast<std::ptrdiff_t>(cut);
        if (cut > 0) folded.send(bytes(message.begin(), middle));
        if (control & 0x40) folded.listen();
        if (middle != message.end()) folded.send(bytes(middle, message.end()));
        // Now and then the next message is sent before this one is answered.
        if (control & 0x30) folded.listen();
        if (control == 0xFF) folded.tick(std::chrono::milliseconds(150));
    }
    folded.listen();
    if (folded.got() != expected) std::abort();
    return 0;
}
