// PostgreSQL's own log as CSV (log_destination = csvlog) or JSON (jsonlog), record by record.
#pragma once

#include <cstdint>
#include <cstdio>
#include <memory>
#include <string>

#include "analyzer/detect/conversation_observer.hpp"

namespace pgfold::analyze {

struct log_record {
    detect::timestamp at;  // as the log says it; its time zone is not looked at
    std::string session_id, user, database, application_name, client_host;
    std::string severity, sqlstate, message, detail;
};

enum class log_form : std::uint8_t { csv, json };
enum class log_status : std::uint8_t { record, end, fault };

class log_file {
public:
    // "-" is not read: which form it has is told from the file's first byte.
    [[nodiscard]] bool open(const std::string& path);
    [[nodiscard]] log_status next(log_record& record);

    [[nodiscard]] std::uint64_t offset() const { return offset_; }
    [[nodiscard]] std::uint64_t fault_offset() const { return record_offset_; }
    [[nodiscard]] const std::string& error() const { return error_; }

    // By the first bytes: neither a capture nor anything else begins like a log.
    [[nodiscard]] static bool is_log(const std::string& path);

private:
    static constexpr std::size_t record_bytes_max = 64 << 20;

    struct close_file {
        void operator()(std::FILE* file) const { std::fclose(file); }
    };
    [[nodiscard]] bool read_line(std::string& line);
    [[nodiscard]] log_status next_csv(log_record& record);
    [[nodiscard]] log_status next_json(log_record& record);
    [[nodiscard]] log_status fail(std::string why);

    std::unique_ptr<std::FILE, close_file> file_;
    log_form form_ = log_form::csv;
    std::uint64_t offset_ = 0, record_offset_ = 0;
    std::string error_, text_;
};

}  // namespace pgfold::analyze
