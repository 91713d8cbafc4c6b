// The batched statements of every loop in the recorded conversations, prepared by a real PostgreSQL
// with the schema that they were recorded against.

#include <filesystem>
#include <set>

#include <gtest/gtest.h>

#include "analyzer/detect/detector.hpp"
#include "tools/captures/capture_replayer.hpp"
#include "unit/suggestion/throwaway_postgres.hpp"

namespace pgfold::detect {
namespace {

std::vector<finding> recorded_findings() {
    detector_hub hub{detector_settings()};
    for (const auto& file :
         std::filesystem::directory_iterator(PGFOLD_SOURCE_DIR "/tests/corpus/pcap")) {
        captures::capture_replayer replayer(
            {}, [&](const captures::tcp_connection&) { return hub.connect(); });
        EXPECT_EQ(replayer.replay_file(file.path()).status, captures::capture_status::complete);
        replayer.finish();
    }
    return hub.findings();
}

TEST(RecordedLoops, BatchedStatementsAreAccepted) {
    test::throwaway_postgres postgres;
    postgres.execute("CREATE ROLE app");
    postgres.execute_file(PGFOLD_SOURCE_DIR "/tests/corpus/schema.sql");

    const std::vector<finding> findings = recorded_findings();
    std::set<std::string> statements;
    for (const finding& f : findings) {
        EXPECT_NE(f.advice.text, "");
        EXPECT_EQ(f.advice.batched_query.empty(), f.kind == finding_class::duplicate)
            << f.statement->normalized_text;
        if (!f.advice.batched_query.empty()) statements.insert(f.advice.batched_query);
    }
    EXPECT_GT(statements.size(), 20U);
    for (const std::string& statement : statements) {
        EXPECT_NO_THROW(postgres.execute("PREPARE batched AS " + statement)) << statement;
        postgres.execute("DEALLOCATE ALL");
    }
}

}  // namespace
}  // namespace pgfold::detect
