#include "proxy/net/log.hpp"

#include <spdlog/async.h>
#include <spdlog/async_logger.h>
#include <spdlog/pattern_formatter.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include <atomic>
#include <memory>

#include "proxy/net/json_escape.hpp"

namespace pgfold::net::log {
namespace {

constexpr std::size_t lines_queued_max = 8192;
std::atomic<bool> writes_json{false};

spdlog::level::level_enum level_of(config::log_level level) {
    switch (level) {
        case config::log_level::trace:
            return spdlog::level::trace;
        case config::log_level::debug:
            return spdlog::level::debug;
        case config::log_level::info:
            return spdlog::level::info;
        case config::log_level::warning:
            return spdlog::level::warn;
        case config::log_level::error:
            return spdlog::level::err;
    }
    return spdlog::level::info;
}

std::shared_ptr<spdlog::async_logger>& current() {
    static std::shared_ptr<spdlog::async_logger> logger;
    return logger;
}

// Line ends and other control characters would let a client forge lines.
std::string printable(std::string_view text) {
    std::string out;
    out.reserve(text.size());
    for (const char c : text)
        out += static_cast<unsigned char>(c) < 0x20 || c == 0x7f ? ' ' : c;
    return out;
}

// The payload is what stands between the braces: `"message":"…","key":"…"`.
std::string as_json(std::string_view message, std::initializer_list<field> fields) {
    std::string line = "\"message\":";
    append_json_string(line, message);
    for (const field& item : fields) {
        line += ',';
        append_json_string(line, item.name);
        line += ':';
        if (item.is_number) {
            line += item.value;
        } else {
            append_json_string(line, item.value);
        }
    }
    return line;
}

std::string as_text(std::string_view message, std::initializer_list<field> fields) {
    std::string line = printable(message);
    for (const field& item : fields) {
        if (item.value.empty()) continue;
        line += ' ';
        line += item.name;
        line += '=';
        if (item.is_number) {
            line += item.value;
        } else {
            append_json_string(line, item.value);
        }
    }
    return line;
}

void write(spdlog::level::level_enum level, std::string_view message,
           std::initializer_list<field> fields) {
    const auto& logger = current();
    if (!logger || !logger->should_log(level)) return;
    logger->log(level, writes_json.load(std::memory_order_relaxed) ? as_json(message, fields)
                                                                   : as_text(message, fields));
}

}  // namespace

void start(const config::log_settings& settings) {
    writes_json = settings.format == config::log_format::json;
    spdlog::init_thread_pool(lines_queued_max, 1);
    auto sink = std::make_shared<spdlog::sinks::stderr_sink_mt>();
    current() = std::make_shared<spdlog::async_logger>(
        "pgfold", sink, spdlog::thread_pool(), spdlog::async_overflow_policy::overrun_oldest);
    current()->set_pattern(writes_json ? R"({"time":"%Y-%m-%dT%H:%M:%S.%fZ","level":"%l",%v})"
                                       : "%Y-%m-%dT%H:%M:%S.%eZ %l %v",
                           spdlog::pattern_time_type::utc);
    current()->flush_on(spdlog::level::trace);
    set_level(settings.level);
}

void set_level(config::log_level level) {
    if (current()) current()->set_level(level_of(level));
}

void stop() {
    current().reset();
    spdlog::shutdown();  // joins the thread once the queue is empty
}

bool is_debug() {
    return current() && current()->should_log(spdlog::level::debug);
}

void debug(std::string_view message) {
    write(spdlog::level::debug, message, {});
}

void info(std::string_view message) {
    write(spdlog::level::info, message, {});
}

void warning(std::string_view message) {
    write(spdlog::level::warn, message, {});
}

void error(std::string_view message) {
    write(spdlog::level::err, message, {});
}

void event(config::log_level level, std::string_view message, std::initializer_list<field> fields) {
    write(level_of(level), message, fields);
}

}  // namespace pgfold::net::log
