#include "tools/analyze/log_record.hpp"

#include <array>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <cerrno>
#include <cstring>
#include <ctime>
#include <optional>
#include <string_view>
#include <vector>

namespace pgfold::analyze {
namespace json = boost::json;
namespace {

// Columns of a CSV log; later versions of PostgreSQL add some at the end.
enum column : std::size_t {
    log_time = 0,
    user_name = 1,
    database_name = 2,
    connection_from = 4,
    session_id = 5,
    error_severity = 11,
    sql_state_code = 12,
    message = 13,
    detail = 14,
    application_name = 22,
    columns_min = 23,
};

// "2024-03-01 12:00:00.123 CET". Only differences matter, so the zone does not.
std::optional<detect::timestamp> parse_time(const std::string& text) {
    std::tm parts{};
    const char* const rest = ::strptime(text.c_str(), "%Y-%m-%d %H:%M:%S", &parts);
    if (rest == nullptr) return std::nullopt;
    detect::timestamp at{std::chrono::seconds(::timegm(&parts))};
    if (*rest == '.') {
        std::chrono::nanoseconds digit = std::chrono::milliseconds(100);
        for (const char* c = rest + 1; *c >= '0' && *c <= '9'; ++c, digit /= 10)
            at += digit * (*c - '0');
    }
    return at;
}

// "10.0.0.1:5123", "[local]"
std::string host_of(const std::string& from) {
    const auto colon = from.rfind(':');
    return from == "[local]" ? std::string() : from.substr(0, colon);
}

// False when a quoted field goes on behind the end of the text.
bool split_csv(std::string_view text, std::vector<std::string>& fields) {
    fields.clear();
    std::size_t at = 0;
    for (;;) {
        std::string& field = fields.emplace_back();
        if (at < text.size() && text[at] == '"') {
            for (++at;; ++at) {
                if (at >= text.size()) return false;
                if (text[at] != '"') {
                    field.push_back(text[at]);
                } else if (at + 1 < text.size() && text[at + 1] == '"') {
                    field.push_back(text[at++]);
                } else {
                    break;
                }
            }
            ++at;
        } else {
            const auto end = std::min(text.find(',', at), text.size());
            field = text.substr(at, end - at);
            at = end;
        }
        if (at >= text.size()) return true;
        ++at;  // the comma
    }
}

std::string text_at(const json::object& object, std::string_view key) {
    const json::value* const found = object.if_contains(key);
    return found != nullptr && found->is_string() ? std::string(found->as_string()) : std::string();
}

std::string first_bytes(const std::string& path) {
    const std::unique_ptr<std::FILE, int (*)(std::FILE*)> file(std::fopen(path.c_str(), "rb"),
                                                               std::fclose);
    std::array<char, 20> head{};
    const std::size_t n = file ? std::fread(head.data(), 1, head.size(), file.get()) : 0;
    return {head.data(), n};
}

}  // namespace

bool log_file::is_log(const std::string& path) {
    if (path == "-") return false;
    const std::string head = first_bytes(path);
    return head.starts_with("{\"timestamp\"") || (head.size() == 20 && parse_time(head));
}

bool log_file::open(const std::string& path) {
    form_ = first_bytes(path).starts_with('{') ? log_form::json : log_form::csv;
    file_.reset(std::fopen(path.c_str(), "rb"));
    if (!file_) error_ = std::strerror(errno);
    return file_ != nullptr;
}

log_status log_file::fail(std::string why) {
    error_ = std::move(why);
    return log_status::fault;
}

// Appends a line without its end. False at the end of the file.
bool log_file::read_line(std::string& line) {
    std::array<char, 16 * 1024> part{};
    bool any = false;
    while (std::fgets(part.data(), part.size(), file_.get()) != nullptr) {
        any = true;
        const std::size_t n = std::strlen(part.data());
        offset_ += n;
        line.append(part.data(), n);
        if (line.ends_with('\n')) {
            line.pop_back();
            break;
        }
        if (line.size() > record_bytes_max) break;
    }
    return any;
}

log_status log_file::next(log_record& record) {
    record_offset_ = offset_;
    text_.clear();
    return form_ == log_form::csv ? next_csv(record) : next_json(record);
}

log_status log_file::next_csv(log_record& record) {
    std::vector<std::string> fields;
    if (!read_line(text_)) return log_status::end;
    while (!split_csv(text_, fields)) {
        text_.push_back('\n');
        if (!read_line(text_)) return fail("it ends within a record");
        if (text_.size() > record_bytes_max) return fail("a record of more than 64 MiB");
    }
    if (fields.size() < columns_min) return fail("not a record of PostgreSQL's CSV log");
    const auto at = parse_time(fields[log_time]);
    if (!at) return fail("a record without a time");
    record.at = *at;
    record.user = std::move(fields[user_name]);
    record.database = std::move(fields[database_name]);
    record.client_host = host_of(fields[connection_from]);
    record.session_id = std::move(fields[session_id]);
    record.severity = std::move(fields[error_severity]);
    record.sqlstate = std::move(fields[sql_state_code]);
    record.message = std::move(fields[message]);
    record.detail = std::move(fields[detail]);
    record.application_name = std::move(fields[application_name]);
    return log_status::record;
}

log_status log_file::next_json(log_record& record) {
    if (!read_line(text_)) return log_status::end;
    json::error_code failure;
    const json::value document = json::parse(text_, failure);
    if (failure || !document.is_object()) return fail("not a record of PostgreSQL's JSON log");
    const json::object& fields = document.as_object();
    const auto at = parse_time(text_at(fields, "timestamp"));
    if (!at) return fail("a record without a time");
    record.at = *at;
    record.user = text_at(fields, "user");
    record.database = text_at(fields, "dbname");
    record.client_host = text_at(fields, "remote_host");
    if (record.client_host == "[local]") record.client_host.clear();
    record.session_id = text_at(fields, "session_id");
    record.severity = text_at(fields, "error_severity");
    record.sqlstate = text_at(fields, "state_code");
    record.message = text_at(fields, "message");
    record.detail = text_at(fields, "detail");
    record.application_name = text_at(fields, "application_name");
    return log_status::record;
}

}  // namespace pgfold::analyze
