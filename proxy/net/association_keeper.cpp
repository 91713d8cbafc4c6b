#include "proxy/net/association_keeper.hpp"

#include <exception>
#include <utility>

#include "proxy/fold/association_store.hpp"
#include "proxy/fold/state_file.hpp"
#include "proxy/net/log.hpp"

namespace pgfold::net {

association_keeper::association_keeper(std::string path,
                                       std::shared_ptr<fold::association_table> associations,
                                       const std::shared_ptr<sql::template_table>& templates,
                                       std::chrono::milliseconds interval)
    : path_(std::move(path)), associations_(std::move(associations)), interval_(interval) {
    if (path_.empty() || !load(templates)) return;
    saved_revision_ = fold::revision_of(*associations_);
    thread_ = std::thread([this] { run(); });
}

association_keeper::~association_keeper() {
    if (!thread_.joinable()) return;
    {
        const std::lock_guard lock(mutex_);
        ending_ = true;
    }
    wake_.notify_one();
    thread_.join();
}

// False: the file is not to be written.
bool association_keeper::load(const std::shared_ptr<sql::template_table>& templates) {
    const std::string name = "batch.state_file: " + path_;
    const fold::file_text file = fold::read_file(path_, fold::association_text_bytes_max);
    const bool is_new = file.outcome == fold::file_text::status::absent ||
                        (file.outcome == fold::file_text::status::read && file.text.empty());
    if (is_new) return true;
    if (file.outcome == fold::file_text::status::failed) {
        log::error(name + ": " + file.problem +
                   "; what is learned about loops will not be saved. Make it readable, or name "
                   "another file, and restart pgfold.");
        return false;
    }
    const fold::restored found = fold::restore_associations(file.text, *associations_, templates);
    switch (found.status) {
        case fold::restore_status::foreign:
            log::error(name + ": " + found.problem +
                       "; it is left as it is, and what is learned about loops will not be saved. "
                       "Move it away, or name another file, and restart pgfold.");
            return false;
        case fold::restore_status::damaged:
            log::warning(name + " is damaged and is ignored: " + found.problem +
                         ". Nothing needs to be done: loops are learned again, and the file is "
                         "written anew. A copy from a backup may be put in its place while pgfold "
                         "is stopped.");
            return true;
        case fold::restore_status::ok:
            break;
    }
    log::info(name + ": " + std::to_string(found.associations) + " learned loops restored");
    if (found.left_out > 0)
        log::warning(name + ": " + std::to_string(found.left_out) +
                     " entries say something else to this release and are left out; their loops "
                     "are learned again");
    return true;
}

void association_keeper::run() {
    std::unique_lock lock(mutex_);
    while (!ending_) {
        wake_.wait_for(lock, interval_, [this] { return ending_; });
        lock.unlock();
        try {
            save();
        } catch (const std::exception& failure) {
            log::error("batch.state_file: " + path_ + ": " + failure.what());
        }
        lock.lock();
    }
}

void association_keeper::save() {
    const std::uint64_t revision = fold::revision_of(*associations_);
    if (revision == saved_revision_) return;
    std::string problem = fold::replace_file(path_, fold::associations_to_text(*associations_));
    if (problem.empty()) {
        saved_revision_ = revision;
    } else if (problem != problem_) {
        log::error("batch.state_file: " + path_ + " cannot be written: " + problem +
                   ". It is tried again every " + std::to_string(save_interval.count()) +
                   " seconds.");
    }
    problem_ = std::move(problem);
}

}  // namespace pgfold::net
