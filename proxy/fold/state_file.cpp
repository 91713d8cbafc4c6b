#include "proxy/fold/state_file.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <system_error>

namespace pgfold::fold {
namespace {

std::string problem_of(int code) {
    return std::generic_category().message(code);
}

class descriptor {
public:
    explicit descriptor(int number) : number_(number) {}
    ~descriptor() {
        if (number_ >= 0) ::close(number_);
    }
    descriptor(const descriptor&) = delete;
    descriptor& operator=(const descriptor&) = delete;
    [[nodiscard]] int number() const { return number_; }

private:
    const int number_;
};

bool write_all(int number, std::string_view text) {
    while (!text.empty()) {
        const ssize_t written = ::write(number, text.data(), text.size());
        if (written < 0 && errno == EINTR) continue;
        if (written <= 0) return false;
        text.remove_prefix(static_cast<std::size_t>(written));
    }
    return true;
}

}  // namespace

file_text read_file(const std::string& path, std::size_t bytes_max) {
    file_text result;
    std::error_code failure;
    const auto status = std::filesystem::status(path, failure);
    if (status.type() == std::filesystem::file_type::not_found) {
        result.outcome = file_text::status::absent;
        return result;
    }
    if (!failure && status.type() != std::filesystem::file_type::regular) {
        result.problem = "it is not a file";
        return result;
    }
    std::ifstream file(path, std::ios::binary);
    if (failure || !file) {
        result.problem = problem_of(failure ? failure.value() : errno);
        return result;
    }
    result.text.resize(bytes_max + 1);
    file.read(result.text.data(), static_cast<std::streamsize>(result.text.size()));
    result.text.resize(static_cast<std::size_t>(file.gcount()));
    if (file.bad())
        result.problem = "it cannot be read to its end";
    else if (result.text.size() > bytes_max)
        result.problem = "it is too large";
    else
        result.outcome = file_text::status::read;
    return result;
}

std::string replace_file(const std::string& path, std::string_view text) {
    std::string beside = path + ".XXXXXX";
    const descriptor file(::mkostemp(beside.data(), O_CLOEXEC));
    if (file.number() < 0) return problem_of(errno);
    // rename() before the bytes are on the disk could leave an empty file after a power cut.
    if (!write_all(file.number(), text) || ::fsync(file.number()) != 0 ||
        std::rename(beside.c_str(), path.c_str()) != 0) {
        const std::string problem = problem_of(errno);
        ::unlink(beside.c_str());
        return problem;
    }
    const std::string folder = std::filesystem::path(path).parent_path().string();
    const descriptor around(
        ::open(folder.empty() ? "." : folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (around.number() >= 0) (void)::fsync(around.number());
    return {};
}

}  // namespace pgfold::fold
