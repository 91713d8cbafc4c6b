#include "tools/analyze/traffic_analysis.hpp"

#include <filesystem>
#include <optional>
#include <system_error>

#include "analyzer/detect/detector.hpp"
#include "proxy/session/connection_analysis.hpp"
#include "proxy/telemetry/counters.hpp"
#include "tools/analyze/log_replayer.hpp"
#include "tools/analyze/traffic_observer.hpp"
#include "tools/captures/progress_bar.hpp"

namespace pgfold::analyze {
namespace {

using captures::capture_replayer;
using captures::capture_result;
using captures::capture_status;
using captures::note_sink;
using captures::progress_bar;
using captures::tcp_connection;

std::uint64_t size_of(const std::string& path) {
    std::error_code failure;
    const auto size = std::filesystem::file_size(path, failure);
    return failure ? 0 : size;
}

std::uint64_t size_of(const std::vector<std::string>& files) {
    std::uint64_t total = 0;
    for (const std::string& file : files)
        total += size_of(file);
    return total;
}

class analysis_run {
public:
    analysis_run(traffic_analysis& result, const traffic_options& options, const note_sink& notes,
                 std::uint64_t bytes_total)
        : result_(result),
          hub_(settings_of(options)),
          progress_(bytes_total),
          notes_([this, notes](const std::string& line) {
              progress_.clear();
              notes(line);
          }),
          captures_(
              {.port = options.port}, [this](const tcp_connection&) { return observer(); }, notes_),
          logs_([this](const tcp_connection&) { return observer(); }) {
        hub_.on_attribution(
            [this](const detect::attribution& one) { result_.timelines.on_attribution(one); });
        captures_.on_progress([this](std::uint64_t bytes) { progress_.show(bytes_done_ + bytes); });
    }

    void read(const std::string& file) {
        if (log_file::is_log(file)) {
            read_log(file);
        } else {
            read_capture(file);
        }
        bytes_done_ += size_of(file);
    }

    void finish() {
        captures_.finish();
        logs_.finish();
        progress_.clear();
        result_.totals = captures_.totals();
        result_.totals.conversations += logs_.sessions();
        result_.totals.statements += logs_.statements();
        result_.statements_without_duration = logs_.without_duration();
        result_.findings = hub_.findings();
        result_.statements = statistics::merge({&statistics_});
        result_.habits = habits_.all();
        for (query_habit& habit : wide_.all())
            result_.habits.push_back(std::move(habit));
        sort_by_time(result_.habits);
    }

private:
    static detect::detector_settings settings_of(const traffic_options& options) {
        detect::detector_settings settings;
        settings.min_lookups = options.min_lookups;
        settings.idle_gap = options.idle_gap;
        return settings;
    }

    std::unique_ptr<detect::conversation_observer> observer() {
        return std::make_unique<traffic_observer>(
            std::make_unique<session::connection_analysis>(session_settings_, statistics_,
                                                           hub_.connect(), counters_),
            result_.timelines, habits_, wide_);
    }

    void note_times(timestamp first, timestamp last) {
        if (last == timestamp{}) return;
        if (result_.first_at == timestamp{} || first < result_.first_at) result_.first_at = first;
        result_.last_at = std::max(result_.last_at, last);
    }

    void read_capture(const std::string& file) {
        const capture_result read = captures_.replay_file(file);
        result_.packets += read.packets;
        result_.packets_cut += read.cut;
        note_times(read.first_at, read.last_at);
        if (!read.message.empty()) notes_(read.message);
        if (read.status == capture_status::unreadable) {
            result_.all_readable = false;
        } else {
            ++result_.files_read;
        }
    }

    void read_log(const std::string& path) {
        log_file file;
        if (!file.open(path)) {
            notes_(path + ": " + file.error());
            result_.all_readable = false;
            return;
        }
        log_record record;
        log_status status;
        std::uint64_t records = 0;
        timestamp first, last;
        while ((status = file.next(record)) == log_status::record) {
            if (records++ == 0) first = record.at;
            last = std::max(last, record.at);
            logs_.on_record(record);
            if (records % 256 == 0) progress_.show(bytes_done_ + file.offset());
        }
        note_times(first, last);
        ++result_.files_read;
        ++result_.logs_read;
        if (status == log_status::fault) {
            notes_(path + ": damaged at byte " + std::to_string(file.fault_offset()) + ": " +
                   file.error() + "; the " + std::to_string(records) +
                   " records before it were used");
        }
    }

    traffic_analysis& result_;
    detect::detector_hub hub_;
    statistics::statistics_shard statistics_;
    telemetry::thread_counters counters_;
    query_habits habits_;
    wide_columns wide_;
    std::shared_ptr<const session::analysis_settings> session_settings_ =
        std::make_shared<const session::analysis_settings>();
    progress_bar progress_;
    note_sink notes_;
    std::uint64_t bytes_done_ = 0;  // of the files before
    capture_replayer captures_;
    log_replayer logs_;
};

}  // namespace

std::unique_ptr<traffic_analysis> analyze_files(const std::vector<std::string>& files,
                                                const traffic_options& options,
                                                const note_sink& notes) {
    auto result = std::make_unique<traffic_analysis>();
    analysis_run run(*result, options, notes, size_of(files));
    for (const std::string& file : files)
        run.read(file);
    run.finish();
    return result;
}

}  // namespace pgfold::analyze
