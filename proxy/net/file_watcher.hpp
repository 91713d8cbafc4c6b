// Says when one of some files has changed, however it was changed: written in place, replaced by
// rename as editors do, or reached through a symbolic link that was swapped, as Kubernetes does it
// with the `..data` of a mounted ConfigMap or Secret.
//
// Folders are watched, not files: a file that is replaced takes its watch with it. What counts in
// the end is whether the files differ from what they were, so noise in a folder costs a look.
#pragma once

#include <boost/asio/posix/basic_stream_descriptor.hpp>
#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "proxy/net/asio_types.hpp"

namespace pgfold::net {

class file_watcher : public std::enable_shared_from_this<file_watcher> {
public:
    // A file that is being written in several steps is read after the last one.
    static constexpr std::chrono::milliseconds quiet_time{100};

    // `changed` is called on `on`'s thread, as all else here.
    file_watcher(executor on, std::function<void()> changed);

    // Why it cannot watch, or empty.
    [[nodiscard]] std::string start();
    // From now on these; those that are new, as they are now.
    void follow(std::vector<std::string> files);
    void stop();

private:
    void wait();
    void read_events();
    void watch_folders();
    void compare();
    [[nodiscard]] std::vector<std::string> states() const;

    asio::posix::basic_stream_descriptor<executor> inotify_;
    steady_timer quiet_;
    std::function<void()> changed_;
    std::vector<std::string> files_;
    std::vector<std::string> known_;              // the state of each
    std::map<int, std::set<std::string>> names_;  // that matter, by watch of their folder
};

// Every folder whose entries decide which file `path` is, with the names of these entries: of the
// file itself and of each symbolic link on the way.
[[nodiscard]] std::map<std::string, std::set<std::string>> folders_on_the_way(
    const std::string& path);

}  // namespace pgfold::net
