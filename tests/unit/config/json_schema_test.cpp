#include "config/json_schema.hpp"

#include <gtest/gtest.h>

#include <fstream>
#include <iterator>

namespace pgfold::config {
namespace {

TEST(json_schema, the_committed_copy_is_current) {
    std::ifstream file(PGFOLD_SOURCE_DIR "/config/pgfold.schema.json");
    const std::string committed{std::istreambuf_iterator<char>(file), {}};
    EXPECT_EQ(committed, json_schema())
        << "write it anew: pgfold check --schema > config/pgfold.schema.json";
}

}  // namespace
}  // namespace pgfold::config
