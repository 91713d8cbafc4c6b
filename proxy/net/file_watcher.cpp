#include "proxy/net/file_watcher.hpp"

#include <sys/inotify.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <list>
#include <utility>

namespace pgfold::net {
namespace {

namespace fs = std::filesystem;

constexpr std::uint32_t events_of_interest =
    IN_CLOSE_WRITE | IN_CREATE | IN_MOVED_TO | IN_MOVED_FROM | IN_DELETE | IN_ATTRIB | IN_ONLYDIR;
constexpr int links_max = 40;  // as the kernel

// What tells one content of a file from another without reading it; empty when it is not there.
std::string state_of(const std::string& path) {
    struct stat status {};
    if (::stat(path.c_str(), &status) != 0) return {};
    std::string state;
    const auto add = [&](auto number) { state += std::to_string(number) + ' '; };
    add(status.st_dev);
    add(status.st_ino);
    add(status.st_size);
    add(status.st_mtim.tv_sec);
    add(status.st_mtim.tv_nsec);
    return state;
}

}  // namespace

std::map<std::string, std::set<std::string>> folders_on_the_way(const std::string& path) {
    std::map<std::string, std::set<std::string>> result;
    std::error_code error;
    const fs::path whole = fs::absolute(path, error);
    if (error) return result;
    std::list<fs::path> ahead(std::next(whole.begin()), whole.end());
    fs::path here = whole.root_path();
    int links = 0;
    while (!ahead.empty()) {
        const fs::path step = ahead.front();
        ahead.pop_front();
        if (step.empty() || step == ".") continue;
        if (step == "..") {
            here = here.parent_path();
            continue;
        }
        const fs::path next = here / step;
        const bool is_link = fs::is_symlink(fs::symlink_status(next, error));
        if (is_link || ahead.empty()) result[here.string()].insert(step.string());
        if (!is_link) {
            here = next;
            continue;
        }
        const fs::path target = fs::read_symlink(next, error);
        if (error || ++links > links_max) break;
        if (target.is_absolute()) here = target.root_path();
        ahead.insert(ahead.begin(),
                     target.is_absolute() ? std::next(target.begin()) : target.begin(),
                     target.end());
    }
    return result;
}

file_watcher::file_watcher(executor on, std::function<void()> changed)
    : inotify_(on), quiet_(on), changed_(std::move(changed)) {}

std::string file_watcher::start() {
    const int descriptor = ::inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
    if (descriptor < 0) return std::strerror(errno);
    inotify_.assign(descriptor);
    wait();
    return {};
}

void file_watcher::stop() {
    error_code ignored;
    inotify_.close(ignored);
    quiet_.cancel();
}

void file_watcher::follow(std::vector<std::string> files) {
    if (!inotify_.is_open()) return;
    // What was followed before may have changed since it was read: its old state stays.
    std::map<std::string, std::string> before;
    for (std::size_t i = 0; i < files_.size(); ++i)
        before[files_[i]] = known_[i];
    files_ = std::move(files);
    watch_folders();
    known_ = states();
    for (std::size_t i = 0; i < files_.size(); ++i)
        if (const auto found = before.find(files_[i]); found != before.end())
            known_[i] = found->second;
}

std::vector<std::string> file_watcher::states() const {
    std::vector<std::string> result;
    for (const std::string& file : files_)
        result.push_back(state_of(file));
    return result;
}

// Watches are kept when a folder stays of interest: adding one again gives the same number.
void file_watcher::watch_folders() {
    std::map<int, std::set<std::string>> names;
    for (const std::string& file : files_) {
        for (const auto& [folder, entries] : folders_on_the_way(file)) {
            const int watch =
                ::inotify_add_watch(inotify_.native_handle(), folder.c_str(), events_of_interest);
            if (watch >= 0) names[watch].insert(entries.begin(), entries.end());
        }
    }
    for (const auto& [watch, entries] : names_)
        if (!names.contains(watch)) ::inotify_rm_watch(inotify_.native_handle(), watch);
    names_ = std::move(names);
}

void file_watcher::wait() {
    inotify_.async_wait(asio::posix::descriptor_base::wait_read,
                        [self = shared_from_this()](error_code failure) {
                            if (!failure) self->read_events();
                        });
}

void file_watcher::read_events() {
    alignas(inotify_event) std::array<char, 16 * 1024> buffer;
    bool matters = false;
    for (;;) {
        const ssize_t length = ::read(inotify_.native_handle(), buffer.data(), buffer.size());
        if (length <= 0) break;
        for (ssize_t at = 0; at < length;) {
            inotify_event event{};
            std::memcpy(&event, buffer.data() + at, sizeof event);
            const char* const name = buffer.data() + at + sizeof event;
            const auto watched = names_.find(event.wd);
            // Without a name the folder itself is meant, or events were lost.
            matters = matters || event.len == 0 ||
                      (watched != names_.end() && watched->second.contains(name));
            at += static_cast<ssize_t>(sizeof event + event.len);
        }
    }
    if (matters) {
        quiet_.expires_after(quiet_time);
        quiet_.async_wait([self = shared_from_this()](error_code failure) {
            if (!failure) self->compare();
        });
    }
    wait();
}

void file_watcher::compare() {
    watch_folders();  // the way may lead elsewhere now
    const std::vector<std::string> now = states();
    bool changed = false;
    for (std::size_t i = 0; i < now.size(); ++i) {
        if (now[i].empty() || now[i] == known_[i]) continue;  // gone: between two steps of a change
        known_[i] = now[i];
        changed = true;
    }
    if (changed) changed_();
}

}  // namespace pgfold::net
