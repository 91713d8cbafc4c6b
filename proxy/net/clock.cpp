#include "proxy/net/clock.hpp"

#include <chrono>

namespace pgfold::net {

detect::timestamp now() {
    using std::chrono::nanoseconds;
    using std::chrono::steady_clock;
    static const auto origin =
        std::chrono::time_point_cast<nanoseconds>(std::chrono::system_clock::now()) -
        std::chrono::duration_cast<nanoseconds>(steady_clock::now().time_since_epoch());
    return origin + steady_clock::now().time_since_epoch();
}

}  // namespace pgfold::net
