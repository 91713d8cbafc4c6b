// A connection to the server that is played to. libpq finds it, encrypts and logs in; from then on
// the recorded messages go over its socket as they are.
#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace pgfold::replay {

enum class transfer : unsigned char { some, would_block, closed };

class target_connection {
public:
    target_connection();
    ~target_connection();
    target_connection(const target_connection&) = delete;
    target_connection& operator=(const target_connection&) = delete;

    // User, password and database are those of `conninfo`; what it does not name, and the settings,
    // are the recorded startup packet's. Why not, or nothing.
    [[nodiscard]] std::string connect(
        const std::string& conninfo,
        const std::vector<std::pair<std::string, std::string>>& recorded);

    [[nodiscard]] int descriptor() const;
    [[nodiscard]] transfer read(std::span<std::byte> buffer, std::size_t& count);
    [[nodiscard]] transfer write(std::span<const std::byte> bytes, std::size_t& count);

private:
    struct implementation;
    std::unique_ptr<implementation> implementation_;
};

}  // namespace pgfold::replay
