// A statement with its arguments, for people to read.
#pragma once

#include <string>

#include "analyzer/detect/conversation_observer.hpp"

namespace pgfold::detect {

// The text as the client sent it when it holds its literals, else the text and "-- $1 = 24".
[[nodiscard]] std::string example_of(const execution_start& start);

}  // namespace pgfold::detect
