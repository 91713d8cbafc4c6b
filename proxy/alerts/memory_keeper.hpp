// Keeps what alerts know in a file (alerts_state_file). What is not ours is left as it is.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <utility>

#include "proxy/alerts/alert_memory.hpp"

namespace pgfold::alerts {

class memory_keeper {
public:
    using log_line = std::function<void(const std::string&)>;

    // An empty path: nothing is read or written, ever.
    memory_keeper(std::string path, log_line warn)
        : path_(std::move(path)), warn_(std::move(warn)) {}

    // Nothing where there is nothing to begin with.
    [[nodiscard]] std::optional<alert_memory> load();
    [[nodiscard]] bool is_kept() const { return writes_; }
    void save(const alert_memory& memory);

private:
    void warn(const std::string& problem);

    const std::string path_;
    const log_line warn_;
    bool writes_ = !path_.empty();
    std::string saved_;
    std::string problem_;  // of the last time, which has been told
};

}  // namespace pgfold::alerts
