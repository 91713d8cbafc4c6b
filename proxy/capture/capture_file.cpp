#include "proxy/capture/capture_file.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <system_error>

namespace pgfold::capture {
namespace {

constexpr mode_t only_for_owner = 0600;  // queries and results are in it

std::string last_error() {
    return std::generic_category().message(errno);
}

}  // namespace

output_file::~output_file() {
    close();
}

std::string output_file::open() {
    struct stat found {};
    if (::stat(path_.c_str(), &found) == 0) {
        is_regular_ = S_ISREG(found.st_mode);
        if (is_regular_ && found.st_size > 0 &&
            std::rename(path_.c_str(), (path_ + ".1").c_str()) != 0)
            return "cannot be renamed: " + last_error();
    }
    return create();
}

std::string output_file::create() {
    descriptor_ = ::open(path_.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, only_for_owner);
    size_ = 0;
    return descriptor_ < 0 ? last_error() : std::string();
}

std::string output_file::rotate() {
    // After an upgrade in place, the file of that name is the new process's.
    struct stat here {
    }, there{};
    if (::fstat(descriptor_, &here) != 0 || ::stat(path_.c_str(), &there) != 0 ||
        here.st_ino != there.st_ino || here.st_dev != there.st_dev)
        return "somebody else has put another file in its place";
    close();
    if (std::rename(path_.c_str(), (path_ + ".1").c_str()) != 0)
        return "cannot be renamed: " + last_error();
    return create();
}

std::string output_file::write(std::span<const std::byte> blocks) {
    std::size_t written = 0;
    while (written < blocks.size()) {
        const ssize_t count =
            ::write(descriptor_, blocks.data() + written, blocks.size() - written);
        if (count < 0 && errno == EINTR) continue;
        if (count <= 0) {
            std::string problem = last_error();
            if (is_regular_ && ::ftruncate(descriptor_, static_cast<off_t>(size_)) != 0)
                problem += ", and its last packet is cut off";
            return problem;
        }
        written += static_cast<std::size_t>(count);
    }
    size_ += written;
    return {};
}

void output_file::close() {
    if (descriptor_ >= 0) ::close(descriptor_);
    descriptor_ = -1;
}

}  // namespace pgfold::capture
