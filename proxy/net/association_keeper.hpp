// Keeps what has been learned about loops in a file (batch.state_file), on a thread of its own: no
// client waits for a disk.
//
// The file is read before the first client comes, and written every so often when something was
// learned, and at the end. What is not ours is left as it is, and nothing is saved.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <thread>

#include "analyzer/sql/statement_analyzer.hpp"
#include "proxy/fold/association_table.hpp"

namespace pgfold::net {

class association_keeper {
public:
    static constexpr std::chrono::seconds save_interval{30};

    // Reads the file. `path` may be empty: then it does nothing, ever.
    association_keeper(std::string path, std::shared_ptr<fold::association_table> associations,
                       const std::shared_ptr<sql::template_table>& templates,
                       std::chrono::milliseconds interval = save_interval);
    ~association_keeper();  // saves
    association_keeper(const association_keeper&) = delete;
    association_keeper& operator=(const association_keeper&) = delete;

private:
    [[nodiscard]] bool load(const std::shared_ptr<sql::template_table>& templates);
    void run();
    void save();

    const std::string path_;
    const std::shared_ptr<fold::association_table> associations_;
    const std::chrono::milliseconds interval_;
    std::uint64_t saved_revision_ = 0;
    std::string problem_;  // of the last time, which has been told
    std::mutex mutex_;
    std::condition_variable wake_;
    bool ending_ = false;
    std::thread thread_;
};

}  // namespace pgfold::net
