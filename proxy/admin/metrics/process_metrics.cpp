#include <sys/resource.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>

#include "proxy/admin/metrics/family_builder.hpp"
#include "proxy/admin/metrics/metric_families.hpp"

namespace pgfold::admin {
namespace {

using prometheus::MetricType;

void add(metric_families& families, const char* name, const char* help, MetricType type,
         double value) {
    families.push_back(family_builder(name, help, type).add(value).take());
}

// Field 22 of /proc/self/stat counts clock ticks since boot; the command in field 2 may hold
// spaces.
double start_time_seconds() {
    std::ifstream stat("/proc/self/stat");
    std::string line;
    std::getline(stat, line);
    const std::size_t close = line.rfind(')');
    if (close == std::string::npos) return 0;
    std::istringstream fields(line.substr(close + 1));
    std::string skipped;
    for (int field = 3; field < 22; ++field)
        fields >> skipped;
    double ticks = 0;
    fields >> ticks;

    std::ifstream boot("/proc/stat");
    while (std::getline(boot, line)) {
        if (line.rfind("btime ", 0) != 0) continue;
        return std::stod(line.substr(6)) + ticks / static_cast<double>(sysconf(_SC_CLK_TCK));
    }
    return 0;
}

double open_descriptors() {
    std::error_code error;
    double count = 0;
    std::filesystem::directory_iterator entries("/proc/self/fd", error);
    for (; !error && entries != std::filesystem::directory_iterator(); entries.increment(error)) {
        ++count;
    }
    return count > 0 ? count - 1 : 0;  // the listing has one open itself
}

}  // namespace

void add_process_metrics(metric_families& families) {
    rusage usage{};
    getrusage(RUSAGE_SELF, &usage);
    const auto seconds = [](const timeval& time) {
        return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
    };
    add(families, "process_cpu_seconds_total", "User and system CPU time.", MetricType::Counter,
        seconds(usage.ru_utime) + seconds(usage.ru_stime));

    std::ifstream statm("/proc/self/statm");
    double virtual_pages = 0, resident_pages = 0;
    statm >> virtual_pages >> resident_pages;
    const auto page = static_cast<double>(sysconf(_SC_PAGESIZE));
    add(families, "process_resident_memory_bytes", "Memory that is in RAM.", MetricType::Gauge,
        resident_pages * page);
    add(families, "process_virtual_memory_bytes", "Memory that is mapped.", MetricType::Gauge,
        virtual_pages * page);

    add(families, "process_open_fds", "File descriptors that are open.", MetricType::Gauge,
        open_descriptors());
    rlimit limit{};
    getrlimit(RLIMIT_NOFILE, &limit);
    add(families, "process_max_fds", "File descriptors that may be open.", MetricType::Gauge,
        static_cast<double>(limit.rlim_cur));
    static const double started = start_time_seconds();
    add(families, "process_start_time_seconds", "Start, since the Unix epoch.", MetricType::Gauge,
        started);
}

}  // namespace pgfold::admin
