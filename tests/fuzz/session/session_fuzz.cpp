// Structure-aware: the input is a program of messages of both sides, whole, cut or broken. Whatever
// it says, every byte that comes in goes out on the other side, and an observer sees each execution
// start once, end after it started, and nothing after the session's end. With folding the bytes
// need not be the same, since this server answers nonsense (folding_fuzz has one that does not),
// but nobody may fall over.
#include <cstdint>
#include <cstdlib>
#include <iterator>
#include <set>
#include <string>
#include <vector>

#include "fuzz/session/folding_surroundings.hpp"
#include "proxy/session/session.hpp"
#include "support/cpp/messages.hpp"

namespace {

using namespace pgfold;
using test::bytes;
using test::operator+;
namespace frontend = test::frontend;
namespace backend = test::backend;

[[noreturn]] void fail() {
    std::abort();
}

class checking_observer final : public detect::conversation_observer {
public:
    void on_session_start(const detect::session_identity&, detect::timestamp) override {
        if (open_) fail();
        open_ = true;
    }
    void on_application_name(std::string_view) override { require(open_); }
    void on_execution_start(const detect::execution_start& start) override {
        require(open_ && start.statement && start.id > last_);
        last_ = start.id;
        for (const auto& a : start.arguments)
            for (const char c : a.bytes)
                sum_ += static_cast<unsigned char>(c);
        live_.insert(start.id);
    }
    bool on_row_shape(detect::execution_id id, const detect::row_shape& shape) override {
        require(open_ && live_.contains(id) && !shape.row_description.empty());
        return id % 3 != 0;
    }
    bool on_data_row(detect::execution_id id, std::span<const std::byte> row,
                     bool truncated) override {
        require(open_ && live_.contains(id) && id % 3 != 0 && (!truncated || row.empty()));
        for (const auto b : row)
            sum_ += std::to_integer<unsigned>(b);
        return !truncated;
    }
    void on_execution_end(const detect::execution_end& end) override {
        require(open_ && live_.contains(end.id));
        if (!end.suspended) ended_.insert(end.id);
    }
    void on_ready(char, detect::execution_id first, detect::execution_id last,
                  detect::timestamp) override {
        require(open_ && first <= last);
    }
    void on_session_reset(detect::timestamp) override { require(open_); }
    void on_session_end(detect::timestamp) override {
        require(open_);
        open_ = false;
    }

private:
    static void require(bool condition) {
        if (!condition) fail();
    }
    bool open_ = false;
    detect::execution_id last_ = 0;
    std::set<detect::execution_id> live_, ended_;
    std::size_t sum_ = 0;
};

class program {
public:
    program(const std::uint8_t* data, std::size_t size) : data_(data), size_(size) {}
    [[nodiscard]] bool done() const { return at_ >= size_; }
    std::uint8_t byte() { return done() ? 0 : data_[at_++]; }
    std::string text() {
        const std::size_t n = std::min<std::size_t>(byte() % 64, size_ - std::min(at_, size_));
        std::string out(reinterpret_cast<const char*>(data_ + at_), n);
        at_ += n;
        return out;
    }
    std::string name() { return std::string(byte() % 2, 's'); }

    bytes client_message() {
        static const char* const texts[] = {"SELECT id FROM t WHERE a = 1",
                                            "SELECT id FROM parent",
                                            "SELECT name, n FROM child WHERE parent_id = 2",
                                            "SELECT name, n FROM child WHERE parent_id = $1",
                                            "BEGIN",
                                            "COMMIT",
                                            "DISCARD ALL",
                                            "COPY t FROM STDIN",
                                            "DEALLOCATE s",
                                            "SELECT 1; SELECT 2",
                                            "PREPARE s AS SELECT id FROM t WHERE a = $1",
                                            "EXECUTE s (1)",
                                            "/*a='b'*/ SELECT id FROM t WHERE a = 1",
                                            "SELECT id /*a='b'*/ FROM t /*pgfold:off*/;",
                                            ""};
        switch (byte() % 16) {
            case 0:
                return frontend::query(texts[byte() % std::size(texts)]);
            case 1:
                return frontend::query(text().c_str());
            case 2:
                return frontend::parse(name(), texts[byte() % std::size(texts)]);
            case 3:
                return frontend::query("SELECT name, n FROM child WHERE parent_id = " +
                                       std::to_string(byte() % 8));
            case 4:
                return frontend::bind(name(), name(), {text()},
                                      {static_cast<std::uint16_t>(byte() % 2)});
            case 5:
                return frontend::describe_portal(name());
            case 6:
                return frontend::describe_statement(name());
            case 7:
                return frontend::execute(name(), byte() % 3);
            case 8:
                return frontend::sync();
            case 9:
                return frontend::flush();
            case 10:
                return frontend::close_statement(name());
            case 11:
                return frontend::close_portal(name());
            case 12:
                return frontend::copy_data(text());
            case 13:
                return byte() % 2 ? frontend::copy_done() : frontend::copy_fail("x");
            case 14:
                return frontend::function_call();
            default:
                return test::raw(text());
        }
    }

