// A directory that only this user can enter, for as long as the object lives.
#pragma once

#include <string>

namespace pgfold::guard {

class private_directory {
public:
    private_directory();  // below $TMPDIR, or /tmp
    ~private_directory();
    private_directory(const private_directory&) = delete;
    private_directory& operator=(const private_directory&) = delete;

    // Empty: it could not be made.
    [[nodiscard]] const std::string& path() const { return path_; }

private:
    std::string path_;
};

}  // namespace pgfold::guard