    bytes server_message() {
        static const char* const tags[] = {"SELECT 1",   "BEGIN",  "DISCARD ALL",
                                           "DEALLOCATE", "COPY 1", "PREPARE"};
        switch (byte() % 21) {
            case 0:
                return backend::ready("ITE"[byte() % 3]);
            case 1:
                return backend::complete(tags[byte() % std::size(tags)]);
            case 2:
                return backend::parse_complete();
            case 3:
                return backend::bind_complete();
            case 4:
                return backend::close_complete();
            case 5:
                return backend::no_data();
            case 6:
                return backend::empty_query();
            case 7:
                return backend::suspended();
            case 8:
                return backend::row_description({{"id", 1, 1}});
            case 9:
                return backend::data_row({byte() % 2 ? text() : std::to_string(++row_)});
            case 10:
                return backend::error("22012");
            case 11:
                return backend::notice();
            case 12:
                return backend::notification("c");
            case 13:
                return backend::parameter_status("standard_conforming_strings",
                                                 byte() % 2 ? "on" : "off");
            case 14:
                return backend::copy_in();
            case 15:
                return backend::copy_out() + backend::copy_data("x") + backend::copy_done();
            case 16:
                return backend::parameter_description({23});
            case 17:
                return backend::function_call_response();
            case 18:
                return backend::backend_key_data(1, "abcd");
            case 19:
                return test::message(protocol::backend_message::error_response, [&](auto& m) {
                    m.write_uint8('P').write_string(text()).write_uint8(0);
                });
            default:
                return test::raw(text());
        }
    }

private:
    const std::uint8_t* data_;
    std::size_t size_;
    std::size_t at_ = 0;
    int row_ = 0;
};

// Everything goes on as it came, unless comments are taken out on the way.
void check_forwarded(const session::action_list& actions, session::action_kind kind,
                     const bytes& input, bool changed, bool both_ways) {
    bytes out;
    for (const auto& a : actions) {
        if (a.kind != kind && !both_ways) fail();
        out.insert(out.end(), a.bytes.begin(), a.bytes.end());
    }
    if (out != input && !changed) fail();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    static const auto templates = sql::make_template_table(1000);
    static sql::statement_analyzer analyzer(templates);
    telemetry::thread_counters counters;
    checking_observer observer;
    detect::timestamp now{std::chrono::seconds(1)};
    session::session_options options;
    options.requests_outstanding_max = 200;
    options.assembled_message_bytes_max = 64;
    options.observed_row_bytes_max = 16;
    options.strip_comments = size > 0 && (data[size - 1] & 1) != 0;
    const bool folds = size > 0 && (data[size - 1] & 6) == 6;
    // Both have to live as long as the session.
    test::folding_surroundings shared("shop");
    detect::detector_hub hub{{}};
    const auto detector = hub.connect_detector();
    session::session s(
        options, {.connection_id = 1, .database = "shop", .user = "app"}, analyzer,
        folds ? static_cast<detect::conversation_observer*>(detector.get()) : &observer, counters,
        now);
    if (folds) shared.fold(s, *detector);
    const bool changed = options.strip_comments || folds;
    session::action_list actions;
    s.on_server_bytes(backend::authentication_ok() + backend::ready(), now, actions);

    program p(data, size);
    while (!p.done()) {
        const auto control = p.byte();
        const bool from_client = control & 1;
        bytes message = from_client ? p.client_message() : p.server_message();
        if (control & 2)
            message = message + (from_client ? p.client_message() : p.server_message());
        const std::size_t cut =
            control & 4 ? (control >> 3) % (message.size() + 1) : message.size();
        for (const auto& part :
             {bytes(message.begin(), message.begin() + static_cast<std::ptrdiff_t>(cut)),
              bytes(message.begin() + static_cast<std::ptrdiff_t>(cut), message.end())}) {
            if (part.empty()) continue;
            actions.clear();
            now += std::chrono::microseconds(10);
            if (from_client) {
                s.on_client_bytes(part, now, actions);
                check_forwarded(actions, session::action_kind::send_to_server, part, changed,
                                folds);
            } else {
                s.on_server_bytes(part, now, actions);
                check_forwarded(actions, session::action_kind::send_to_client, part, changed,
                                folds);
            }
        }
    }
    s.on_client_closed(now);
    s.on_server_closed(now);
    return 0;
}
